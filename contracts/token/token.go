// Package token is a fungible token: balances, transfers, and allowances that let
// somebody else transfer. It does what ERC-20 describes, with its names and events.
//
// Balances are kept in the contract's default object, which the contract owns: a
// transfer changes the balance of somebody who does not call, which an object of
// that somebody would not allow. So here the contract checks by itself who may move
// what. Where it differs from ERC-20:
//
//   - The first caller of Initialize gets the supply; there is no constructor.
//   - Transfer and Approve return nothing. A transfer that cannot be made fails and
//     is undone, instead of returning false.
//   - The allowance MaxU256 is spent like any other.
//   - The zero address is refused as sender and receiver; Mint and Burn log it as the
//     other side of a Transfer.
package token

import "github.com/govm-net/vm/core"

// The names of the collections in the default object.
const (
	balances   = "balances"
	allowances = "allowances"
)

// Info is what describes the token, kept in the default object.
type Info struct {
	Name     string       `govm:"name"`
	Symbol   string       `govm:"symbol"`
	Decimals uint8        `govm:"decimals"`
	Supply   core.U256    `govm:"supply"`
	Minter   core.Address `govm:"minter"`
}

// fieldSupply is the field of Info that changes.
const fieldSupply = "supply"

// Transfer is logged when tokens move: from the zero address when they are made, to
// it when they are destroyed.
type Transfer struct {
	From   core.Address `govm:"from"`
	To     core.Address `govm:"to"`
	Amount core.U256    `govm:"amount"`
}

// Approval is logged when an allowance is set.
type Approval struct {
	Owner   core.Address `govm:"owner"`
	Spender core.Address `govm:"spender"`
	Amount  core.U256    `govm:"amount"`
}

// Token is the contract.
type Token struct{}

// Initialize names the token and gives its first supply to the caller, who may mint
// from then on. It works once.
func (Token) Initialize(ctx core.Context, name, symbol string, decimals uint8, supply core.U256) error {
	state, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return err
	}
	_, err = core.Get[string](state, "name")
	core.Require(core.CodeOf(err) == core.CodeFieldNotFound, "the token is initialized already")
	info := Info{Name: name, Symbol: symbol, Decimals: decimals, Minter: ctx.Sender()}
	if err := core.Write(state, info); err != nil {
		return err
	}
	return mint(ctx, state, ctx.Sender(), supply)
}

// Info returns what describes the token.
//
//govm:view
func (Token) Info(ctx core.Context) (Info, error) { return core.Load[Info](ctx, core.ObjectID{}) }

// TotalSupply returns how much there is.
//
//govm:view
func (Token) TotalSupply(ctx core.Context) (core.U256, error) {
	state, err := open(ctx)
	if err != nil {
		return core.U256{}, err
	}
	return core.Get[core.U256](state, fieldSupply)
}

// BalanceOf returns how much somebody has.
//
//govm:view
func (Token) BalanceOf(ctx core.Context, owner core.Address) (core.U256, error) {
	state, err := open(ctx)
	if err != nil {
		return core.U256{}, err
	}
	return balancesOf(state).GetOr(owner, core.U256{})
}

// Allowance returns how much of what owner has spender may still transfer.
//
//govm:view
func (Token) Allowance(ctx core.Context, owner, spender core.Address) (core.U256, error) {
	state, err := open(ctx)
	if err != nil {
		return core.U256{}, err
	}
	return allowancesOf(state, owner).GetOr(spender, core.U256{})
}

// Holders returns a page of those who have something, in ascending order: those
// after the given address, from the first on for the zero address.
//
//govm:view
func (Token) Holders(ctx core.Context, after core.Address, limit uint8) ([]core.Address, error) {
	state, err := open(ctx)
	if err != nil {
		return nil, err
	}
	return balancesOf(state).Keys(int(limit), after)
}

// Transfer moves an amount from the caller to somebody else.
func (Token) Transfer(ctx core.Context, to core.Address, amount core.U256) error {
	state, err := open(ctx)
	if err != nil {
		return err
	}
	return move(ctx, state, ctx.Sender(), to, amount)
}

// Approve lets spender transfer up to an amount of what the caller has. It replaces
// what was allowed before.
func (Token) Approve(ctx core.Context, spender core.Address, amount core.U256) error {
	state, err := open(ctx)
	if err != nil {
		return err
	}
	return approve(ctx, state, ctx.Sender(), spender, amount)
}

