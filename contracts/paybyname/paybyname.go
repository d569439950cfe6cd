// Package paybyname pays to names: a contract that asks another one, the registry,
// whom a name stands for.
package paybyname

import "github.com/govm-net/vm/core"

// Paid is logged when money went to whom a name stands for.
type Paid struct {
	Name   string       `govm:"name"`
	To     core.Address `govm:"to"`
	Amount uint64       `govm:"amount"`
}

// PayByName is the contract.
type PayByName struct{}

// Pay sends the money that comes with the call to whom a name stands for in a
// registry. If the registry does not know the name, its error goes to the caller,
// and the money goes back.
//
//govm:payable
func (PayByName) Pay(ctx core.Context, registry core.Address, name string) error {
	to, err := resolve(ctx, registry, name)
	if err != nil {
		return core.Wrap(err, "pay "+name)
	}
	core.Emit(ctx, Paid{Name: name, To: to, Amount: ctx.Value()})
	return ctx.Transfer(to, ctx.Value())
}

// Split sends equal parts of the money to several names; what cannot be split goes
// back to the caller. Names that the registry does not know are passed over, and it
// returns how many were paid.
//
//govm:payable
func (PayByName) Split(ctx core.Context, registry core.Address, names []string) (uint64, error) {
	var receivers []core.Address
	for _, name := range names {
		// A call that failed has left nothing behind: the contract may go on.
		if to, err := resolve(ctx, registry, name); err == nil {
			receivers = append(receivers, to)
		} else if core.CodeOf(err) != core.CodeFieldNotFound {
			return 0, err
		}
	}
	core.Require(len(receivers) > 0, "nobody is known")
	part := ctx.Value() / uint64(len(receivers))
	for _, to := range receivers {
		core.RequireNo(ctx.Transfer(to, part))
	}
	return uint64(len(receivers)), ctx.Transfer(ctx.Sender(), ctx.Value()%uint64(len(receivers)))
}

// resolve asks the registry.
func resolve(ctx core.Context, registry core.Address, name string) (core.Address, error) {
	result, err := ctx.Call(registry, "Resolve", name)
	if err != nil {
		return core.Address{}, err
	}
	return core.DecodeResult[core.Address](result)
}
