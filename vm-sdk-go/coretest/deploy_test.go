package coretest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
	"github.com/govm-net/vm/internal/shim/testdata/functions"
	"github.com/govm-net/vm/internal/shim/testdata/records"
	"github.com/govm-net/vm/internal/shim/testdata/sink"
)

// watched is a test that a coretest function may end.
type watched struct {
	testing.TB
	text string
}

// ended is what ends it.
var ended = errors.New("ended")

func (w *watched) Helper() {}
func (w *watched) Fatalf(format string, args ...any) {
	w.text = strings.TrimSpace(core.Wrap(ended, fmt.Sprintf(format, args...)).Error())
	panic(ended)
}
func (w *watched) Fatal(args ...any) { w.Fatalf("%v", args[0]) }

// endsWith runs do with an Env of a watched test and returns why that ended, "" if
// it did not.
func endsWith(t *testing.T, do func(env *coretest.Env)) (text string) {
	w := &watched{TB: t}
	defer func() {
		if value := recover(); value != nil {
			if value != ended {
				panic(value)
			}
			text = strings.TrimSuffix(w.text, ": ended")
		}
	}()
	do(coretest.NewNative(w))
	return ""
}

func TestWhatEndsATest(t *testing.T) {
	alice := core.Address{1}
	for name, test := range map[string]struct {
		do   func(env *coretest.Env)
		want string
	}{
		"no pointer": {func(env *coretest.Env) { env.Deploy(sink.Sink{}) },
			"deploy sink.Sink: a contract is given as a pointer to its struct, as in new(token.Token); use DeployPackage for one that is functions"},
		"no functions": {func(env *coretest.Env) { env.DeployPackage() }, "deploy a package: name functions of it"},
		"no such function": {func(env *coretest.Env) { env.Deploy(new(sink.Sink)).Call(alice, "None") },
			"contract sink has no function None"},
		"too few arguments": {func(env *coretest.Env) { env.Deploy(new(records.Records)).Call(alice, "Do") },
			"call records.Do: Do takes 1 arguments, not 0"},
		"another type": {func(env *coretest.Env) { env.Deploy(new(records.Records)).Call(alice, "Do", "id") },
			"call records.Do: argument 1 of Do: it is a string, wanted is a core.ObjectID"},
		"a number that does not fit": {func(env *coretest.Env) { env.DeployPackage(functions.Sum).Call(alice, "Sum", []uint8{1}, 300) },
			"call functions.Sum: Sum takes 1 arguments, not 2"},
		"a call that fails": {func(env *coretest.Env) { env.Deploy(new(records.Records)).Must(alice, "Do", core.ObjectID{1}) },
			"records.Do called by " + alice.String() + ": get object: there is no object 0x01" + strings.Repeat("0", 62)},
		"a call that does not fail": {func(env *coretest.Env) { env.DeployPackage(functions.Sum).Fails(core.ErrPanic, alice, "Sum") },
			"functions.Sum called by " + alice.String() + ": error is <nil>, want panic"},
		"a result of another type": {func(env *coretest.Env) { coretest.Get[string](env.DeployPackage(functions.Sum), alice, "Sum", 1, 2) },
			"functions.Sum called by " + alice.String() + ": the result is a uint64, wanted is a string"},
		"no result": {func(env *coretest.Env) { coretest.Get[string](env.DeployPackage(functions.Nothing), alice, "Nothing") },
			"functions.Nothing called by " + alice.String() + ": it has no result"},
		"no event": {func(env *coretest.Env) { env.DeployPackage(functions.Nothing).Must(alice, "Nothing").Event("E") },
			"functions.Nothing called by " + alice.String() + ": it logged 0 events E: []"},
		"a block that was": {func(env *coretest.Env) { env.SetBlock(env.Height(), env.Time()) },
			"block 1 does not follow block 1; to go back, use Snapshot and Revert"},
		"no object": {func(env *coretest.Env) { env.SetOwner(core.ObjectID{}, alice) },
			"there is no object 0x" + strings.Repeat("0", 64)},
		"no field": {func(env *coretest.Env) { env.DeleteField(env.Deploy(new(sink.Sink)).DefaultObject(), "f") },
			"has no field \"f\""},
		"too much money": {func(env *coretest.Env) { env.Account("rich", 1<<63); env.Account("rich", 1<<63) },
			"fund rich: the balance of"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := endsWith(t, test.do); got != test.want && !(strings.Contains(got, test.want) && len(test.want) < 40) {
				t.Errorf("it ended with\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestArgumentsArriveAsTheContractTakesThem(t *testing.T) {
	env := coretest.NewNative(t)
	contract, alice := env.DeployPackage(functions.Sum, functions.Open), env.Account("alice", 0)
	for _, args := range [][]any{{1, uint8(2), int64(3)}, {[]uint8{1, 2, 3}}, {[]byte{6}}} {
		if got := coretest.Get[uint64](contract, alice, "Sum", args...); got != 6 {
			t.Errorf("the sum of %v is %d", args, got)
		}
	}
	if got := coretest.Get[uint64](contract, alice, "Sum"); got != 0 {
		t.Errorf("the sum of nothing is %d", got)
	}
}

func TestDeployedContracts(t *testing.T) {
	env := coretest.NewNative(t)
	first, second := env.Deploy(new(records.Records)), env.Deploy(new(records.Records))
	if first.Address() == second.Address() || env.Name(first.Address()) != "records" || env.Name(second.Address()) != "records 2" {
		t.Errorf("contracts are %s and %s", env.Name(first.Address()), env.Name(second.Address()))
	}
	if env.Name(env.Deployer()) != "deployer" || env.Mode() != coretest.Native {
		t.Errorf("deployer is %s, mode %s", env.Name(env.Deployer()), env.Mode())
	}
	env.Wait(time.Hour)
	before := env.Snapshot()
	height, at := env.Height(), env.Time()
	third := env.Deploy(new(records.Records))
	env.Fund(third.Address(), 5)
	env.NextBlock()
	for range 2 {
		env.Revert(before)
		if env.Height() != height || !env.Time().Equal(at) || env.Balance(third.Address()) != 0 {
			t.Errorf("block %d at %s, balance %d", env.Height(), env.Time(), env.Balance(third.Address()))
		}
		if _, there := env.Owner(third.DefaultObject()); there {
			t.Error("the contract is still there")
		}
	}
	if again := env.Deploy(new(records.Records)); again.Address() != third.Address() {
		t.Error("the next contract has another address than the one that was undone")
	}
}
