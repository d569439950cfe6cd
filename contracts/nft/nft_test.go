package nft_test

import (
	"slices"
	"testing"

	"github.com/govm-net/vm/contracts/nft"
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

var painting = nft.Metadata{Title: "Painting", URI: "ipfs://painting"}

// ledger is an Env with a collection that alice mints, and a token of bob.
type ledger struct {
	*coretest.Env
	nft               *coretest.Contract
	alice, bob, carol core.Address
	id                core.ObjectID
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	env := coretest.New(t)
	l := &ledger{Env: env, nft: env.Deploy(new(nft.NFT))}
	l.alice, l.bob, l.carol = env.Account("alice", 0), env.Account("bob", 0), env.Account("carol", 0)
	l.nft.Must(l.alice, "Initialize", "Gallery", "GAL")
	l.id = l.mint(l.bob)
	return l
}

func (l *ledger) mint(to core.Address) core.ObjectID {
	return coretest.Get[core.ObjectID](l.nft, l.alice, "Mint", to, painting)
}

func (l *ledger) owner(t *testing.T, want core.Address) {
	t.Helper()
	if got := coretest.Get[core.Address](l.nft, l.carol, "OwnerOf", l.id); got != want {
		t.Errorf("the owner is %s, want %s", l.Name(got), l.Name(want))
	}
}

func TestMint(t *testing.T) {
	l := newLedger(t)
	l.owner(t, l.bob)
	if owner, _ := l.Owner(l.id); owner != l.bob {
		t.Errorf("the object is owned by %s", l.Name(owner))
	}
	if got := coretest.Get[nft.Metadata](l.nft, l.carol, "TokenMetadata", l.id); got != painting {
		t.Errorf("the token is %+v", got)
	}
	want := nft.Collection{Name: "Gallery", Symbol: "GAL", Minter: l.alice, Supply: 1}
	if got := coretest.Get[nft.Collection](l.nft, l.carol, "Collection"); got != want {
		t.Errorf("the collection is %+v, want %+v", got, want)
	}
	l.nft.Fails(core.ErrUnauthorized, l.bob, "Mint", l.bob, painting)
	l.nft.Fails(core.ErrExecutionReverted, l.alice, "Mint", core.Address{}, painting)
	l.nft.Fails(core.ErrExecutionReverted, l.alice, "Mint", l.nft.Address(), painting)
	l.nft.Fails(core.ErrExecutionReverted, l.bob, "Initialize", "Mine", "MIN")
}

func TestMintNeedsACollection(t *testing.T) {
	env := coretest.New(t)
	contract, alice := env.Deploy(new(nft.NFT)), env.Account("alice", 0)
	contract.Fails(core.ErrFieldNotFound, alice, "Mint", alice, painting)
}

func TestTransfer(t *testing.T) {
	l := newLedger(t)
	l.nft.Fails(core.ErrUnauthorized, l.alice, "Transfer", l.alice, l.id)
	l.nft.Fails(core.ErrExecutionReverted, l.bob, "Transfer", core.Address{}, l.id)
	l.nft.Fails(core.ErrExecutionReverted, l.bob, "Transfer", l.nft.Address(), l.id)
	moved := l.nft.Must(l.bob, "Transfer", l.carol, l.id).Event("Transfer")
	if moved.Value("from") != l.bob || moved.Value("to") != l.carol || moved.Value("token") != l.id {
		t.Errorf("the event is %v", moved)
	}
	l.owner(t, l.carol)
	l.nft.Fails(core.ErrUnauthorized, l.bob, "Transfer", l.bob, l.id)
}

func TestApproveAndClaim(t *testing.T) {
	l := newLedger(t)
	l.nft.Fails(core.ErrUnauthorized, l.carol, "Approve", l.carol, l.id)
	l.nft.Fails(core.ErrExecutionReverted, l.bob, "Approve", core.Address{}, l.id)
	l.nft.Fails(core.ErrUnauthorized, l.carol, "Claim", l.carol, l.id)
	l.nft.Must(l.bob, "Approve", l.carol, l.id)
	l.owner(t, l.bob)
	if got := coretest.Get[core.Address](l.nft, l.alice, "Approved", l.id); got != l.carol {
		t.Errorf("approved is %s", l.Name(got))
	}
	l.nft.Fails(core.ErrUnauthorized, l.bob, "Transfer", l.alice, l.id)
	l.nft.Fails(core.ErrUnauthorized, l.alice, "Claim", l.alice, l.id)
	l.nft.Fails(core.ErrUnauthorized, l.carol, "Withdraw", l.id)
	l.nft.Fails(core.ErrExecutionReverted, l.carol, "Claim", core.Address{}, l.id)
	moved := l.nft.Must(l.carol, "Claim", l.alice, l.id).Event("Transfer")
	if moved.Value("from") != l.bob || moved.Value("to") != l.alice {
		t.Errorf("the event is %v", moved)
	}
	l.owner(t, l.alice)
	if got := coretest.Get[core.Address](l.nft, l.alice, "Approved", l.id); !got.IsZero() {
		t.Errorf("approved is still %s", l.Name(got))
	}
	if fields := l.Fields(l.id); len(fields) != 2 {
		t.Errorf("the token has fields %v", fields)
	}
}

func TestWithdraw(t *testing.T) {
	l := newLedger(t)
	l.nft.Must(l.bob, "Approve", l.carol, l.id)
	l.nft.Must(l.bob, "Withdraw", l.id)
	l.owner(t, l.bob)
	l.nft.Fails(core.ErrUnauthorized, l.carol, "Claim", l.carol, l.id)
	l.nft.Must(l.bob, "Transfer", l.carol, l.id)
}

func TestBurn(t *testing.T) {
	l := newLedger(t)
	l.nft.Fails(core.ErrUnauthorized, l.alice, "Burn", l.id)
	l.nft.Must(l.bob, "Burn", l.id)
	l.nft.Fails(core.ErrObjectNotFound, l.bob, "OwnerOf", l.id)
	if got := coretest.Get[nft.Collection](l.nft, l.carol, "Collection"); got.Supply != 0 {
		t.Errorf("there are %d tokens", got.Supply)
	}
}

// The object that keeps the collection is no token.
func TestTheDefaultObjectIsNoToken(t *testing.T) {
	l := newLedger(t)
	for _, id := range []core.ObjectID{{}, l.nft.DefaultObject()} {
		l.nft.Fails(core.ErrObjectNotFound, l.alice, "OwnerOf", id)
		l.nft.Fails(core.ErrObjectNotFound, l.alice, "Burn", id)
		l.nft.Fails(core.ErrObjectNotFound, l.alice, "Approve", l.alice, id)
		l.nft.Fails(core.ErrObjectNotFound, l.alice, "Claim", l.alice, id)
	}
}

func TestEnumeration(t *testing.T) {
	l := newLedger(t)
	all, bobs := []core.ObjectID{l.id}, []core.ObjectID{l.id}
	for i := range 6 {
		to := []core.Address{l.bob, l.carol}[i%2]
		id := l.mint(to)
		if all = append(all, id); to == l.bob {
			bobs = append(bobs, id)
		}
	}
	order := func(a, b core.ObjectID) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(all, order)
	slices.SortFunc(bobs, order)
	pages := func(function string, args ...any) (found []core.ObjectID) {
		for after := (core.ObjectID{}); ; after = found[len(found)-1] {
			page := coretest.Get[[]core.ObjectID](l.nft, l.alice, function, append(args, after, 2)...)
			if found = append(found, page...); len(page) < 2 {
				return found
			}
		}
	}
	if got := pages("Tokens"); !slices.Equal(got, all) {
		t.Errorf("tokens are %v, want %v", got, all)
	}
	if got := pages("TokensOf", l.bob); !slices.Equal(got, bobs) {
		t.Errorf("tokens of bob are %v, want %v", got, bobs)
	}
}
