// Package callee has functions of many types for another contract to call.
package callee

import "github.com/govm-net/vm/core"

type (
	Point struct{ X, Y int32 }
	Name  string
	Grade uint8
	Deep  struct {
		Points []Point
		Named  map[string]uint8
	}
)

const (
	Low  Grade = 0
	High Grade = 1
)

type Callee struct{}

func (Callee) Uint8(n uint8) uint8                     { return n }
func (Callee) Int64(n int64) int64                     { return n }
func (Callee) Wide(n core.U256) core.U256              { return n }
func (Callee) Text(s string) string                    { return s }
func (Callee) Bytes(b []byte) []byte                   { return b }
func (Callee) Point(p Point) Point                     { return p }
func (Callee) Name(n Name) Name                        { return n }
func (Callee) Grade(g Grade) Grade                     { return g }
func (Callee) List(l []uint16) []uint16                { return l }
func (Callee) Array(a [2]uint16) [2]uint16             { return a }
func (Callee) Map(m map[string]uint8) map[string]uint8 { return m }
func (Callee) Option(n *uint64) *uint64                { return n }
func (Callee) Any(v any) any                           { return v }
func (Callee) Deep(d Deep) Deep                        { return d }
func (Callee) Two(a uint64, b string) (uint64, string) { return a, b }
func (Callee) Many(values ...uint32) uint64            { return uint64(len(values)) }
func (Callee) Address(a core.Address) core.Address     { return a }
func (Callee) Panic(ctx core.Context)                  { panic(ctx.Value()) }
func (Callee) Fail(ctx core.Context) error             { return core.Wrap(core.ErrUnauthorized, "no") }
func (Callee) Index(i int64) uint8                     { return []uint8{1, 2}[i] }

// Write writes, which no view can ask for.
func (Callee) Write(ctx core.Context, n uint64) error {
	ctx.Log("Written", "n", n, "by", ctx.Sender())
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return err
	}
	return obj.Set("n", n)
}

// Look is a view that writes.
//
//govm:view
func (c Callee) Look(ctx core.Context) error { return c.Write(ctx, 1) }

// Take takes value.
//
//govm:payable
func (Callee) Take(ctx core.Context) uint64 {
	return ctx.Value() + ctx.BlockHeight() + uint64(ctx.BlockTime())
}
