package multisig_test

import (
	"slices"
	"testing"
	"time"

	"github.com/govm-net/vm/contracts/multisig"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// ledger is an Env with a wallet that holds 1,000 and needs two of its three owners.
type ledger struct {
	*coretest.Env
	wallet               *coretest.Contract
	alice, bob, carol    core.Address
	stranger, contractor core.Address
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, wallet: env.Deploy(new(multisig.Multisig))}
	l.alice, l.bob, l.carol = env.Account("alice", 0), env.Account("bob", 0), env.Account("carol", 0)
	l.stranger, l.contractor = env.Account("stranger", 1000), env.Account("contractor", 0)
	l.wallet.Must(l.alice, "Initialize", []core.Address{l.alice, l.bob, l.carol}, 2)
	l.wallet.CallWith(coretest.Options{Sender: l.stranger, Value: 1000}, "Deposit").Must()
	return l
}

// propose has alice propose to pay the contractor within an hour.
func (l *ledger) propose(amount uint64) core.ObjectID {
	expires := l.Time().Add(time.Hour).UnixNano()
	return coretest.Get[core.ObjectID](l.wallet, l.alice, "Propose", l.contractor, amount, expires)
}

func TestInitialize(t *testing.T) {
	l := newLedger(t)
	want := []core.Address{l.alice, l.bob, l.carol}
	slices.SortFunc(want, func(a, b core.Address) int { return slices.Compare(a[:], b[:]) })
	if got := coretest.Get[[]core.Address](l.wallet, l.stranger, "Owners"); !slices.Equal(got, want) {
		t.Errorf("owners are %v, want %v", got, want)
	}
	if got := coretest.Get[uint8](l.wallet, l.stranger, "Threshold"); got != 2 {
		t.Errorf("the threshold is %d", got)
	}
	l.wallet.Fails(core.ErrExecutionReverted, l.stranger, "Initialize", []core.Address{l.stranger}, 1)
}

func TestInitializeRefuses(t *testing.T) {
	alice, bob := core.Address{1}, core.Address{2}
	for _, test := range []struct {
		owners    []core.Address
		threshold uint8
		want      string
	}{
		{nil, 1, "a wallet has 1 to 32 owners"},
		{make([]core.Address, 33), 1, "a wallet has 1 to 32 owners"},
		{[]core.Address{alice, bob}, 0, "the threshold is between 1 and the number of owners"},
		{[]core.Address{alice, bob}, 3, "the threshold is between 1 and the number of owners"},
		{[]core.Address{alice, {}}, 1, "an owner is the zero address"},
		{[]core.Address{alice, bob, alice}, 1, "an owner is named twice"},
	} {
		t.Run(test.want, func(t *testing.T) {
			wallet := coretest.New(t).Deploy(new(multisig.Multisig))
			refused := wallet.Fails(core.ErrExecutionReverted, alice, "Initialize", test.owners, test.threshold)
			if refused.Err.Error() != test.want {
				t.Errorf("the error is %q, want %q", refused.Err, test.want)
			}
		})
	}
}

func TestTwoOfThreePay(t *testing.T) {
	l := newLedger(t)
	id := l.propose(400)
	l.wallet.Fails(core.ErrUnauthorized, l.alice, "Execute", id)
	l.wallet.Must(l.carol, "Approve", id)
	if got := coretest.Get[multisig.Proposal](l.wallet, l.bob, "Proposal", id); got.Approvals != 2 || got.Proposer != l.alice {
		t.Errorf("the proposal is %+v", got)
	}
	l.wallet.Must(l.bob, "Execute", id).Event("Paid")
	if l.Balance(l.contractor) != 400 || l.Balance(l.wallet.Address()) != 600 {
		t.Errorf("balances are %d and %d", l.Balance(l.contractor), l.Balance(l.wallet.Address()))
	}
	l.wallet.Fails(core.ErrExecutionReverted, l.bob, "Execute", id)
	l.wallet.Fails(core.ErrExecutionReverted, l.bob, "Approve", id)
}

func TestOnlyOwnersDecide(t *testing.T) {
	l := newLedger(t)
	id := l.propose(1)
	l.wallet.Fails(core.ErrUnauthorized, l.stranger, "Propose", l.stranger, 1, l.Time().Add(time.Hour).UnixNano())
	l.wallet.Fails(core.ErrUnauthorized, l.stranger, "Approve", id)
	l.wallet.Fails(core.ErrFieldNotFound, l.stranger, "Revoke", id)
	l.wallet.Fails(core.ErrUnauthorized, l.stranger, "Execute", id)
}

func TestAnAgreementCountsOnceAndCanBeTakenBack(t *testing.T) {
	l := newLedger(t)
	id := l.propose(1)
	l.wallet.Fails(core.ErrExecutionReverted, l.alice, "Approve", id)
	l.wallet.Must(l.bob, "Approve", id)
	revoked := l.wallet.Must(l.bob, "Revoke", id).Event("Approved")
	if revoked.Value("revoked") != true || revoked.Value("owner") != l.bob {
		t.Errorf("the event is %v", revoked)
	}
	if coretest.Get[bool](l.wallet, l.carol, "HasApproved", id, l.bob) || !coretest.Get[bool](l.wallet, l.carol, "HasApproved", id, l.alice) {
		t.Error("not exactly alice agrees")
	}
	l.wallet.Fails(core.ErrUnauthorized, l.alice, "Execute", id)
}

func TestProposalsExpire(t *testing.T) {
	l := newLedger(t)
	id := l.propose(1)
	l.wallet.Must(l.bob, "Approve", id)
	before := l.Snapshot()
	l.SetBlock(l.Height()+1, l.Time().Add(time.Hour))
	refused := l.wallet.Fails(core.ErrExecutionReverted, l.alice, "Execute", id)
	if refused.Err.Error() != "the proposal has expired" {
		t.Errorf("the error is %v", refused.Err)
	}
	l.Revert(before)
	l.wallet.Must(l.alice, "Execute", id)
	l.wallet.Fails(core.ErrExecutionReverted, l.alice, "Propose", l.contractor, 1, l.Time().UnixNano())
	l.wallet.Fails(core.ErrExecutionReverted, l.alice, "Propose", core.Address{}, 1, l.Time().Add(1).UnixNano())
}

// A payment that the wallet cannot make leaves the proposal as it was.
func TestTooMuchIsNotPaid(t *testing.T) {
	l := newLedger(t)
	id := l.propose(1001)
	l.wallet.Must(l.bob, "Approve", id)
	l.wallet.Fails(core.ErrInsufficientFunds, l.bob, "Execute", id)
	l.Fund(l.wallet.Address(), 1)
	l.wallet.Must(l.bob, "Execute", id)
	if got := l.Balance(l.contractor); got != 1001 {
		t.Errorf("the contractor has %d", got)
	}
}

func TestMoneyComesInByDepositOnly(t *testing.T) {
	l := newLedger(t)
	refused := l.wallet.CallWith(coretest.Options{Sender: l.stranger, Value: 1}, "Owners")
	refused.Fails(core.ErrNotPayable)
	deposited := l.Events()[0]
	if deposited.Name != "Deposited" || deposited.Value("from") != l.stranger || deposited.Value("amount") != uint64(1000) {
		t.Errorf("the event is %v", deposited)
	}
}
