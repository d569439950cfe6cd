package coretest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govm-net/vm/core"
)

// compare ends the test if a call ended in another way in the engine than natively,
// or left another state behind.
func (e *Env) compare(what string, native, compiled *outcomeOf) {
	e.t.Helper()
	var d differences
	d.errors(native.err, compiled.err)
	if native.err == nil && compiled.err == nil && !bytes.Equal(native.output, compiled.output) {
		d.add("results", hexText(native.output), hexText(compiled.output))
	}
	d.events(e, native.events, compiled.events)
	d.objects(e, e.ledger.objects, e.chain.objects(compiled.state))
	for _, account := range e.accounts() {
		n, c := e.ledger.balances[account], compiled.state.Balances[account.String()]
		if n != c {
			d.add("balance of "+e.Name(account), n, c)
		}
	}
	if len(d) > 0 {
		e.t.Fatalf("%s: plain Go and the compiled contract differ\n%s%s", what, strings.Join(d, "\n"), below(compiled.trace))
	}
}

// differences are lines of what differs.
type differences []string

func (d *differences) add(what string, native, compiled any) {
	*d = append(*d, fmt.Sprintf("  %s\n    native  %v\n    wasm    %v", what, native, compiled))
}

func (d *differences) errors(native, compiled *core.Error) {
	text := func(err *core.Error) string {
		if err == nil {
			return "none"
		}
		return fmt.Sprintf("%s: %s", err.Code, err.Message)
	}
	if n, c := text(native), text(compiled); n != c {
		d.add("error", n, c)
	}
}

func (d *differences) events(e *Env, native, compiled []recorded) {
	for i := range max(len(native), len(compiled)) {
		n, c := eventText(e, native, i), eventText(e, compiled, i)
		if n != c || n != "none" && !slices.Equal(native[i].values, compiled[i].values) {
			d.add(fmt.Sprintf("event %d", i), n, c)
		}
	}
}

func eventText(e *Env, events []recorded, i int) string {
	if i >= len(events) {
		return "none"
	}
	text := e.Name(events[i].Contract) + " " + events[i].Name
	for _, field := range events[i].Fields {
		text += fmt.Sprintf(" %s=%v", field.Key, field.Value)
	}
	return text
}

func (d *differences) objects(e *Env, native, compiled map[core.ObjectID]object) {
	ids := slices.Collect(maps.Keys(native))
	for id := range compiled {
		if _, both := native[id]; !both {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, compare)
	for _, id := range ids {
		n, inNative := native[id]
		c, inCompiled := compiled[id]
		if inNative != inCompiled {
			d.add("object "+id.String(), presence(inNative), presence(inCompiled))
			continue
		}
		if n.owner != c.owner {
			d.add(fmt.Sprintf("owner of object %s", id), e.Name(n.owner), e.Name(c.owner))
		}
		d.fields(e, id, n.fields, c.fields)
	}
}

func presence(is bool) string {
	if is {
		return "is there"
	}
	return "is not there"
}

func (d *differences) fields(e *Env, id core.ObjectID, native, compiled map[string]string) {
	names := slices.Collect(maps.Keys(native))
	for name := range compiled {
		if _, both := native[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	text := func(fields map[string]string, name string) string {
		data, ok := fields[name]
		if !ok {
			return "none"
		}
		return fmt.Sprintf("%v (%x)", e.shown(data), data)
	}
	for _, name := range names {
		if n, c := text(native, name), text(compiled, name); n != c {
			d.add(fmt.Sprintf("field %q of object %s", name, id), n, c)
		}
	}
}

// addresses returns those of the deployed contracts.
func (e *Env) addresses() []core.Address {
	var list []core.Address
	for _, contract := range e.deployed {
		list = append(list, contract.address)
	}
	return list
}

// accounts returns the addresses that have a name or a balance, in order.
func (e *Env) accounts() []core.Address {
	all := maps.Clone(e.names)
	for address := range e.ledger.balances {
		all[address] = ""
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b core.Address) int { return slices.Compare(a[:], b[:]) })
}
