// Package registry gives names to addresses: a contract for other contracts to ask.
//
// Each entry is an object that belongs to who registered the name, so the host lets
// nobody else change it, and it can be handed on like any object. The default object
// tells which entry a name has.
package registry

import "github.com/govm-net/vm/core"

// MaxNameBytes is the longest name, in bytes: with what stands before it, it is a
// field's name.
const MaxNameBytes = 64

// Entry is what a name stands for.
type Entry struct {
	Name   string       `govm:"name"`
	Target core.Address `govm:"target"`
}

// Registered is logged when a name is given or begins to stand for something else.
type Registered struct {
	Name   string        `govm:"name"`
	Target core.Address  `govm:"target"`
	Entry  core.ObjectID `govm:"entry"`
}

// Registry is the contract.
type Registry struct{}

// Register gives a name that is free to an address. The entry belongs to the caller.
func (Registry) Register(ctx core.Context, name string, target core.Address) (core.ObjectID, error) {
	core.Require(name != "" && len(name) <= MaxNameBytes, "a name has 1 to 64 bytes")
	core.Require(!core.Must(names(ctx).Has(name)), "the name is taken")
	entry, err := core.Create(ctx, Entry{Name: name, Target: target})
	if err != nil {
		return core.ObjectID{}, err
	}
	core.RequireNo(names(ctx).Set(name, entry.ID()))
	core.Emit(ctx, Registered{Name: name, Target: target, Entry: entry.ID()})
	return entry.ID(), entry.SetOwner(ctx.Sender())
}

// Resolve returns the address that a name stands for. It fails with field_not_found
// if it stands for none.
//
//govm:view
func (Registry) Resolve(ctx core.Context, name string) (core.Address, error) {
	entry, err := open(ctx, name)
	if err != nil {
		return core.Address{}, err
	}
	return core.Get[core.Address](entry, "target")
}

// OwnerOf returns who may change what a name stands for.
//
//govm:view
func (Registry) OwnerOf(ctx core.Context, name string) (core.Address, error) {
	entry, err := open(ctx, name)
	if err != nil {
		return core.Address{}, err
	}
	return entry.Owner(), nil
}

// Names returns a page of all names in ascending order: those after the given one,
// from the first on for the empty name.
//
//govm:view
func (Registry) Names(ctx core.Context, after string, limit uint8) ([]string, error) {
	return names(ctx).Keys(int(limit), after)
}

// SetTarget makes a name of the caller's stand for another address.
func (Registry) SetTarget(ctx core.Context, name string, target core.Address) error {
	entry, err := open(ctx, name)
	if err != nil {
		return err
	}
	core.Emit(ctx, Registered{Name: name, Target: target, Entry: entry.ID()})
	return entry.Set("target", target)
}

// HandOver gives a name of the caller's to somebody else.
func (Registry) HandOver(ctx core.Context, name string, to core.Address) error {
	core.Require(!to.IsZero(), "the new owner is the zero address")
	entry, err := open(ctx, name)
	if err != nil {
		return err
	}
	return entry.SetOwner(to)
}

// names are the entries' ids by name.
func names(ctx core.Context) core.Map[string, core.ObjectID] {
	return core.MapOf[string, core.ObjectID](core.Must(ctx.GetObject(core.ObjectID{})), "names")
}

func open(ctx core.Context, name string) (core.Object, error) {
	id, err := names(ctx).Get(name)
	if err != nil {
		return nil, core.Wrap(err, "nobody has the name "+name)
	}
	return ctx.GetObject(id)
}
