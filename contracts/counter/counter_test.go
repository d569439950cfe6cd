package counter_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/govm-net/vm/contracts/counter"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// ledger is an Env with the contract and a counter that alice owns.
type ledger struct {
	*coretest.Env
	counter    *coretest.Contract
	alice, bob core.Address
	id         core.ObjectID
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, counter: env.Deploy(new(counter.Counter)), alice: env.Account("alice", 0), bob: env.Account("bob", 0)}
	l.id = coretest.Get[core.ObjectID](l.counter, l.alice, "Initialize")
	return l
}

func (l *ledger) count() uint64 { return coretest.Get[uint64](l.counter, l.bob, "Get", l.id) }

func TestInitializeGivesTheCallerACounterAtZero(t *testing.T) {
	l := newLedger(t)
	if owner, exists := l.Owner(l.id); owner != l.alice || !exists {
		t.Errorf("owner is %s, %t; want alice, true", l.Name(owner), exists)
	}
	if got := l.count(); got != 0 {
		t.Errorf("count is %d, want 0", got)
	}
	want := []coretest.Event{{Contract: l.counter.Address(), Name: "Created",
		Fields: []coretest.Field{{Key: "counter", Value: l.id}, {Key: "owner", Value: l.alice}}}}
	if got := l.Events(); !reflect.DeepEqual(got, want) {
		t.Errorf("events are %v, want %v", got, want)
	}
}

func TestCountersAreIndependent(t *testing.T) {
	l := newLedger(t)
	other := coretest.Get[core.ObjectID](l.counter, l.bob, "Initialize")
	if other == l.id {
		t.Fatalf("both counters have the id %s", other)
	}
	l.counter.Must(l.alice, "Add", l.id, 3)
	if got := l.Field(other, "count"); got != uint64(0) {
		t.Errorf("the other counter is at %v, want 0", got)
	}
}

func TestIncrementCounts(t *testing.T) {
	l := newLedger(t)
	for want := uint64(1); want <= 3; want++ {
		result := l.counter.Must(l.alice, "Increment", l.id)
		if got := coretest.As[uint64](result); got != want {
			t.Errorf("count is %d, want %d", got, want)
		}
		changed := result.Event("Changed")
		if changed.Value("from") != want-1 || changed.Value("to") != want {
			t.Errorf("the event is %v", changed)
		}
	}
	if got := l.count(); got != 3 {
		t.Errorf("count is %d, want 3", got)
	}
}

func TestAddRefusesOverflow(t *testing.T) {
	l := newLedger(t)
	if got := coretest.Get[uint64](l.counter, l.alice, "Add", l.id, uint64(math.MaxUint64)); got != math.MaxUint64 {
		t.Fatalf("got %d, want the largest count", got)
	}
	l.counter.Fails(core.ErrLimitExceeded, l.alice, "Add", l.id, 1)
	if got := l.count(); got != math.MaxUint64 {
		t.Errorf("count is %d after a refused call", got)
	}
}

func TestOnlyTheOwnerChangesACounter(t *testing.T) {
	for _, test := range []struct {
		function string
		args     func(l *ledger) []any
	}{
		{"Increment", func(l *ledger) []any { return []any{l.id} }},
		{"Add", func(l *ledger) []any { return []any{l.id, 5} }},
		{"Reset", func(l *ledger) []any { return []any{l.id} }},
		{"TransferOwnership", func(l *ledger) []any { return []any{l.id, l.bob} }},
	} {
		t.Run(test.function, func(t *testing.T) {
			l := newLedger(t)
			l.counter.Must(l.alice, "Add", l.id, 7)
			events := len(l.Events())
			l.counter.Fails(core.ErrUnauthorized, l.bob, test.function, test.args(l)...)
			if got := l.count(); got != 7 {
				t.Errorf("count is %d after a refused call, want 7", got)
			}
			if got := len(l.Events()); got != events {
				t.Errorf("a refused call left %d events", got-events)
			}
			l.counter.Must(l.alice, test.function, test.args(l)...)
		})
	}
}

func TestResetStartsOver(t *testing.T) {
	l := newLedger(t)
	l.counter.Must(l.alice, "Add", l.id, 7)
	l.counter.Must(l.alice, "Reset", l.id)
	if got := l.count(); got != 0 {
		t.Errorf("count is %d, want 0", got)
	}
}

func TestTransferOwnershipMovesTheRight(t *testing.T) {
	l := newLedger(t)
	l.counter.Must(l.alice, "TransferOwnership", l.id, l.bob)
	if owner := coretest.Get[core.Address](l.counter, l.alice, "Owner", l.id); owner != l.bob {
		t.Errorf("owner is %s, want bob", l.Name(owner))
	}
	l.counter.Fails(core.ErrUnauthorized, l.alice, "Add", l.id, 1)
	if got := coretest.Get[uint64](l.counter, l.bob, "Add", l.id, 1); got != 1 {
		t.Errorf("by bob: %d; want 1", got)
	}
	l.counter.Fails(core.ErrInvalidArgument, l.bob, "TransferOwnership", l.id, core.Address{})
}

func TestUnknownCounters(t *testing.T) {
	for _, test := range []struct {
		name string
		id   core.ObjectID
		want error
	}{
		{"zero id", core.ObjectID{}, core.ErrInvalidArgument},
		{"no such object", core.ObjectID{1}, core.ErrObjectNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLedger(t)
			l.counter.Fails(test.want, l.alice, "Increment", test.id)
			l.counter.Fails(test.want, l.alice, "Owner", test.id)
		})
	}
}

// A damaged counter is told from one that is not there.
func TestACounterWithoutACountIsRefused(t *testing.T) {
	l := newLedger(t)
	l.DeleteField(l.id, "count")
	for _, function := range []string{"Get", "Owner", "Reset"} {
		l.counter.Fails(core.ErrFieldNotFound, l.alice, function, l.id)
	}
	l.SetField(l.id, "count", "seven")
	l.counter.Fails(core.ErrInvalidArgument, l.alice, "Get", l.id)
}

// Whatever is added, a counter holds the sum or refuses.
func FuzzAdd(f *testing.F) {
	f.Add(uint64(3), uint64(4))
	f.Add(uint64(math.MaxUint64), uint64(1))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		env := coretest.NewNative(t)
		counter, alice := env.Deploy(new(counter.Counter)), env.Account("alice", 0)
		id := coretest.Get[core.ObjectID](counter, alice, "Initialize")
		counter.Must(alice, "Add", id, a)
		result := counter.Call(alice, "Add", id, b)
		if a > math.MaxUint64-b {
			result.Fails(core.ErrLimitExceeded)
		} else if got := coretest.As[uint64](result); got != a+b {
			t.Errorf("%d + %d is %d", a, b, got)
		}
	})
}
