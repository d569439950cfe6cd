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
//	func (Greeter) Create(ctx core.Context, text string) (core.ObjectID, error) {
//		obj, err := ctx.CreateObject()
//		if err != nil {
//			return core.ObjectID{}, err
//		}
//		if err := obj.Set("text", text); err != nil {
//			return core.ObjectID{}, err
//		}
//		return obj.ID(), obj.SetOwner(ctx.Sender())
//	}
//
// An error that a function returns undoes everything the call did. If it wraps
// one of the named errors of this package, the caller sees that error's [Code].
package core
