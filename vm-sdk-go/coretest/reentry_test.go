package coretest_test

import (
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
	"github.com/govm-net/vm/internal/shim/testdata/reenter"
)

func TestReentry(t *testing.T) {
	env := coretest.New(t)
	contract := env.DeployPackage(reenter.Down)
	alice := env.Account("alice", 0)
	if got := contract.Must(alice, "Down", uint64(core.MaxCallDepth-1)).Values[0]; got != uint64(core.MaxCallDepth) {
		t.Errorf("%v calls, want %d", got, core.MaxCallDepth)
	}
	contract.Fails(core.ErrLimitExceeded, alice, "Down", uint64(core.MaxCallDepth))
}
