// Package functions is a contract of package functions, in two files.
package functions

import "github.com/govm-net/vm/core"

// Account is a type with methods, but none takes a core.Context.
type Account struct {
	Owner   core.Address
	Balance uint64
}

// IsEmpty reports whether nothing is left. It is not a function of the contract.
func (a Account) IsEmpty() bool { return a.Balance == 0 }

// Open makes an account.
//
//govm:payable
func Open(ctx core.Context) Account {
	return Account{Owner: ctx.Sender(), Balance: ctx.Value()}
}

// Sum needs no context, and cannot fail.
func Sum(values ...uint8) (total uint64) {
	for _, v := range values {
		total += uint64(v)
	}
	return total
}

func helper() {}
