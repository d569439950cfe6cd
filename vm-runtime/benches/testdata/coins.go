// Package coins is a contract that moves coins among accounts, to measure calls that
// get into each other's way: two accounts of any two callers may be the same.
package coins

import "github.com/govm-net/vm/core"

// Mint makes coins for an account out of nothing; anyone may, since they are for
// measuring.
func Mint(ctx core.Context, to core.Address, amount uint64) error {
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return err
	}
	balance, err := balanceOf(obj, to)
	if err != nil {
		return err
	}
	return obj.Set(to.String(), balance+amount)
}

// Transfer moves coins of the caller to another account.
func Transfer(ctx core.Context, to core.Address, amount uint64) error {
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return err
	}
	from := ctx.Sender()
	payer, err := balanceOf(obj, from)
	if err != nil {
		return err
	}
	if payer < amount {
		return core.ErrInsufficientFunds
	}
	if err := obj.Set(from.String(), payer-amount); err != nil {
		return err
	}
	payee, err := balanceOf(obj, to)
	if err != nil {
		return err
	}
	if err := obj.Set(to.String(), payee+amount); err != nil {
		return err
	}
	ctx.Log("Transfer", "from", from, "to", to, "amount", amount)
	return nil
}

// Balance returns an account's coins.
//
//govm:view
func Balance(ctx core.Context, of core.Address) (uint64, error) {
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return 0, err
	}
	return balanceOf(obj, of)
}

// balanceOf reads a balance; an account that never had coins has none.
func balanceOf(obj core.Object, of core.Address) (uint64, error) {
	balance, err := core.Get[uint64](obj, of.String())
	if core.CodeOf(err) == core.CodeFieldNotFound {
		return 0, nil
	}
	return balance, err
}
