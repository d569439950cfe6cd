package counter_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/govm-net/vm/contracts/counter"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// ledger is an Env with a counter that alice owns.
type ledger struct {
	*coretest.Env
	contract   counter.Counter
	alice, bob core.Address
	id         core.ObjectID
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, alice: env.Account("alice", 0), bob: env.Account("bob", 0)}
	l.MustCall(l.alice, func(ctx core.Context) (err error) {
		l.id, err = l.contract.Initialize(ctx)
		return err
	})
	return l
}

func (l *ledger) add(sender core.Address, n uint64) (count uint64, err error) {
	err = l.Call(sender, func(ctx core.Context) (err error) {
		count, err = l.contract.Add(ctx, l.id, n)
		return err
	})
	return count, err
}

func (l *ledger) count(t *testing.T) uint64 {
	t.Helper()
	var count uint64
	l.MustCall(l.bob, func(ctx core.Context) (err error) {
		count, err = l.contract.Get(ctx, l.id)
		return err
	})
	return count
}

func TestInitializeGivesTheCallerACounterAtZero(t *testing.T) {
	l := newLedger(t)
	if owner, exists := l.Owner(l.id); owner != l.alice || !exists {
		t.Errorf("owner is %s, %t; want alice, true", l.Name(owner), exists)
	}
	if got := l.count(t); got != 0 {
		t.Errorf("count is %d, want 0", got)
	}
	want := []coretest.Event{{Contract: l.Contract(), Name: "Created",
		Fields: []coretest.Field{{Key: "counter", Value: l.id}, {Key: "owner", Value: l.alice}}}}
	if got := l.Events(); !reflect.DeepEqual(got, want) {
		t.Errorf("events are %v, want %v", got, want)
	}
}

func TestCountersAreIndependent(t *testing.T) {
	l := newLedger(t)
	var other core.ObjectID
	l.MustCall(l.bob, func(ctx core.Context) (err error) {
		other, err = l.contract.Initialize(ctx)
		return err
	})
	if other == l.id {
		t.Fatalf("both counters have the id %s", other)
	}
	if _, err := l.add(l.alice, 3); err != nil {
		t.Fatal(err)
	}
	if got := l.Field(other, "count"); got != uint64(0) {
		t.Errorf("the other counter is at %v, want 0", got)
	}
}

func TestIncrementCounts(t *testing.T) {
	l := newLedger(t)
	for want := uint64(1); want <= 3; want++ {
		l.MustCall(l.alice, func(ctx core.Context) error {
			got, err := l.contract.Increment(ctx, l.id)
			if got != want {
				t.Errorf("count is %d, want %d", got, want)
			}
			return err
		})
	}
	if got := l.count(t); got != 3 {
		t.Errorf("count is %d, want 3", got)
	}
	last := l.Events()[len(l.Events())-1]
	if last.Name != "Changed" || last.Value("from") != uint64(2) || last.Value("to") != uint64(3) {
		t.Errorf("the last event is %v", last)
	}
}

func TestAddRefusesOverflow(t *testing.T) {
	l := newLedger(t)
	if got, err := l.add(l.alice, math.MaxUint64); got != math.MaxUint64 || err != nil {
		t.Fatalf("got %d, %v; want the largest count", got, err)
	}
	if _, err := l.add(l.alice, 1); !errors.Is(err, core.ErrLimitExceeded) {
		t.Errorf("error is %v, want limit exceeded", err)
	}
	if got := l.count(t); got != math.MaxUint64 {
		t.Errorf("count is %d after a refused call", got)
	}
}

func TestOnlyTheOwnerChangesACounter(t *testing.T) {
	for _, test := range []struct {
		name string
		call func(l *ledger, ctx core.Context) error
	}{
		{"Increment", func(l *ledger, ctx core.Context) error { _, err := l.contract.Increment(ctx, l.id); return err }},
		{"Add", func(l *ledger, ctx core.Context) error { _, err := l.contract.Add(ctx, l.id, 5); return err }},
		{"Reset", func(l *ledger, ctx core.Context) error { return l.contract.Reset(ctx, l.id) }},
		{"TransferOwnership", func(l *ledger, ctx core.Context) error {
			return l.contract.TransferOwnership(ctx, l.id, l.bob)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLedger(t)
			if _, err := l.add(l.alice, 7); err != nil {
				t.Fatal(err)
			}
			events := len(l.Events())
			err := l.Call(l.bob, func(ctx core.Context) error { return test.call(l, ctx) })
			if !errors.Is(err, core.ErrUnauthorized) {
				t.Errorf("by bob: error is %v, want unauthorized", err)
			}
			if got := l.count(t); got != 7 {
				t.Errorf("count is %d after a refused call, want 7", got)
			}
			if got := len(l.Events()); got != events {
				t.Errorf("a refused call left %d events", got-events)
			}
			if err := l.Call(l.alice, func(ctx core.Context) error { return test.call(l, ctx) }); err != nil {
				t.Errorf("by alice: %v", err)
			}
		})
	}
}

func TestResetStartsOver(t *testing.T) {
	l := newLedger(t)
	if _, err := l.add(l.alice, 7); err != nil {
		t.Fatal(err)
	}
	l.MustCall(l.alice, func(ctx core.Context) error { return l.contract.Reset(ctx, l.id) })
	if got := l.count(t); got != 0 {
		t.Errorf("count is %d, want 0", got)
	}
}

func TestTransferOwnershipMovesTheRight(t *testing.T) {
	l := newLedger(t)
	l.MustCall(l.alice, func(ctx core.Context) error { return l.contract.TransferOwnership(ctx, l.id, l.bob) })
	l.MustCall(l.alice, func(ctx core.Context) error {
		owner, err := l.contract.Owner(ctx, l.id)
		if owner != l.bob {
			t.Errorf("owner is %s, want bob", l.Name(owner))
		}
		return err
	})
	if _, err := l.add(l.alice, 1); !errors.Is(err, core.ErrUnauthorized) {
		t.Errorf("by alice: error is %v, want unauthorized", err)
	}
	if got, err := l.add(l.bob, 1); got != 1 || err != nil {
		t.Errorf("by bob: %d, %v; want 1", got, err)
	}
	err := l.Call(l.bob, func(ctx core.Context) error {
		return l.contract.TransferOwnership(ctx, l.id, core.Address{})
	})
	if !errors.Is(err, core.ErrInvalidArgument) {
		t.Errorf("to nobody: error is %v, want invalid argument", err)
	}
}

func TestUnknownCounters(t *testing.T) {
	l := newLedger(t)
	for _, test := range []struct {
		name string
		id   core.ObjectID
		want error
	}{
		{"zero id", core.ObjectID{}, core.ErrInvalidArgument},
		{"no such object", core.ObjectID{1}, core.ErrObjectNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := l.Call(l.alice, func(ctx core.Context) error {
				_, err := l.contract.Increment(ctx, test.id)
				return err
			})
			if !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
		})
	}
}
