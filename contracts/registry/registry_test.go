package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/govm-net/vm/contracts/registry"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// ledger is an Env with a registry in which alice has the name "alice".
type ledger struct {
	*coretest.Env
	registry   *coretest.Contract
	alice, bob core.Address
	entry      core.ObjectID
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, registry: env.Deploy(new(registry.Registry)), alice: env.Account("alice", 0), bob: env.Account("bob", 0)}
	l.entry = coretest.Get[core.ObjectID](l.registry, l.alice, "Register", "alice", l.alice)
	return l
}

func TestRegister(t *testing.T) {
	l := newLedger(t)
	if got := coretest.Get[core.Address](l.registry, l.bob, "Resolve", "alice"); got != l.alice {
		t.Errorf("the name stands for %s", l.Name(got))
	}
	if owner, _ := l.Owner(l.entry); owner != l.alice {
		t.Errorf("the entry belongs to %s", l.Name(owner))
	}
	l.registry.Fails(core.ErrExecutionReverted, l.bob, "Register", "alice", l.bob)
	l.registry.Fails(core.ErrExecutionReverted, l.bob, "Register", "", l.bob)
	l.registry.Fails(core.ErrExecutionReverted, l.bob, "Register", strings.Repeat("n", 65), l.bob)
	l.registry.Must(l.bob, "Register", strings.Repeat("n", 64), l.bob)
	refused := l.registry.Fails(core.ErrFieldNotFound, l.bob, "Resolve", "carol")
	if !strings.HasPrefix(refused.Err.Error(), "nobody has the name carol: ") {
		t.Errorf("the error is %v", refused.Err)
	}
}

func TestOnlyTheOwnerChangesAName(t *testing.T) {
	l := newLedger(t)
	l.registry.Fails(core.ErrUnauthorized, l.bob, "SetTarget", "alice", l.bob)
	l.registry.Fails(core.ErrUnauthorized, l.bob, "HandOver", "alice", l.bob)
	l.registry.Fails(core.ErrExecutionReverted, l.alice, "HandOver", "alice", core.Address{})
	l.registry.Must(l.alice, "SetTarget", "alice", l.bob)
	l.registry.Must(l.alice, "HandOver", "alice", l.bob)
	if got := coretest.Get[core.Address](l.registry, l.bob, "OwnerOf", "alice"); got != l.bob {
		t.Errorf("the name belongs to %s", l.Name(got))
	}
	l.registry.Fails(core.ErrUnauthorized, l.alice, "SetTarget", "alice", l.alice)
	for _, function := range []string{"OwnerOf", "Resolve"} {
		l.registry.Fails(core.ErrFieldNotFound, l.alice, function, "carol")
	}
	l.registry.Fails(core.ErrFieldNotFound, l.alice, "SetTarget", "carol", l.alice)
	l.registry.Fails(core.ErrFieldNotFound, l.alice, "HandOver", "carol", l.alice)
}

func TestNamesPageByPage(t *testing.T) {
	l := newLedger(t)
	for _, name := range []string{"é", "bob", "a", "b/c"} {
		l.registry.Must(l.bob, "Register", name, l.bob)
	}
	first := coretest.Get[[]string](l.registry, l.bob, "Names", "", 3)
	rest := coretest.Get[[]string](l.registry, l.bob, "Names", first[len(first)-1], 3)
	if got, want := slices.Concat(first, rest), []string{"a", "alice", "b/c", "bob", "é"}; !slices.Equal(got, want) {
		t.Errorf("names are %q, want %q", got, want)
	}
}
