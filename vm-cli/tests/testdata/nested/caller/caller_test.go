package caller_test

import (
	"testing"
	"time"

	"example.org/tally/callee"
	"example.org/tally/caller"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// Both ways to run it agree on every attempt, on results and on messages.
func TestAttempts(t *testing.T) {
	env := coretest.New(t)
	from, to := env.Deploy(new(caller.Caller)), env.Deploy(new(callee.Callee))
	alice := env.Account("alice", 1000)
	failed := 0
	for n := range coretest.Get[int](from, alice, "Count") {
		if from.Call(alice, "Try", to.Address(), n).Err != nil {
			failed++
		}
		from.Call(alice, "Look", to.Address(), n)
	}
	if failed != 37 {
		t.Errorf("%d attempts failed", failed)
	}
	if got := env.Field(to.DefaultObject(), "n"); got != uint64(5) {
		t.Errorf("n is %v", got)
	}
	from.Fails(core.ErrContractNotFound, alice, "Try", alice, 0)
	from.Fails(core.ErrReentrant, alice, "Try", from.Address(), 0)
	env.Wait(time.Minute)
	pay := func(value uint64, function string) string {
		return coretest.As[string](from.CallWith(coretest.Options{Sender: alice, Value: value}, "Pay", to.Address(), function))
	}
	if got := pay(10, "Take"); got != "" || env.Balance(to.Address()) != 5 {
		t.Errorf("take: %s", got)
	}
	if got := pay(10, "Fail"); got != "the function Fail takes no value" || env.Balance(from.Address()) != 15 {
		t.Errorf("fail: %s, %d", got, env.Balance(from.Address()))
	}
	from.CallWith(coretest.Options{Sender: alice, Value: 2000}, "Pay", to.Address(), "Take").Fails(core.ErrInsufficientFunds)
	from.CallWith(coretest.Options{Sender: alice, Value: 1}, "Try", to.Address(), 0).Fails(core.ErrNotPayable)
}
