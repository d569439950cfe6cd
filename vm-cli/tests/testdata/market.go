// Package market is a contract that uses the whole object model: it keeps objects of
// many owners, lists them and their fields, pays, and calls others with value.
package market

import "github.com/govm-net/vm/core"

// page is how much is listed at a time: little, so that tests see several.
const page = 2

// Make creates an object with fields of these names, which the caller owns.
func Make(ctx core.Context, fields []string) (core.ObjectID, error) {
	obj, err := ctx.CreateObject()
	if err != nil {
		return core.ObjectID{}, err
	}
	for i, field := range fields {
		if err := obj.Set(field, i); err != nil {
			return core.ObjectID{}, err
		}
	}
	ctx.Log("Made", "id", obj.ID(), "fields", len(fields))
	return obj.ID(), obj.SetOwner(ctx.Sender())
}

// Forget deletes a field of an object that the caller owns.
func Forget(ctx core.Context, id core.ObjectID, field string) error {
	obj, err := ctx.GetObject(id)
	if err != nil {
		return err
	}
	return obj.Delete(field)
}

// Give hands an object of the caller to another owner.
func Give(ctx core.Context, id core.ObjectID, to core.Address) error {
	obj, err := ctx.GetObject(id)
	if err != nil {
		return err
	}
	return obj.SetOwner(to)
}

// Drop deletes an object of the caller.
func Drop(ctx core.Context, id core.ObjectID) error { return ctx.DeleteObject(id) }

// Fields lists the names of an object's fields.
//
//govm:view
func Fields(ctx core.Context, id core.ObjectID) ([]string, error) {
	obj, err := ctx.GetObject(id)
	if err != nil {
		return nil, err
	}
	var all []string
	//govm:allow loop the test makes a known number of fields
	for after := ""; ; after = all[len(all)-1] {
		names, err := obj.Fields(after, page)
		if all = append(all, names...); err != nil || len(names) < page {
			return all, err
		}
	}
}

// All lists every object of the contract.
//
//govm:view
func All(ctx core.Context) ([]core.ObjectID, error) {
	return list(func(after core.ObjectID) ([]core.Object, error) { return ctx.ListObjects(after, page) })
}

// Owned lists the objects of an owner.
//
//govm:view
func Owned(ctx core.Context, owner core.Address) ([]core.ObjectID, error) {
	return list(func(after core.ObjectID) ([]core.Object, error) { return ctx.ListObjectsWithOwner(owner, after, page) })
}

func list(next func(after core.ObjectID) ([]core.Object, error)) (all []core.ObjectID, err error) {
	var after core.ObjectID
	for {
		objects, err := next(after)
		if err != nil {
			return nil, err
		}
		for _, obj := range objects {
			after = obj.ID()
			all = append(all, after)
		}
		if len(objects) < page {
			return all, nil
		}
	}
}

// Deposit keeps what comes with it, and returns the balance then.
//
//govm:payable
func Deposit(ctx core.Context) uint64 {
	ctx.Log("Deposited", "by", ctx.Sender(), "amount", ctx.Value())
	return ctx.Balance(ctx.ContractAddress())
}

// Pay pays out of the contract's balance, and returns what is left.
func Pay(ctx core.Context, to core.Address, amount uint64) (uint64, error) {
	err := ctx.Transfer(to, amount)
	return ctx.Balance(ctx.ContractAddress()), err
}

// Forward deposits in another market. It returns the other's balance if that works, and
// else the error's text and this market's balance, which is then what it was.
func Forward(ctx core.Context, to core.Address, amount, gasLimit uint64) (uint64, string, error) {
	result, err := ctx.CallWith(core.CallOptions{Value: amount, GasLimit: gasLimit}, to, "Deposit")
	if err != nil {
		return ctx.Balance(ctx.ContractAddress()), core.CodeOf(err).String() + ": " + err.Error(), nil
	}
	balance, err := core.DecodeResult[uint64](result)
	return balance, "", err
}
