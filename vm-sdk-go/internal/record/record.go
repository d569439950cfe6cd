// Package record is how package core takes structs of a contract apart and puts
// them together, without reflection in a compiled contract. The code that knows the
// structs registers itself: what is generated for a contract, and in native tests
// package coretest, which does reflect.
package record

// ReadFunc sets the fields of the struct that target points to from the fields of
// object, a core.Object. Known is false if there is no code for the struct's type.
type ReadFunc func(object, target any) (known bool, err error)

// PartsFunc returns the name of a struct's type and its fields: a name and a value
// in turn.
type PartsFunc func(value any) (name string, pairs []any)

var (
	read  ReadFunc  = func(any, any) (bool, error) { return false, nil }
	parts PartsFunc = func(any) (string, []any) { return "", nil }
)

// Register sets the functions for the contract's structs.
func Register(r ReadFunc, p PartsFunc) { read, parts = r, p }

// Read sets the fields of the struct that target points to.
func Read(object, target any) (known bool, err error) { return read(object, target) }

// Parts returns the name of a struct's type, "" if it is not known, and its fields.
func Parts(value any) (name string, pairs []any) { return parts(value) }
