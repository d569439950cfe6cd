package token_test

import (
	"slices"
	"testing"

	"github.com/govm-net/vm/contracts/token"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

func amount(n uint64) core.U256 { return core.U256From(n) }

// ledger is an Env with a token of which alice has 1,000.
type ledger struct {
	*coretest.Env
	token             *coretest.Contract
	alice, bob, carol core.Address
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, token: env.Deploy(new(token.Token))}
	l.alice, l.bob, l.carol = env.Account("alice", 0), env.Account("bob", 0), env.Account("carol", 0)
	l.token.Must(l.alice, "Initialize", "Gold", "GLD", 2, amount(1000))
	return l
}

// balances expects what alice, bob and carol have, and that it is all that there is.
func (l *ledger) balances(t *testing.T, want ...uint64) {
	t.Helper()
	var sum uint64
	for i, owner := range []core.Address{l.alice, l.bob, l.carol} {
		if got := coretest.Get[core.U256](l.token, owner, "BalanceOf", owner); got != amount(want[i]) {
			t.Errorf("%s has %s, want %d", l.Name(owner), got, want[i])
		}
		sum += want[i]
	}
	if got := coretest.Get[core.U256](l.token, l.alice, "TotalSupply"); got != amount(sum) {
		t.Errorf("the supply is %s, want %d", got, sum)
	}
}

func TestInitializeGivesTheSupplyToTheCaller(t *testing.T) {
	l := newLedger(t)
	l.balances(t, 1000, 0, 0)
	want := token.Info{Name: "Gold", Symbol: "GLD", Decimals: 2, Supply: amount(1000), Minter: l.alice}
	if got := coretest.Get[token.Info](l.token, l.bob, "Info"); got != want {
		t.Errorf("the token is %+v, want %+v", got, want)
	}
	l.token.Fails(core.ErrExecutionReverted, l.bob, "Initialize", "Lead", "LED", 0, amount(1))
}

func TestBeforeInitializeThereIsNothing(t *testing.T) {
	env := coretest.New(t)
	tok, alice := env.Deploy(new(token.Token)), env.Account("alice", 0)
	tok.Fails(core.ErrFieldNotFound, alice, "Info")
	tok.Fails(core.ErrFieldNotFound, alice, "TotalSupply")
	tok.Fails(core.ErrFieldNotFound, alice, "Mint", alice, amount(1))
	tok.Fails(core.ErrInsufficientFunds, alice, "Transfer", env.Account("bob", 0), amount(1))
}

func TestTransfer(t *testing.T) {
	l := newLedger(t)
	moved := l.token.Must(l.alice, "Transfer", l.bob, amount(300)).Event("Transfer")
	if moved.Value("from") != l.alice || moved.Value("to") != l.bob || moved.Value("amount") != amount(300) {
		t.Errorf("the event is %v", moved)
	}
	l.balances(t, 700, 300, 0)
	l.token.Must(l.bob, "Transfer", l.carol, amount(300))
	l.balances(t, 700, 0, 300)
	l.token.Must(l.bob, "Transfer", l.carol, amount(0))
	l.token.Must(l.alice, "Transfer", l.alice, amount(700))
	l.balances(t, 700, 0, 300)

	refused := l.token.Fails(core.ErrInsufficientFunds, l.bob, "Transfer", l.carol, amount(1))
	if want := l.bob.String() + " has 0, needs 1: insufficient funds"; refused.Err.Error() != want {
		t.Errorf("the error is %q, want %q", refused.Err, want)
	}
	l.token.Fails(core.ErrExecutionReverted, l.alice, "Transfer", core.Address{}, amount(1))
	l.balances(t, 700, 0, 300)
}

