package coretest

import (
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/wire"
)

// Functions are those of another contract, which the contract under test may call.
// The arguments arrive as they were passed; the results are encoded for the caller
// as those of a real contract are.
type Functions map[string]Function

// Function is a function of another contract.
type Function = func(ctx core.Context, args ...any) (results []any, err error)

// Deploy adds another contract, which is made of the given functions, and returns
// its address.
func (e *Env) Deploy(name string, functions Functions) core.Address {
	address := e.address(name)
	e.contracts[address] = functions
	e.ledger.addContract(address)
	return address
}

// MarkPayable makes functions of another contract payable: the others refuse value,
// as those without the directive govm:payable do.
func (e *Env) MarkPayable(contract core.Address, functions ...string) {
	for _, name := range functions {
		e.payable[function{contract, name}] = true
	}
}

// MarkView makes functions of another contract views: they cannot change the state,
// as those with the directive govm:view cannot.
func (e *Env) MarkView(contract core.Address, functions ...string) {
	for _, name := range functions {
		e.views[function{contract, name}] = true
	}
}

// Event is what a contract logged.
type Event struct {
	Contract core.Address
	Name     string
	Fields   []Field
}

// Field is a key and its value in an event.
type Field struct {
	Key   string
	Value any
}

// Value returns the value of the first field with that key, nil if there is none.
func (ev Event) Value(key string) any {
	for _, field := range ev.Fields {
		if field.Key == key {
			return field.Value
		}
	}
	return nil
}

// Events returns what was logged by all calls so far, except those that failed.
func (e *Env) Events() []Event { return append([]Event(nil), e.ledger.events...) }

// Field returns the value of an object's field, whatever contract it belongs to. It
// ends the test if there is no such object or field.
func (e *Env) Field(id core.ObjectID, field string) any {
	e.t.Helper()
	o, ok := e.ledger.objects[id]
	if !ok {
		e.t.Fatalf("there is no object %s", id)
	}
	data, ok := o.fields[field]
	if !ok {
		e.t.Fatalf("object %s has no field %q", id, field)
	}
	value, err := e.decoded(data)
	if err != nil {
		e.t.Fatalf("object %s: field %q: %v", id, field, err)
	}
	return value
}

// Owner returns the owner of an object, and whether the object exists.
func (e *Env) Owner(id core.ObjectID) (core.Address, bool) {
	o, ok := e.ledger.objects[id]
	return o.owner, ok
}

// encoded returns value as a contract would store it.
func (e *Env) encoded(value any) (string, error) {
	w := wire.NewWriter(wire.Borsh)
	e.types.PutAny(w, value)
	return string(w.Bytes()), argumentError(w.Err())
}

func (e *Env) decoded(data string) (any, error) {
	r := wire.NewReader([]byte(data), wire.Borsh)
	value := e.types.Any(r)
	return value, argumentError(r.Finish())
}

// argumentError makes an error of the wire format a core error.
func argumentError(err error) error {
	if _, malformed := err.(*wire.Error); malformed {
		return core.Wrap(core.ErrInvalidArgument, err.Error())
	}
	return err
}
