package coretest

import (
	"reflect"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/internal/reflectcodec"
	"github.com/govm-net/vm/wire"
)

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

// Opaque stands for a value that the compiled contract wrote and whose Go type the
// test has not met: see Env.Know.
type Opaque struct {
	// Type is the type as an ABI spells it.
	Type string
	// Data is the value as it is encoded.
	Data []byte
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
func (e *Env) Events() []Event { return events(e.ledger.events) }

func events(found []recorded) []Event {
	var list []Event
	for _, event := range found {
		list = append(list, event.Event)
	}
	return list
}

// Field returns the value of an object's field, whatever contract it belongs to. It
// ends the test if there is no such object or field.
func (e *Env) Field(id core.ObjectID, field string) any {
	e.t.Helper()
	data, ok := e.object(id).fields[field]
	if !ok {
		e.t.Fatalf("object %s has no field %q", id, field)
	}
	return e.shown(data)
}

// Fields returns all fields of an object. It ends the test if there is no such
// object.
func (e *Env) Fields(id core.ObjectID) map[string]any {
	e.t.Helper()
	fields := map[string]any{}
	for name, data := range e.object(id).fields {
		fields[name] = e.shown(data)
	}
	return fields
}

// Owner returns the owner of an object, and whether the object exists.
func (e *Env) Owner(id core.ObjectID) (core.Address, bool) {
	e.t.Helper()
	o, ok := e.objects()[id]
	return o.owner, ok
}

// objects returns the objects of all contracts.
func (e *Env) objects() map[core.ObjectID]object {
	e.t.Helper()
	if e.native() {
		return e.ledger.objects
	}
	return e.chain.objects(e.chain.state(e.addresses(), nil))
}

func (e *Env) object(id core.ObjectID) object {
	e.t.Helper()
	o, ok := e.objects()[id]
	if !ok {
		e.t.Fatalf("there is no object %s", id)
	}
	return o
}

// Know tells the types of values that the compiled contract may store or log and
// that are not in the signatures of its functions, so that they can be read back.
func (e *Env) Know(values ...any) {
	e.t.Helper()
	for _, value := range values {
		if _, err := e.encoded(value); err != nil {
			e.t.Fatalf("type %T: %v", value, err)
		}
	}
}

// learnBasics makes the types known that every contract can store.
func (e *Env) learnBasics() {
	for _, value := range []any{false, uint8(0), uint16(0), uint32(0), uint64(0), uint(0), int8(0), int16(0), int32(0),
		int64(0), 0, float32(0), float64(0), "", []byte(nil), core.Address{}, core.ObjectID{}, core.Hash{}, core.U128{},
		core.U256{}} {
		e.learn(reflect.TypeOf(value))
	}
}

// learn makes a type known, and those that it is made of.
func (e *Env) learn(t reflect.Type) {
	descriptor, err := reflectcodec.Descriptor(t)
	if err != nil || e.types[string(descriptor)] != nil {
		return
	}
	e.types[string(descriptor)] = t
	switch t.Kind() {
	case reflect.Map:
		e.learn(t.Key())
		e.learn(t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Array:
		e.learn(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			e.learn(t.Field(i).Type)
		}
	}
}

// shown returns an encoded value for the test.
func (e *Env) shown(data string) any {
	value, err := e.decoded(data)
	if err == nil {
		return value
	}
	r := wire.NewReader([]byte(data), wire.Borsh)
	descriptor := codec.ReadDescriptor(r)
	if r.Err() != nil {
		return Opaque{Data: []byte(data)}
	}
	return Opaque{Type: codec.Describe(descriptor), Data: []byte(data[len(descriptor):])}
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
