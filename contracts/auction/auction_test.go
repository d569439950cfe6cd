package auction_test

import (
	"math"
	"testing"
	"time"

	"github.com/govm-net/vm/contracts/auction"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// ledger is an Env with an auction of sally's that takes an hour, from 100 on.
type ledger struct {
	*coretest.Env
	house             *coretest.Contract
	sally, alice, bob core.Address
	id                core.ObjectID
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, house: env.Deploy(new(auction.House))}
	l.sally, l.alice, l.bob = env.Account("sally", 1000), env.Account("alice", 1000), env.Account("bob", 1000)
	l.id = coretest.Get[core.ObjectID](l.house, l.sally, "Open", "a chair", 100, time.Hour.Nanoseconds())
	return l
}

func (l *ledger) bid(who core.Address, amount uint64) *coretest.Result {
	return l.house.CallWith(coretest.Options{Sender: who, Value: amount}, "Bid", l.id)
}

func (l *ledger) get() auction.Auction {
	return coretest.Get[auction.Auction](l.house, l.sally, "Get", l.id)
}

func TestOpen(t *testing.T) {
	l := newLedger(t)
	want := auction.Auction{Seller: l.sally, Item: "a chair", Ends: l.Time().Add(time.Hour).UnixNano(), Least: 100}
	if got := l.get(); got != want {
		t.Errorf("the auction is %+v, want %+v", got, want)
	}
	l.house.Fails(core.ErrExecutionReverted, l.sally, "Open", "", 100, 1)
	l.house.Fails(core.ErrExecutionReverted, l.sally, "Open", "a chair", 100, 0)
	l.house.Fails(core.ErrExecutionReverted, l.sally, "Open", "a chair", 100, math.MaxInt64)
	l.house.Fails(core.ErrObjectNotFound, l.sally, "Get", core.ObjectID{1})
}

func TestTheHighestBidderPaysAndTheOthersGetTheirMoneyBack(t *testing.T) {
	l := newLedger(t)
	l.bid(l.alice, 99).Fails(core.ErrInsufficientFunds)
	l.bid(l.alice, 100).Must()
	l.bid(l.bob, 104).Fails(core.ErrInsufficientFunds)
	placed := l.bid(l.bob, 105).Must().Event("Bid")
	if placed.Value("bidder") != l.bob || placed.Value("amount") != uint64(105) {
		t.Errorf("the event is %v", placed)
	}
	l.bid(l.alice, 200).Must()
	l.bid(l.bob, 300).Must()
	if got := coretest.Get[uint64](l.house, l.alice, "Owed", l.alice); got != 300 {
		t.Errorf("alice is owed %d, want 300", got)
	}
	if got := coretest.Get[uint64](l.house, l.alice, "Withdraw"); got != 300 {
		t.Errorf("alice withdrew %d", got)
	}
	l.house.Fails(core.ErrFieldNotFound, l.alice, "Withdraw")
	l.house.Fails(core.ErrExecutionReverted, l.alice, "Close", l.id)

	l.Wait(time.Hour + 1)
	l.bid(l.alice, 900).Fails(core.ErrExecutionReverted)
	sold := l.house.Must(l.alice, "Close", l.id).Event("Sold")
	if sold.Value("bidder") != l.bob || sold.Value("amount") != uint64(300) {
		t.Errorf("the event is %v", sold)
	}
	l.house.Fails(core.ErrExecutionReverted, l.alice, "Close", l.id)
	l.house.Must(l.bob, "Withdraw")
	for who, want := range map[core.Address]uint64{l.sally: 1300, l.alice: 1000, l.bob: 700, l.house.Address(): 0} {
		if got := l.Balance(who); got != want {
			t.Errorf("%s has %d, want %d", l.Name(who), got, want)
		}
	}
}

func TestTheSellerCannotBid(t *testing.T) {
	l := newLedger(t)
	l.bid(l.sally, 500).Fails(core.ErrExecutionReverted)
	if got := l.Balance(l.sally); got != 1000 {
		t.Errorf("the value of the refused bid is not back: %d", got)
	}
}

func TestALateBidExtendsTheAuction(t *testing.T) {
	l := newLedger(t)
	l.Wait(time.Hour - time.Minute)
	l.bid(l.alice, 100).Must()
	if got, want := l.get().Ends, l.Time().Add(5*time.Minute).UnixNano(); got != want {
		t.Errorf("it ends %d ns too late", got-want)
	}
	l.Wait(4 * time.Minute)
	l.bid(l.bob, 200).Must()
}

func TestNobodyBids(t *testing.T) {
	l := newLedger(t)
	l.Wait(time.Hour + 1)
	sold := l.house.Must(l.bob, "Close", l.id).Event("Sold")
	if sold.Value("bidder") != (core.Address{}) || l.Balance(l.sally) != 1000 {
		t.Errorf("the event is %v, sally has %d", sold, l.Balance(l.sally))
	}
}

// A bid of 0, where that is allowed, is a bid: the next one must be higher.
func TestRaisesFromNothing(t *testing.T) {
	l := newLedger(t)
	l.id = coretest.Get[core.ObjectID](l.house, l.sally, "Open", "a spoon", 0, time.Hour.Nanoseconds())
	l.bid(l.alice, 0).Must()
	l.bid(l.bob, 0).Fails(core.ErrInsufficientFunds)
	l.bid(l.bob, 1).Must()
	l.bid(l.alice, 2).Must()
}

// A bid that cannot be raised by the least raise any more stands.
func TestTheLargestBids(t *testing.T) {
	l := newLedger(t)
	const most = math.MaxUint64 / 100 * 97
	l.Fund(l.alice, most-1000)
	l.bid(l.alice, most).Must()
	l.bid(l.bob, 1000).Fails(core.ErrInsufficientFunds)
	if got := l.get(); got.Bidder != l.alice || got.Bid != most {
		t.Errorf("the auction is %+v", got)
	}
}
