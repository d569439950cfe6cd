// Package records keeps structs in objects and logs them.
package records

import "github.com/govm-net/vm/core"

// Grade is an enum.
type Grade uint8

// The grades.
const (
	Low Grade = iota
	High
)

// Part is inside of another struct.
type Part struct{ Name string }

// Kept is loaded and saved.
type Kept struct {
	Owner core.Address `govm:"owner"`
	Grade Grade
	Parts []Part `govm:"parts" json:"p"`
	Any   any
}

// Written is only written, Loaded only loaded.
type (
	Written struct{ N core.U256 }
	Loaded  struct{ N float64 }
)

// Moved is an event; so is Nothing, which has no fields.
type (
	Moved struct {
		From core.Address `govm:"from"`
		N    uint64       `govm:"n"`
	}
	Nothing struct{}
)

// Records is the contract.
type Records struct{}

// Do does everything.
func (Records) Do(ctx core.Context, id core.ObjectID) error {
	kept, err := core.Load[Kept](ctx, id)
	if err != nil {
		return err
	}
	obj := core.Must(core.Create(ctx, Written{}))
	loaded := core.Must(core.Read[Loaded](obj))
	core.Require(loaded.N > 0, "nothing")
	core.Emit(ctx, Moved{})
	core.Emit(ctx, Nothing{})
	core.RequireNo(core.MapOf[core.Address, core.Hash](obj, "m").Set(kept.Owner, core.Hash{}))
	core.Must(core.ListOf[[]uint16](obj, "l").Push(nil))
	return core.Save(ctx, id, kept)
}
