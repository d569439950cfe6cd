// Package sink uses every type that can cross the border of a contract.
package sink

import (
	"errors"
	"strings"

	"github.com/govm-net/vm/core"
)

// Sink gives back what it gets.
type Sink struct {
	Base
}

// Base has a method that the contract gets by embedding it.
type Base struct{}

// Color is an enum.
type Color uint8

// The colors.
const (
	Green Color = 7
	Red   Color = 1
	Rouge       = Red
	blue  Color = 9 // not exported, so not part of the ABI
)

type (
	// Amount is a named integer without constants.
	Amount uint64
	// Label is a named string.
	Label string
	// Blob is named bytes.
	Blob []byte
	// Grid is a named array.
	Grid [2][3]int8
	// Scores is a named map.
	Scores map[Label]Amount
	// Maybe is a named pointer.
	Maybe *uint32
	// Forest is recursive without being a struct.
	Forest []Forest
)

// Point is a struct that can be a key.
type Point struct {
	X, Y int64
}

// Located embeds a struct.
type Located struct {
	Point
	*Named `json:"ignored"`
	Color  Color
}

// Named is embedded as an option.
type Named struct{ Name Label }

// Tree is recursive through a slice, a pointer and a map.
type Tree struct {
	Value    uint16
	Children []Tree
	Next     *Tree
	Index    map[string]Tree
}

// Temperature encodes itself.
type Temperature struct{ kelvin float64 }

// Encode writes the temperature as text.
func (t Temperature) Encode() (text []byte, err error) {
	if t.kelvin < 0 {
		return nil, errors.New("below absolute zero")
	}
	return []byte(strings.Repeat("k", int(t.kelvin))), nil
}

// Decode reads what Encode wrote.
func (t *Temperature) Decode(data []uint8) error {
	if strings.Trim(string(data), "k") != "" {
		return core.Wrap(core.ErrInvalidArgument, "temperature")
	}
	t.kelvin = float64(len(data))
	return nil
}

// SliceOfPoint has the name that the functions for []Point would get.
type SliceOfPoint struct{ Points []Point }

// Everything has a field of each kind.
type Everything struct {
	Bool    bool
	U8      uint8
	U16     uint16
	U32     uint32
	U64     uint64
	U       uint
	I8      int8
	I16     int16
	I32     rune
	I64     int64
	I       int
	F32     float32
	F64     float64
	Wide    core.U128
	Wider   core.U256
	Text    string
	Data    []byte
	Owner   core.Address
	Object  core.ObjectID
	Hash    core.Hash
	Four    [4]byte
	Texts   []string
	ByAge   map[uint8][]string
	ByPoint map[Point]Color
	ByGrid  map[Grid]bool
	ByID    map[core.Address]map[core.ObjectID]core.Hash
	ByFlag  map[bool]core.U256
	ByWide  map[core.U128]struct16
	None    *string
	Twice   **bool
	Color   Color
	Amount  Amount
	Label   Label
	Blob    Blob
	Grid    Grid
	Scores  Scores
	Maybe   Maybe
	Forest  Forest
	Tree    Tree
	At      Located
	Heat    Temperature
	Any     any
	Anys    []any
	Points  SliceOfPoint
}

type struct16 = [2]int16

// Echo returns its argument.
//
//govm:view
func (s *Sink) Echo(ctx core.Context, all Everything) (Everything, error) { return all, nil }

// Many takes and returns several values.
func (s Sink) Many(a Color, b []Point, _ map[string]*Tree, more ...uint16) (sum uint64, points []Point, first *uint16) {
	for _, v := range more {
		sum += uint64(v)
	}
	if len(more) > 0 {
		first = &more[0]
	}
	return sum + uint64(a), b, first
}

// Keep stores a value in a new object and returns what comes back.
//
//govm:payable
func (s *Sink) Keep(ctx core.Context, value any) (any, error) {
	obj, err := ctx.CreateObject()
	if err != nil {
		return nil, err
	}
	if err := obj.Set("value", value); err != nil {
		return nil, err
	}
	return obj.Get("value")
}

// KeepTyped stores values of static types and reads them back by type.
func (s *Sink) KeepTyped(ctx core.Context, all Everything) (Everything, error) {
	obj, err := ctx.CreateObject()
	if err != nil {
		return Everything{}, err
	}
	if err := errors.Join(obj.Set("all", all), obj.Set("pairs", map[string][2]Color{"a": {Red, blue}})); err != nil {
		return Everything{}, err
	}
	if _, err := core.Get[map[string][2]Color](obj, "pairs"); err != nil {
		return Everything{}, err
	}
	ctx.Log("Kept", "id", obj.ID(), "points", all.Points, "colors", []Color{Red})
	return core.Get[Everything](obj, "all")
}

// WrongType asks for another type than the field has.
func (s *Sink) WrongType(ctx core.Context) (uint32, error) {
	obj, err := ctx.CreateObject()
	if err != nil {
		return 0, err
	}
	if err := obj.Set("n", uint64(1)); err != nil {
		return 0, err
	}
	return core.Get[uint32](obj, "n")
}

// Unknown stores a value whose type is hidden from the generator.
func (s *Sink) Unknown(ctx core.Context) error {
	obj, err := ctx.CreateObject()
	if err != nil {
		return err
	}
	hidden := func() (v any) {
		defer func() { v = recover() }()
		panic([]chan int{})
	}
	return obj.Set("hidden", hidden())
}

// Fail returns an error of the given kind.
func (s *Sink) Fail(kind string) error {
	switch kind {
	case "plain":
		return errors.New("plain error")
	case "named":
		return core.Wrap(core.ErrUnauthorized, "not yours")
	case "gas":
		return core.ErrOutOfGas
	}
	return nil
}

// Panic panics in the given way.
func (s *Sink) Panic(ctx core.Context, kind string) {
	var nothing *Tree
	var empty []int
	switch kind {
	case "nil":
		nothing.Value++
	case "index":
		empty[len(kind)]++
	case "error":
		panic(errors.New("an error"))
	case "stringer":
		panic(core.Address{})
	case "int":
		panic(-42)
	case "float":
		panic(1.5)
	case "struct":
		panic(Point{})
	case "log":
		key := any(1)
		ctx.Log("Bad", key, 2)
	case "pairs":
		ctx.Log("Kept", "id", kind, "why", nil, "at", Located{}, "by", Base{})
		ctx.Log("no key", []any{"n", 1}...)
		ctx.Log(kind, "n", 1)
		ctx.Log(eventName, "n", 1, "n", int8(1), "", Blob{})
	}
}

// CallOther calls another contract.
func (s *Sink) CallOther(ctx core.Context, contract core.Address, function string) ([]byte, error) {
	return ctx.Call(contract, function, uint8(1), "two", []Point{{X: 3}})
}

// Describe is promoted to Sink.
func (Base) Describe(ctx core.Context) (sender core.Address, height uint64, timeNS int64, value uint64) {
	return ctx.Sender(), ctx.BlockHeight(), ctx.BlockTime(), ctx.Value()
}

const eventName = "Constant " + "name"

func (s *Sink) unexported() {}
