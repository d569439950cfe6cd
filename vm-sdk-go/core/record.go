package core

import (
	"github.com/govm-net/vm/internal/abort"
	"github.com/govm-net/vm/internal/record"
	"github.com/govm-net/vm/internal/typename"
)

// Load returns an object's fields as a T: a struct of the contract's module, outside of
// folders named internal, whose exported fields are the object's fields, by their names
// or by the name in a tag:
//
//	type Auction struct {
//		Item string
//		Ends int64 `govm:"ends"`
//	}
//
//	auction, err := core.Load[Auction](ctx, id)
//
// Each costs as much as a Get. A field that the object does not have is an
// ErrFieldNotFound; fields that the struct does not have are left alone.
func Load[T any](ctx Context, id ObjectID) (T, error) {
	obj, err := ctx.GetObject(id)
	if err != nil {
		var zero T
		return zero, err
	}
	return Read[T](obj)
}

// Read is Load of an object that was opened already.
func Read[T any](obj Object) (T, error) {
	var value T
	known, err := record.Read(obj, &value)
	if !known {
		err = unknownRecord(typename.For[T]())
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return value, nil
}

// Save sets the fields of an object to those of a struct; see [Load]. It looks at each
// field and writes those that differ, because a write costs more than ten times as much
// as a look: saving what was loaded costs a Get for each field and a Set for each that
// changed. If none differs, it writes the first, so that it fails where a write would.
// Where always the same few fields change, Set them alone.
func Save[T any](ctx Context, id ObjectID, value T) error {
	obj, err := ctx.GetObject(id)
	if err != nil {
		return err
	}
	return Write(obj, value)
}

// Write is Save to an object that was opened already.
func Write[T any](obj Object, value T) error {
	name, pairs := record.Parts(value)
	if name == "" {
		return unknownRecord(typename.For[T]())
	}
	written := len(pairs) == 0
	for i := 0; i < len(pairs); i += 2 {
		changed, err := change(obj, pairs[i].(string), pairs[i+1])
		if err != nil {
			return err
		}
		written = written || changed
	}
	if written {
		return nil
	}
	return obj.Set(pairs[0].(string), pairs[1])
}

// changer is what the objects of a Context have beside what Object tells.
type changer interface {
	// Change is Set, but that it leaves a field alone that has the value.
	Change(field string, value any) (changed bool, err error)
}

// change sets a field if it has another value or none.
func change(obj Object, field string, value any) (changed bool, err error) {
	if c, ok := obj.(changer); ok {
		return c.Change(field, value)
	}
	return true, obj.Set(field, value)
}

// Create makes an object with the fields of a struct; see [Load]. It belongs to, and
// is owned by, this contract.
func Create[T any](ctx Context, value T) (Object, error) {
	obj, err := ctx.CreateObject()
	if err != nil {
		return nil, err
	}
	name, pairs := record.Parts(value)
	if name == "" {
		return obj, unknownRecord(typename.For[T]())
	}
	for i := 0; i < len(pairs); i += 2 { // there is nothing yet to compare with
		if err := obj.Set(pairs[i].(string), pairs[i+1]); err != nil {
			return obj, err
		}
	}
	return obj, nil
}

// Emit records an event: its name is that of the struct's type, its keys and values
// are the struct's exported fields, by their names or by the name in a tag as for
// [Load]. An event that cannot be recorded ends the call with an error.
//
//	type Sold struct {
//		Item  core.ObjectID `govm:"item"`
//		Price uint64        `govm:"price"`
//	}
//
//	core.Emit(ctx, Sold{Item: id, Price: price})
func Emit[T any](ctx Context, event T) {
	name, pairs := record.Parts(event)
	if name == "" {
		panic(abort.Abort{Err: unknownRecord(typename.For[T]())})
	}
	ctx.Log(name, pairs...)
}

func unknownRecord(name string) error {
	return invalid("type " + name + " is no struct of the contract with exported fields")
}

// Require ends the call if cond is false: it fails with ErrExecutionReverted and the
// message, and what it did is undone.
func Require(cond bool, message string) {
	if !cond {
		panic(abort.Abort{Err: &Error{Code: CodeReverted, Message: message}})
	}
}

// RequireNo ends the call if err is not nil: it fails with err, as if the function
// had returned it.
func RequireNo(err error) {
	if err != nil {
		panic(abort.Abort{Err: err})
	}
}

// Must returns value, or ends the call if err is not nil: it fails with err, as if
// the function had returned it.
//
//	obj := core.Must(ctx.GetObject(id))
func Must[T any](value T, err error) T {
	RequireNo(err)
	return value
}
