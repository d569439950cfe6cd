package paybyname_test

import (
	"strings"
	"testing"

	"github.com/govm-net/vm/contracts/counter"
	"github.com/govm-net/vm/contracts/paybyname"
	"github.com/govm-net/vm/contracts/registry"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// ledger is an Env with both contracts; "bob" and "carol" are names.
type ledger struct {
	*coretest.Env
	registry, payer   *coretest.Contract
	alice, bob, carol core.Address
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, registry: env.Deploy(new(registry.Registry)), payer: env.Deploy(new(paybyname.PayByName))}
	l.alice, l.bob, l.carol = env.Account("alice", 100), env.Account("bob", 0), env.Account("carol", 0)
	l.registry.Must(l.bob, "Register", "bob", l.bob)
	l.registry.Must(l.carol, "Register", "carol", l.carol)
	return l
}

func (l *ledger) pay(value uint64, function string, args ...any) *coretest.Result {
	return l.payer.CallWith(coretest.Options{Sender: l.alice, Value: value}, function, args...)
}

func (l *ledger) balances(t *testing.T, alice, bob, carol uint64) {
	t.Helper()
	for who, want := range map[core.Address]uint64{l.alice: alice, l.bob: bob, l.carol: carol, l.payer.Address(): 0} {
		if got := l.Balance(who); got != want {
			t.Errorf("%s has %d, want %d", l.Name(who), got, want)
		}
	}
}

func TestPay(t *testing.T) {
	l := newLedger(t)
	paid := l.pay(30, "Pay", l.registry.Address(), "bob").Must().Event("Paid")
	if paid.Value("to") != l.bob || paid.Value("amount") != uint64(30) {
		t.Errorf("the event is %v", paid)
	}
	l.balances(t, 70, 30, 0)
}

// The registry's error arrives with its code and text, and the money is back.
func TestPayToNobody(t *testing.T) {
	l := newLedger(t)
	refused := l.pay(30, "Pay", l.registry.Address(), "nobody").Fails(core.ErrFieldNotFound)
	if !strings.HasPrefix(refused.Err.Error(), "pay nobody: nobody has the name nobody: get names/nobody: object ") {
		t.Errorf("the error is %q", refused.Err)
	}
	l.balances(t, 100, 0, 0)
}

func TestSplit(t *testing.T) {
	l := newLedger(t)
	split := l.pay(31, "Split", l.registry.Address(), []string{"bob", "nobody", "carol"})
	if got := coretest.As[uint64](split); got != 2 {
		t.Errorf("%d were paid, want 2", got)
	}
	l.balances(t, 70, 15, 15)
	l.pay(1, "Split", l.registry.Address(), []string{"nobody"}).Fails(core.ErrExecutionReverted)
	l.balances(t, 70, 15, 15)
}

func TestWhatIsNoRegistry(t *testing.T) {
	l := newLedger(t)
	other := l.Deploy(new(counter.Counter))
	l.pay(1, "Pay", l.bob, "bob").Fails(core.ErrContractNotFound)
	l.pay(1, "Pay", l.payer.Address(), "bob").Fails(core.ErrReentrant)
	l.pay(1, "Pay", other.Address(), "bob").Fails(core.ErrFunctionNotFound)
	l.pay(1, "Split", other.Address(), []string{"bob"}).Fails(core.ErrFunctionNotFound)
	l.balances(t, 100, 0, 0)
}
