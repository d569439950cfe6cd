// Package multisig is a wallet that several people own: money leaves it when enough
// of them agree.
//
// The wallet's state is in its default object; each proposal is an object of its own,
// which belongs to the wallet. Anybody may pay in.
package multisig

import "github.com/govm-net/vm/core"

// MaxOwners is how many owners a wallet may have: all are looked at when it is made.
const MaxOwners = 32

// Proposal is a payment that owners are asked to agree to.
type Proposal struct {
	Proposer  core.Address `govm:"proposer"`
	To        core.Address `govm:"to"`
	Amount    uint64       `govm:"amount"`
	Expires   int64        `govm:"expires"` // ns since 1970; the last moment at which it can be paid
	Approvals uint8        `govm:"approvals"`
	Paid      bool         `govm:"paid"`
}

// Deposited is logged when money comes in.
type Deposited struct {
	From   core.Address `govm:"from"`
	Amount uint64       `govm:"amount"`
}

// Proposed is logged when a payment is proposed.
type Proposed struct {
	Proposal core.ObjectID `govm:"proposal"`
	Proposer core.Address  `govm:"proposer"`
	To       core.Address  `govm:"to"`
	Amount   uint64        `govm:"amount"`
}

// Approved is logged when an owner agrees, and with Revoked when one does no more.
type Approved struct {
	Proposal core.ObjectID `govm:"proposal"`
	Owner    core.Address  `govm:"owner"`
	Revoked  bool          `govm:"revoked"`
}

// Paid is logged when a proposal is carried out.
type Paid struct {
	Proposal core.ObjectID `govm:"proposal"`
}

// Multisig is the contract.
type Multisig struct{}

// Initialize names the owners, and how many of them must agree. It works once.
func (Multisig) Initialize(ctx core.Context, owners []core.Address, threshold uint8) error {
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	_, err := state.Get("threshold")
	core.Require(core.CodeOf(err) == core.CodeFieldNotFound, "the wallet is initialized already")
	core.Require(0 < len(owners) && len(owners) <= MaxOwners, "a wallet has 1 to 32 owners")
	core.Require(0 < threshold && int(threshold) <= len(owners), "the threshold is between 1 and the number of owners")
	set := core.SetOf[core.Address](state, "owners")
	for _, owner := range owners {
		core.Require(!owner.IsZero(), "an owner is the zero address")
		core.Require(!core.Must(set.Has(owner)), "an owner is named twice")
		core.RequireNo(set.Add(owner))
	}
	return state.Set("threshold", threshold)
}

// Owners returns the owners in ascending order.
//
//govm:view
func (Multisig) Owners(ctx core.Context) ([]core.Address, error) {
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	return core.SetOf[core.Address](state, "owners").Members(MaxOwners)
}

// Threshold returns how many owners must agree.
//
//govm:view
func (Multisig) Threshold(ctx core.Context) (uint8, error) {
	return core.Get[uint8](core.Must(ctx.GetObject(core.ObjectID{})), "threshold")
}

// Deposit takes the money that comes with the call.
//
//govm:payable
func (Multisig) Deposit(ctx core.Context) {
	core.Emit(ctx, Deposited{From: ctx.Sender(), Amount: ctx.Value()})
}

// Propose asks the owners for a payment until a moment, in nanoseconds since 1970,
// and agrees to it in the name of the caller, who is one of them.
func (Multisig) Propose(ctx core.Context, to core.Address, amount uint64, expires int64) (core.ObjectID, error) {
	requireOwner(ctx)
	core.Require(!to.IsZero(), "the receiver is the zero address")
	core.Require(expires > ctx.BlockTime(), "the proposal would be over already")
	proposal := Proposal{Proposer: ctx.Sender(), To: to, Amount: amount, Expires: expires}
	obj, err := core.Create(ctx, proposal)
	if err != nil {
		return core.ObjectID{}, err
	}
	core.Emit(ctx, Proposed{Proposal: obj.ID(), Proposer: ctx.Sender(), To: to, Amount: amount})
	return obj.ID(), approve(ctx, obj)
}

// Proposal returns a proposal.
//
//govm:view
func (Multisig) Proposal(ctx core.Context, id core.ObjectID) (Proposal, error) {
	return core.Load[Proposal](ctx, id)
}

// HasApproved reports whether an owner agrees to a proposal.
//
//govm:view
func (Multisig) HasApproved(ctx core.Context, id core.ObjectID, owner core.Address) (bool, error) {
	return approvalsOf(core.Must(ctx.GetObject(id))).Has(owner)
}

// Approve agrees to a proposal. The caller is an owner who has not yet.
func (Multisig) Approve(ctx core.Context, id core.ObjectID) error {
	requireOwner(ctx)
	obj, _ := pending(ctx, id)
	return approve(ctx, obj)
}

// Revoke takes the caller's agreement to a proposal back.
func (Multisig) Revoke(ctx core.Context, id core.ObjectID) error {
	obj, proposal := pending(ctx, id)
	if err := approvalsOf(obj).Remove(ctx.Sender()); err != nil {
		return core.Wrap(err, "the caller has not agreed")
	}
	core.Emit(ctx, Approved{Proposal: id, Owner: ctx.Sender(), Revoked: true})
	return obj.Set("approvals", proposal.Approvals-1)
}

// Execute pays what a proposal asks for, if enough owners agree. Any owner may do
// it, once.
func (Multisig) Execute(ctx core.Context, id core.ObjectID) error {
	requireOwner(ctx)
	obj, proposal := pending(ctx, id)
	threshold := core.Must(core.Get[uint8](core.Must(ctx.GetObject(core.ObjectID{})), "threshold"))
	if proposal.Approvals < threshold {
		return core.Wrap(core.ErrUnauthorized, "too few owners agree")
	}
	// Written before the money moves: what is paid is paid once.
	core.RequireNo(obj.Set("paid", true))
	core.Emit(ctx, Paid{Proposal: id})
	return ctx.Transfer(proposal.To, proposal.Amount)
}

func requireOwner(ctx core.Context) {
	state := core.Must(ctx.GetObject(core.ObjectID{}))
	if !core.Must(core.SetOf[core.Address](state, "owners").Has(ctx.Sender())) {
		core.RequireNo(core.Wrap(core.ErrUnauthorized, ctx.Sender().String()+" is no owner"))
	}
}

// pending returns a proposal that can still be paid.
func pending(ctx core.Context, id core.ObjectID) (core.Object, Proposal) {
	obj := core.Must(ctx.GetObject(id))
	proposal := core.Must(core.Read[Proposal](obj))
	core.Require(!proposal.Paid, "the proposal is paid already")
	core.Require(ctx.BlockTime() <= proposal.Expires, "the proposal has expired")
	return obj, proposal
}

// approvalsOf returns the owners who agree to a proposal.
func approvalsOf(obj core.Object) core.Set[core.Address] {
	return core.SetOf[core.Address](obj, "approved")
}

func approve(ctx core.Context, obj core.Object) error {
	approved := approvalsOf(obj)
	core.Require(!core.Must(approved.Has(ctx.Sender())), "the caller has agreed already")
	core.RequireNo(approved.Add(ctx.Sender()))
	core.Emit(ctx, Approved{Proposal: obj.ID(), Owner: ctx.Sender()})
	count := core.Must(core.Get[uint8](obj, "approvals"))
	return obj.Set("approvals", count+1)
}
