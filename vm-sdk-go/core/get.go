package core

import "github.com/govm-net/vm/internal/typename"

// Get returns a field of obj as a T. A field that holds another type is an
// ErrInvalidArgument that names both types.
func Get[T any](obj Object, field string) (T, error) {
	var zero T
	value, err := obj.Get(field)
	if err != nil {
		return zero, err
	}
	if typed, ok := value.(T); ok {
		return typed, nil
	}
	if value == nil && any(zero) == nil { // T is an interface, and nil is its value
		return zero, nil
	}
	return zero, invalid("field " + field + " is " + typename.Of(value) + ", wanted " + typename.For[T]())
}
