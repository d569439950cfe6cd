package script_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"example.org/tally/script"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// Whatever contracts do, plain Go and the compiled ones agree on it: New's Env
// compares after each call.
func TestScripts(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	env := coretest.New(t)
	env.Know(map[string]int8{}, []any{}, []string{})
	var contracts []*coretest.Contract
	var peers []core.Address
	for range 3 {
		contracts = append(contracts, env.Deploy(new(script.Script)))
		peers = append(peers, contracts[len(contracts)-1].Address())
	}
	people := []core.Address{env.Account("alice", 1000), env.Account("bob", 100)}
	peers = append(peers, people...)
	texts := []string{"a", "b", "map/00007", "", "é", strings.Repeat("x", 130)}
	failed, reverts := 0, 0
	start := env.Snapshot()
	for step := range 400 {
		var ops []script.Op
		for range random.IntN(12) {
			ops = append(ops, script.Op{Kind: uint8(random.IntN(script.Kinds)), A: uint8(random.IntN(256)),
				B: uint8(random.IntN(256)), Text: texts[random.IntN(len(texts))], Stop: random.IntN(8) == 0})
		}
		options := coretest.Options{Sender: people[random.IntN(2)]}
		function := "Run"
		switch random.IntN(4) {
		case 0:
			options.Value = uint64(random.IntN(20))
		case 1:
			function = "Look"
		}
		if contracts[random.IntN(3)].CallWith(options, function, peers, ops).Err != nil {
			failed++
		}
		switch random.IntN(20) {
		case 0:
			env.NextBlock()
		case 1:
			env.Fund(people[1], 50)
		}
		if step%100 == 99 {
			env.Revert(start)
			reverts++
		}
	}
	if failed < 100 || failed > 300 || reverts != 4 {
		t.Errorf("%d of 400 calls failed: the scripts are not worth much", failed)
	}
}
