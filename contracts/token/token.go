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

// Info is what describes the token, kept in the default object.
type Info struct {
	Name     string       `govm:"name"`
	Symbol   string       `govm:"symbol"`
	Decimals uint8        `govm:"decimals"`
	Supply   core.U256    `govm:"supply"`
	Minter   core.Address `govm:"minter"`
}

// The fields of Info that are asked for alone.
const (
	fieldSupply = "supply"
	fieldMinter = "minter"
)

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
	state := open(ctx)
	_, err := state.Get("name")
	core.Require(core.CodeOf(err) == core.CodeFieldNotFound, "the token is initialized already")
	core.RequireNo(core.Write(state, Info{Name: name, Symbol: symbol, Decimals: decimals, Minter: ctx.Sender()}))
	return mint(ctx, state, ctx.Sender(), supply)
}

// Info returns what describes the token.
//
//govm:view
func (Token) Info(ctx core.Context) (Info, error) { return core.Read[Info](open(ctx)) }

// TotalSupply returns how much there is.
//
//govm:view
func (Token) TotalSupply(ctx core.Context) (core.U256, error) {
	return core.Get[core.U256](open(ctx), fieldSupply)
}

// BalanceOf returns how much somebody has.
//
//govm:view
func (Token) BalanceOf(ctx core.Context, owner core.Address) (core.U256, error) {
	return balancesOf(open(ctx)).GetOr(owner, core.U256{})
}

// Allowance returns how much of what owner has spender may still transfer.
//
//govm:view
func (Token) Allowance(ctx core.Context, owner, spender core.Address) (core.U256, error) {
	return allowancesOf(open(ctx), owner).GetOr(spender, core.U256{})
}

// Holders returns a page of those who have something, in ascending order: those
// after the given address, from the first on for the zero address.
//
//govm:view
func (Token) Holders(ctx core.Context, after core.Address, limit uint8) ([]core.Address, error) {
	return balancesOf(open(ctx)).Keys(int(limit), after)
}

// Transfer moves an amount from the caller to somebody else.
func (Token) Transfer(ctx core.Context, to core.Address, amount core.U256) error {
	return move(ctx, open(ctx), ctx.Sender(), to, amount)
}

// Approve lets spender transfer up to an amount of what the caller has. It replaces
// what was allowed before.
func (Token) Approve(ctx core.Context, spender core.Address, amount core.U256) error {
	return approve(ctx, open(ctx), ctx.Sender(), spender, amount)
}

// TransferFrom moves an amount of what from has, as far as from allowed it to the
// caller.
func (Token) TransferFrom(ctx core.Context, from, to core.Address, amount core.U256) error {
	state := open(ctx)
	allowed := core.Must(allowancesOf(state, from).GetOr(ctx.Sender(), core.U256{}))
	rest, enough := allowed.Sub(amount)
	if !enough {
		return core.Wrap(core.ErrUnauthorized, ctx.Sender().String()+" may transfer "+allowed.String()+" of "+from.String())
	}
	core.RequireNo(approve(ctx, state, from, ctx.Sender(), rest))
	return move(ctx, state, from, to, amount)
}

// Mint makes tokens, for the minter only.
func (Token) Mint(ctx core.Context, to core.Address, amount core.U256) error {
	state := open(ctx)
	if ctx.Sender() != core.Must(core.Get[core.Address](state, fieldMinter)) {
		return core.Wrap(core.ErrUnauthorized, "only the minter mints")
	}
	return mint(ctx, state, to, amount)
}

// Burn destroys tokens of the caller.
func (Token) Burn(ctx core.Context, amount core.U256) error {
	state := open(ctx)
	core.RequireNo(take(state, ctx.Sender(), amount))
	rest, _ := core.Must(core.Get[core.U256](state, fieldSupply)).Sub(amount) // no balance is above the supply
	core.Emit(ctx, Transfer{From: ctx.Sender(), Amount: amount})
	return state.Set(fieldSupply, rest)
}

// open returns the default object, which keeps the token's state.
func open(ctx core.Context) core.Object { return core.Must(ctx.GetObject(core.ObjectID{})) }

func balancesOf(state core.Object) core.Map[core.Address, core.U256] {
	return core.MapOf[core.Address, core.U256](state, "balances")
}

// allowancesOf returns what owner allowed, by spender.
func allowancesOf(state core.Object, owner core.Address) core.Map[core.Address, core.U256] {
	return core.MapOf[core.Address, core.U256](state, "allowances/"+owner.String())
}

func approve(ctx core.Context, state core.Object, owner, spender core.Address, amount core.U256) error {
	core.Require(!spender.IsZero(), "the spender is the zero address")
	core.Emit(ctx, Approval{Owner: owner, Spender: spender, Amount: amount})
	return allowancesOf(state, owner).Set(spender, amount)
}

func move(ctx core.Context, state core.Object, from, to core.Address, amount core.U256) error {
	core.Require(!to.IsZero(), "the receiver is the zero address")
	core.RequireNo(take(state, from, amount))
	core.Emit(ctx, Transfer{From: from, To: to, Amount: amount})
	return give(state, to, amount)
}

func mint(ctx core.Context, state core.Object, to core.Address, amount core.U256) error {
	core.Require(!to.IsZero(), "the receiver is the zero address")
	// Every balance is a part of the supply: if that fits, they do.
	supply, fits := core.Must(core.Get[core.U256](state, fieldSupply)).Add(amount)
	if !fits {
		return core.Wrap(core.ErrLimitExceeded, "the supply would not fit 256 bits")
	}
	core.RequireNo(state.Set(fieldSupply, supply))
	core.Emit(ctx, Transfer{To: to, Amount: amount})
	return give(state, to, amount)
}

// take lowers a balance; who has nothing left has no entry.
func take(state core.Object, from core.Address, amount core.U256) error {
	all := balancesOf(state)
	balance := core.Must(all.GetOr(from, core.U256{}))
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
	sum, _ := core.Must(all.GetOr(to, core.U256{})).Add(amount) // at most the supply
	return all.Set(to, sum)
}