func TestAllowances(t *testing.T) {
	l := newLedger(t)
	l.token.Fails(core.ErrUnauthorized, l.bob, "TransferFrom", l.alice, l.carol, amount(1))
	approved := l.token.Must(l.alice, "Approve", l.bob, amount(50)).Event("Approval")
	if approved.Value("owner") != l.alice || approved.Value("spender") != l.bob || approved.Value("amount") != amount(50) {
		t.Errorf("the event is %v", approved)
	}
	l.token.Must(l.bob, "TransferFrom", l.alice, l.carol, amount(30))
	l.balances(t, 970, 0, 30)
	if got := coretest.Get[core.U256](l.token, l.carol, "Allowance", l.alice, l.bob); got != amount(20) {
		t.Errorf("%s is left, want 20", got)
	}
	l.token.Fails(core.ErrUnauthorized, l.bob, "TransferFrom", l.alice, l.carol, amount(21))
	l.token.Fails(core.ErrUnauthorized, l.carol, "TransferFrom", l.alice, l.carol, amount(1))
	l.token.Must(l.alice, "Approve", l.bob, amount(0))
	l.token.Fails(core.ErrUnauthorized, l.bob, "TransferFrom", l.alice, l.carol, amount(1))
	l.token.Fails(core.ErrExecutionReverted, l.alice, "Approve", core.Address{}, amount(1))
	l.balances(t, 970, 0, 30)
}

// An allowance that is more than there is moves nothing and stays.
func TestAFailedTransferKeepsTheAllowance(t *testing.T) {
	l := newLedger(t)
	l.token.Must(l.alice, "Approve", l.bob, core.MaxU256())
	l.token.Fails(core.ErrInsufficientFunds, l.bob, "TransferFrom", l.alice, l.bob, amount(1001))
	if got := coretest.Get[core.U256](l.token, l.bob, "Allowance", l.alice, l.bob); got != core.MaxU256() {
		t.Errorf("%s is left", got)
	}
}

func TestMintAndBurn(t *testing.T) {
	l := newLedger(t)
	l.token.Fails(core.ErrUnauthorized, l.bob, "Mint", l.bob, amount(1))
	minted := l.token.Must(l.alice, "Mint", l.bob, amount(5)).Event("Transfer")
	if minted.Value("from") != (core.Address{}) || minted.Value("to") != l.bob {
		t.Errorf("the event is %v", minted)
	}
	l.balances(t, 1000, 5, 0)
	burned := l.token.Must(l.bob, "Burn", amount(2)).Event("Transfer")
	if burned.Value("from") != l.bob || burned.Value("to") != (core.Address{}) {
		t.Errorf("the event is %v", burned)
	}
	l.balances(t, 1000, 3, 0)
	l.token.Fails(core.ErrInsufficientFunds, l.bob, "Burn", amount(4))
	l.token.Fails(core.ErrExecutionReverted, l.alice, "Mint", core.Address{}, amount(1))
	l.token.Fails(core.ErrLimitExceeded, l.alice, "Mint", l.bob, core.MaxU256())
	l.balances(t, 1000, 3, 0)
}

func TestHoldersPageByPage(t *testing.T) {
	l := newLedger(t)
	want := []core.Address{l.alice}
	for _, name := range []string{"dora", "emil", "frida", "gustav"} {
		holder := l.Account(name, 0)
		l.token.Must(l.alice, "Transfer", holder, amount(1))
		want = append(want, holder)
	}
	slices.SortFunc(want, func(a, b core.Address) int { return slices.Compare(a[:], b[:]) })
	var got []core.Address
	for after := (core.Address{}); ; after = got[len(got)-1] {
		page := coretest.Get[[]core.Address](l.token, l.alice, "Holders", after, 2)
		if got = append(got, page...); len(page) < 2 {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("holders are %v, want %v", got, want)
	}
}

// Whoever transfers what to whom, nothing is made or lost.
func FuzzTransfersKeepTheSupply(f *testing.F) {
	f.Add([]byte{0, 1, 100, 1, 2, 50, 2, 0, 255})
	f.Fuzz(func(t *testing.T, moves []byte) {
		env := coretest.NewNative(t)
		tok := env.Deploy(new(token.Token))
		people := []core.Address{env.Account("alice", 0), env.Account("bob", 0), env.Account("carol", 0)}
		tok.Must(people[0], "Initialize", "Gold", "GLD", 2, amount(1000))
		for ; len(moves) >= 3; moves = moves[3:] {
			from, to := people[int(moves[0])%3], people[int(moves[1])%3]
			tok.Call(from, "Transfer", to, amount(uint64(moves[2])))
		}
		var sum core.U256
		for _, owner := range people {
			sum, _ = sum.Add(coretest.Get[core.U256](tok, owner, "BalanceOf", owner))
		}
		if sum != amount(1000) {
			t.Errorf("there are %s", sum)
		}
	})
}