// TransferFrom moves an amount of what from has, as far as from allowed it to the
// caller.
func (Token) TransferFrom(ctx core.Context, from, to core.Address, amount core.U256) error {
	state, err := open(ctx)
	if err != nil {
		return err
	}
	allowed, err := allowancesOf(state, from).GetOr(ctx.Sender(), core.U256{})
	if err != nil {
		return err
	}
	rest, enough := allowed.Sub(amount)
	if !enough {
		return core.Wrap(core.ErrUnauthorized, ctx.Sender().String()+" may transfer "+allowed.String()+" of "+from.String())
	}
	if err := approve(ctx, state, from, ctx.Sender(), rest); err != nil {
		return err
	}
	return move(ctx, state, from, to, amount)
}

// Mint makes tokens, for the minter only.
func (Token) Mint(ctx core.Context, to core.Address, amount core.U256) error {
	state, err := open(ctx)
	if err != nil {
		return err
	}
	minter, err := core.Get[core.Address](state, "minter")
	if err != nil {
		return err
	}
	if ctx.Sender() != minter {
		return core.Wrap(core.ErrUnauthorized, "only the minter mints")
	}
	return mint(ctx, state, to, amount)
}

// Burn destroys tokens of the caller.
func (Token) Burn(ctx core.Context, amount core.U256) error {
	state, err := open(ctx)
	if err != nil {
		return err
	}
	if err := take(state, ctx.Sender(), amount); err != nil {
		return err
	}
	supply, err := core.Get[core.U256](state, fieldSupply)
	if err != nil {
		return err
	}
	rest, _ := supply.Sub(amount) // no balance is above the supply
	core.Emit(ctx, Transfer{From: ctx.Sender(), Amount: amount})
	return state.Set(fieldSupply, rest)
}

// open returns the default object, which keeps the token's state.
func open(ctx core.Context) (core.Object, error) { return ctx.GetObject(core.ObjectID{}) }

func balancesOf(state core.Object) core.Map[core.Address, core.U256] {
	return core.MapOf[core.Address, core.U256](state, balances)
}

// allowancesOf returns what owner allowed, by spender.
func allowancesOf(state core.Object, owner core.Address) core.Map[core.Address, core.U256] {
	return core.MapOf[core.Address, core.U256](state, allowances+"/"+owner.String())
}

func approve(ctx core.Context, state core.Object, owner, spender core.Address, amount core.U256) error {
	core.Require(!spender.IsZero(), "the spender is the zero address")
	if err := allowancesOf(state, owner).Set(spender, amount); err != nil {
		return err
	}
	core.Emit(ctx, Approval{Owner: owner, Spender: spender, Amount: amount})
	return nil
}

func move(ctx core.Context, state core.Object, from, to core.Address, amount core.U256) error {
	core.Require(!to.IsZero(), "the receiver is the zero address")
	if err := take(state, from, amount); err != nil {
		return err
	}
	if err := give(state, to, amount); err != nil {
		return err
	}
	core.Emit(ctx, Transfer{From: from, To: to, Amount: amount})
	return nil
}

func mint(ctx core.Context, state core.Object, to core.Address, amount core.U256) error {
	core.Require(!to.IsZero(), "the receiver is the zero address")
	supply, err := core.Get[core.U256](state, fieldSupply)
	if err != nil {
		return err
	}
	// Every balance is a part of the supply: if that fits, they do.
	supply, fits := supply.Add(amount)
	if !fits {
		return core.Wrap(core.ErrLimitExceeded, "the supply would not fit 256 bits")
	}
	if err := state.Set(fieldSupply, supply); err != nil {
		return err
	}
	if err := give(state, to, amount); err != nil {
		return err
	}
	core.Emit(ctx, Transfer{To: to, Amount: amount})
	return nil
}

// take lowers a balance; who has nothing left has no entry.
func take(state core.Object, from core.Address, amount core.U256) error {
	all := balancesOf(state)
	balance, err := all.GetOr(from, core.U256{})
	if err != nil {
		return err
	}
	rest, enough := balance.Sub(amount)
	switch {
	case !enough:
		return core.Wrap(core.ErrInsufficientFunds, from.String()+" has "+balance.String()+", needs "+amount.String())
	case amount.IsZero():
		return nil
	case rest.IsZero():
		return all.Delete(from)
	}
	return all.Set(from, rest)
}

// give raises a balance.
func give(state core.Object, to core.Address, amount core.U256) error {
	if amount.IsZero() {
		return nil
	}
	all := balancesOf(state)
	balance, err := all.GetOr(to, core.U256{})
	if err != nil {
		return err
	}
	sum, _ := balance.Add(amount) // at most the supply
	return all.Set(to, sum)
}
