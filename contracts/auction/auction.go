// Package auction sells things to whoever offers most before time is up.
//
// An auction is an object of the contract's. Bids are sent along with the call, so
// that they are known to be covered. Who was outbid fetches the money with Withdraw:
// were it sent back at once, a bidder that cannot be paid would keep everybody else
// from bidding.
package auction

import (
	"math"

	"github.com/govm-net/vm/core"
)

// MinRaisePercent is by how much a bid must exceed the one before.
const MinRaisePercent = 5

// ExtensionNS is how long an auction goes on at least after a bid, in nanoseconds:
// five minutes, so that a bid in the last moment can be answered.
const ExtensionNS = 5 * 60 * 1_000_000_000

// Auction is something for sale.
type Auction struct {
	Seller core.Address `govm:"seller"`
	Item   string       `govm:"item"`
	Ends   int64        `govm:"ends"` // ns since 1970; the last moment for bids
	Least  uint64       `govm:"least"`
	Bidder core.Address `govm:"bidder"` // zero without a bid
	Bid    uint64       `govm:"bid"`
	Closed bool         `govm:"closed"`
}

// Opened is logged when something is put up for sale.
type Opened struct {
	Auction core.ObjectID `govm:"auction"`
	Seller  core.Address  `govm:"seller"`
	Item    string        `govm:"item"`
	Ends    int64         `govm:"ends"`
}

// Bid is logged when somebody offers more than everybody before.
type Bid struct {
	Auction core.ObjectID `govm:"auction"`
	Bidder  core.Address  `govm:"bidder"`
	Amount  uint64        `govm:"amount"`
	Ends    int64         `govm:"ends"`
}

// Sold is logged at the end: to the zero address for nothing, if nobody bid.
type Sold struct {
	Auction core.ObjectID `govm:"auction"`
	Bidder  core.Address  `govm:"bidder"`
	Amount  uint64        `govm:"amount"`
}

// House is the contract.
type House struct{}

// Open puts something of the caller's up for sale, for at least an amount, for a
// time in nanoseconds.
func (House) Open(ctx core.Context, item string, least uint64, durationNS int64) (core.ObjectID, error) {
	core.Require(item != "", "the item has no name")
	core.Require(durationNS > 0, "the auction would be over already")
	ends := ctx.BlockTime() + durationNS
	core.Require(ends > ctx.BlockTime(), "the auction would never end")
	obj, err := core.Create(ctx, Auction{Seller: ctx.Sender(), Item: item, Ends: ends, Least: least})
	if err != nil {
		return core.ObjectID{}, err
	}
	core.Emit(ctx, Opened{Auction: obj.ID(), Seller: ctx.Sender(), Item: item, Ends: ends})
	return obj.ID(), nil
}

// Get returns an auction.
//
//govm:view
func (House) Get(ctx core.Context, id core.ObjectID) (Auction, error) {
	return core.Load[Auction](ctx, id)
}

// Bid offers the amount that comes with the call.
//
//govm:payable
func (House) Bid(ctx core.Context, id core.ObjectID) error {
	obj, auction := open(ctx, id)
	core.Require(ctx.BlockTime() <= auction.Ends, "the auction is over")
	core.Require(ctx.Sender() != auction.Seller, "the seller cannot bid")
	if least := auction.next(); ctx.Value() < least {
		return core.Wrap(core.ErrInsufficientFunds, "the bid is too low")
	}
	if !auction.Bidder.IsZero() {
		owe(ctx, auction.Bidder, auction.Bid)
	}
	auction.Bidder, auction.Bid = ctx.Sender(), ctx.Value()
	if left := auction.Ends - ctx.BlockTime(); left < ExtensionNS {
		auction.Ends += ExtensionNS - left
	}
	core.Emit(ctx, Bid{Auction: id, Bidder: auction.Bidder, Amount: auction.Bid, Ends: auction.Ends})
	return core.Write(obj, auction)
}

// next returns the least that can be bid.
func (a Auction) next() uint64 {
	if a.Bidder.IsZero() {
		return a.Least
	}
	raise := max(a.Bid/100*MinRaisePercent+a.Bid%100*MinRaisePercent/100, 1)
	if raise > math.MaxUint64-a.Bid {
		return math.MaxUint64 // with the bid that is held already, no balance is so large
	}
	return a.Bid + raise
}

// Close ends an auction whose time is up and pays the seller. Anybody may do it.
func (House) Close(ctx core.Context, id core.ObjectID) error {
	obj, auction := open(ctx, id)
	core.Require(ctx.BlockTime() > auction.Ends, "the auction goes on")
	core.RequireNo(obj.Set("closed", true))
	core.Emit(ctx, Sold{Auction: id, Bidder: auction.Bidder, Amount: auction.Bid})
	return ctx.Transfer(auction.Seller, auction.Bid)
}

// Owed returns what somebody who was outbid can withdraw.
//
//govm:view
func (House) Owed(ctx core.Context, bidder core.Address) (uint64, error) {
	return debts(ctx).GetOr(bidder, 0)
}

// Withdraw pays the caller what they were outbid with, and returns how much that was.
func (House) Withdraw(ctx core.Context) (uint64, error) {
	owed, err := debts(ctx).Get(ctx.Sender())
	if err != nil {
		return 0, core.Wrap(err, "nothing is owed")
	}
	core.RequireNo(debts(ctx).Delete(ctx.Sender()))
	return owed, ctx.Transfer(ctx.Sender(), owed)
}

// open returns an auction that is not closed.
func open(ctx core.Context, id core.ObjectID) (core.Object, Auction) {
	obj := core.Must(ctx.GetObject(id))
	auction := core.Must(core.Read[Auction](obj))
	core.Require(!auction.Closed, "the auction is closed")
	return obj, auction
}

// debts are what bidders can withdraw. The sum of all balances fits 64 bits, and so
// does what is owed.
func debts(ctx core.Context) core.Map[core.Address, uint64] {
	return core.MapOf[core.Address, uint64](core.Must(ctx.GetObject(core.ObjectID{})), "owed")
}

func owe(ctx core.Context, to core.Address, amount uint64) {
	before := core.Must(debts(ctx).GetOr(to, 0))
	core.RequireNo(debts(ctx).Set(to, before+amount))
}
