package coretest

import (
	"errors"
	"reflect"

	"github.com/govm-net/vm/core"
)

// Result is how a call ended.
type Result struct {
	// Err is why it failed: the code and the text that its caller sees, a *core.Error.
	Err error
	// Values are the results of a call that succeeded.
	Values []any
	// Events are what it and the calls in it logged.
	Events []Event
	// Gas is what it used in the engine; 0 natively.
	Gas uint64
	// Trace is what helps to find out why: natively the Go stack of a panic, of the
	// compiled contract what it wrote to its standard streams and where it panicked.
	Trace string

	env  *Env
	what string
}

// Must ends the test if the call failed.
func (r *Result) Must() *Result {
	r.env.t.Helper()
	if r.Err != nil {
		r.env.t.Fatalf("%s: %v%s", r.what, r.Err, below(r.Trace))
	}
	return r
}

// below returns text for the line below a message, nothing for none.
func below(text string) string {
	if text == "" {
		return ""
	}
	return "\n" + text
}

// Fails ends the test if the call did not fail with the code of an error of package
// core.
func (r *Result) Fails(want error) *Result {
	r.env.t.Helper()
	if !errors.Is(r.Err, want) {
		r.env.t.Fatalf("%s: error is %v, want %v", r.what, r.Err, want)
	}
	return r
}

// Event returns the only event of that name that the call logged. It ends the test
// if there is none or more than one.
func (r *Result) Event(name string) Event {
	r.env.t.Helper()
	var found []Event
	for _, event := range r.Events {
		if event.Name == name {
			found = append(found, event)
		}
	}
	if len(found) != 1 {
		r.env.t.Fatalf("%s: it logged %d events %s: %v", r.what, len(found), name, r.Events)
	}
	return found[0]
}

// As returns the first result of a call as a T. It ends the test if the call failed
// or has no such result.
func As[T any](r *Result) T {
	r.env.t.Helper()
	r.Must()
	if len(r.Values) == 0 {
		r.env.t.Fatalf("%s: it has no result", r.what)
	}
	value, ok := r.Values[0].(T)
	if !ok {
		r.env.t.Fatalf("%s: the result is a %T, wanted is a %s", r.what, r.Values[0], reflect.TypeFor[T]())
	}
	return value
}

// Get calls a function and returns its first result. It ends the test if the call
// fails.
func Get[T any](c *Contract, sender core.Address, function string, args ...any) T {
	c.env.t.Helper()
	return As[T](c.Call(sender, function, args...))
}

func (e *Env) result(what string, m *method, native, compiled *outcomeOf) *Result {
	e.t.Helper()
	done := native
	if done == nil {
		done = compiled
	}
	r := &Result{Events: events(done.events), Trace: done.trace, env: e, what: what}
	if compiled != nil {
		r.Gas = compiled.gas
		if native != nil {
			r.Trace += compiled.trace
		}
	}
	if done.err != nil {
		r.Err = done.err
		return r
	}
	values, err := e.decodeResults(m, done.output)
	if err != nil {
		e.t.Fatalf("%s: results: %v", what, err)
	}
	r.Values = values
	return r
}
