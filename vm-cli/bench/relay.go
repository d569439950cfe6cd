// Package relay is a contract that calls a counter, to measure nested calls.
package relay

import "github.com/govm-net/vm/core"

// Setup lets a counter contract create a counter, which then belongs to the relay.
func Setup(ctx core.Context, counter core.Address) ([]byte, error) {
	return ctx.Call(counter, "Initialize")
}

// Alone does nothing, with the arguments of Nested.
func Alone(ctx core.Context, counter core.Address, id core.ObjectID) ([]byte, error) {
	return id[:8], nil
}

// Nested increments the relay's counter.
func Nested(ctx core.Context, counter core.Address, id core.ObjectID) ([]byte, error) {
	return ctx.Call(counter, "Increment", id)
}
