// Package caller calls another contract with arguments of many types.
package caller

import "github.com/govm-net/vm/core"

type (
	Point  struct{ X, Y uint64 }
	Place  struct{ X, Z int32 }
	Text   string
	Number uint64
	Deep   struct {
		Points []Point
		Named  map[string]int
	}
)

// attempt is a call that may or may not fit.
type attempt struct {
	function string
	args     []any
}

func attempts() []attempt {
	seven := uint64(7)
	return []attempt{
		{"Uint8", []any{7}}, {"Uint8", []any{uint64(255)}}, {"Uint8", []any{256}}, {"Uint8", []any{-1}}, {"Uint8", []any{"7"}},
		{"Uint8", []any{nil}}, {"Uint8", []any{Number(9)}}, {"Uint8", []any{true}}, {"Uint8", []any{core.U256From(1)}},
		{"Int64", []any{uint64(1) << 63}}, {"Int64", []any{int8(-5)}}, {"Int64", []any{uint8(5)}},
		{"Wide", []any{core.U256From(5)}}, {"Wide", []any{core.U128From(5)}}, {"Wide", []any{uint64(5)}},
		{"Text", []any{"a"}}, {"Text", []any{Text("b")}}, {"Text", []any{[]byte("c")}}, {"Text", []any{core.Address{}}},
		{"Bytes", []any{[]byte("c")}}, {"Bytes", []any{"c"}},
		{"Point", []any{Point{1, 2}}}, {"Point", []any{Point{1 << 40, 2}}}, {"Point", []any{Place{1, 2}}}, {"Point", []any{7}},
		{"Name", []any{"n"}}, {"Name", []any{Text("n")}}, {"Name", []any{1}},
		{"Grade", []any{1}}, {"Grade", []any{7}}, {"Grade", []any{300}}, {"Grade", []any{"High"}},
		{"List", []any{[]uint16{1, 2}}}, {"List", []any{[]uint64{1, 70000}}}, {"List", []any{[]string{"a"}}}, {"List", []any{[]any{1, uint8(2)}}},
		{"Array", []any{[2]uint16{1, 2}}}, {"Array", []any{[2]uint64{1, 2}}}, {"Array", []any{[3]uint16{1, 2, 3}}}, {"Array", []any{[]uint16{1, 2}}},
		{"Map", []any{map[string]uint8{"a": 1}}}, {"Map", []any{map[string]uint64{"a": 1, "b": 256}}}, {"Map", []any{map[uint8]uint8{1: 1}}},
		{"Option", []any{nil}}, {"Option", []any{&seven}}, {"Option", []any{seven}},
		{"Any", []any{nil}}, {"Any", []any{"text"}}, {"Any", []any{uint16(3)}},
		{"Deep", []any{Deep{[]Point{{1, 2}}, map[string]int{"a": 1}}}}, {"Deep", []any{Deep{[]Point{{1, 2}, {1, 1 << 33}}, nil}}},
		{"Deep", []any{Deep{nil, map[string]int{"a": -1}}}},
		{"Two", []any{1, "b"}}, {"Two", []any{1}}, {"Two", []any{1, "b", 2}}, {"Two", []any{"b", 1}},
		{"Many", []any{[]uint32{1, 2}}}, {"Many", []any{uint32(1)}}, {"Many", nil},
		{"Address", []any{core.Address{1}}}, {"Address", []any{core.ObjectID{1}}}, {"Address", []any{core.Hash{1}}},
		{"Panic", nil}, {"Fail", nil}, {"Index", []any{1}}, {"Index", []any{2}}, {"Index", []any{-1}},
		{"Write", []any{5}}, {"Look", nil}, {"Take", nil}, {"None", nil},
	}
}

type Caller struct{}

// Count returns how many attempts there are.
func (Caller) Count() int { return len(attempts()) }

// Try makes an attempt and returns what came of it.
func (Caller) Try(ctx core.Context, callee core.Address, n int) ([]byte, error) {
	a := attempts()[n]
	return ctx.Call(callee, a.function, a.args...)
}

// Look is Try from a view.
//
//govm:view
func (c Caller) Look(ctx core.Context, callee core.Address, n int) ([]byte, error) {
	return c.Try(ctx, callee, n)
}

// Pay sends half of what came with the call on, and reports how that went.
//
//govm:payable
func (Caller) Pay(ctx core.Context, callee core.Address, function string) (string, error) {
	_, err := ctx.CallWith(core.CallOptions{Value: ctx.Value() / 2}, callee, function)
	if err != nil {
		return err.Error(), nil
	}
	return "", nil
}
