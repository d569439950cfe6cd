// Package core is what a govm contract is written against.
//
// A contract is an ordinary Go package. Its functions take a [Context] as their
// first parameter, through which they learn who calls and when, move balances,
// call other contracts, log events, and reach state. State is kept in objects:
// an [Object] has an id, an owner and named fields, and only the contract that
// created it may change it, and only for its owner or for itself. The host
// enforces that; a contract cannot forget to.
//
//	package greeter
//
//	import "github.com/govm-net/vm/core"
//
//	type Greeter struct{}
//
//	// Greeting is what an object keeps.
//	type Greeting struct {
//		Text string `govm:"text"`
//	}
//
//	func (Greeter) Create(ctx core.Context, text string) (core.ObjectID, error) {
//		obj, err := core.Create(ctx, Greeting{Text: text})
//		if err != nil {
//			return core.ObjectID{}, err
//		}
//		return obj.ID(), obj.SetOwner(ctx.Sender())
//	}
//
// # State
//
// Fields are read and written one by one ([Object], [Get]) or as a struct: [Load],
// [Save] and [Create], and [Read] and [Write] for an object that is open. What holds
// many entries is a [Map], a [Set] or a [List], which keep each in a field of its own,
// so that a call pays for what it touches.
//
// # Events
//
// [Emit] logs a struct, [Context].Log a name with keys and values.
//
// # Errors
//
// An error that a function returns undoes everything the call did. If it wraps
// one of the named errors of this package, the caller sees that error's [Code], and
// always its text; [Wrap] puts more text in front. [Require], [RequireNo] and [Must]
// end a call without a return.
package core
