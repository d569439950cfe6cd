// Package everytype takes, keeps and returns a value of every type that can cross
// the border of a contract.
package everytype

import (
	"bytes"

	"github.com/govm-net/vm/core"
)

// Color is an enum.
type Color uint8

// The colors.
const (
	Red   Color = 1
	Green Color = 7
)

// Level is an enum with negative values.
type Level int64

// The levels.
const (
	Low  Level = -5
	High Level = 9_000_000_000
)

type (
	// Count is a named integer without constants.
	Count uint64
	// Label is a named string.
	Label string
	// Blob is named bytes.
	Blob []byte
	// Scores is a named map.
	Scores map[Label]Count
	// Forest is recursive without being a struct.
	Forest []Forest
)

// Point can be the key of a map.
type Point struct{ X, Y int64 }

// Circle embeds a struct, and one as an option.
type Circle struct {
	Point
	*Tag
	Radius uint32
}

// Tag is embedded.
type Tag struct{ Label Label }

// Tree is recursive through a slice, a pointer and a map.
type Tree struct {
	Value    uint16
	Children []Tree
	Next     *Tree
	Index    map[string]Tree
}

// Secret encodes itself, backwards.
type Secret struct{ text []byte }

// Encode returns the text backwards.
func (s Secret) Encode() ([]byte, error) { return backwards(s.text), nil }

// Decode reads what Encode wrote. No secret begins with a zero.
func (s *Secret) Decode(data []byte) error {
	if bytes.HasSuffix(data, []byte{0}) {
		return core.Wrap(core.ErrInvalidArgument, "secret")
	}
	s.text = backwards(data)
	return nil
}

func backwards(data []byte) []byte {
	turned := make([]byte, 0, len(data))
	for i := range data {
		turned = append(turned, data[len(data)-1-i])
	}
	return turned
}

// EveryType keeps each argument in a field of the default object.
type EveryType struct{}

// keep stores a value in the field of the default object, takes it out again and
// returns it: a field gives back the type that it was set with.
func keep[T any](ctx core.Context, field string, value T) (T, error) {
	var zero T
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return zero, err
	}
	if err := obj.Set(field, value); err != nil {
		return zero, err
	}
	kept, err := obj.Get(field)
	if err != nil {
		return zero, err
	}
	if typed, ok := kept.(T); ok {
		return typed, nil
	}
	if any(value) == nil && kept == nil { // T is any
		return zero, nil
	}
	return zero, core.Wrap(core.ErrInvalidArgument, "the field has another type: "+field)
}

// result collects the first error of several steps.
type result struct{ err error }

func step[T any](r *result, ctx core.Context, field string, value T) T {
	kept, err := keep(ctx, field, value)
	if r.err == nil {
		r.err = err
	}
	return kept
}

// Numbers takes the types of numbers, and bool.
func (EveryType) Numbers(ctx core.Context, flag bool, u8 uint8, u16 uint16, u32 uint32, u64 uint64, u uint, i8 int8,
	i16 int16, i32 int32, i64 int64, i int, u128 core.U128, u256 core.U256, f32 float32, f64 float64) (
	bool, uint8, uint16, uint32, uint64, uint, int8, int16, int32, int64, int, core.U128, core.U256, float32, float64, error) {
	var r result
	flag, u8, u16, u32 = step(&r, ctx, "flag", flag), step(&r, ctx, "u8", u8), step(&r, ctx, "u16", u16), step(&r, ctx, "u32", u32)
	u64, u, i8, i16 = step(&r, ctx, "u64", u64), step(&r, ctx, "u", u), step(&r, ctx, "i8", i8), step(&r, ctx, "i16", i16)
	i32, i64, i = step(&r, ctx, "i32", i32), step(&r, ctx, "i64", i64), step(&r, ctx, "i", i)
	u128, u256 = step(&r, ctx, "u128", u128), step(&r, ctx, "u256", u256)
	f32, f64 = step(&r, ctx, "f32", f32), step(&r, ctx, "f64", f64)
	return flag, u8, u16, u32, u64, u, i8, i16, i32, i64, i, u128, u256, f32, f64, r.err
}

// Texts takes text, bytes and identifiers.
func (EveryType) Texts(ctx core.Context, text string, data []byte, four [4]byte, address core.Address, object core.ObjectID,
	hash core.Hash) (string, []byte, [4]byte, core.Address, core.ObjectID, core.Hash, error) {
	var r result
	text, data, four = step(&r, ctx, "text", text), step(&r, ctx, "data", data), step(&r, ctx, "four", four)
	address, object = step(&r, ctx, "address", address), step(&r, ctx, "object", object)
	hash = step(&r, ctx, "hash", hash)
	return text, data, four, address, object, hash, r.err
}

// Made takes the types that are made of others.
func (EveryType) Made(ctx core.Context, array [2]string, slice []uint16, slices [][]string, option *uint64, twice **bool,
	byText map[string]uint8, byNumber map[int16][]bool, byID map[core.Address]core.Hash, byPoint map[Point]Color,
	byArray map[[2]int8]string) ([2]string, []uint16, [][]string, *uint64, **bool, map[string]uint8, map[int16][]bool,
	map[core.Address]core.Hash, map[Point]Color, map[[2]int8]string, error) {
	var r result
	array, slice, slices = step(&r, ctx, "array", array), step(&r, ctx, "slice", slice), step(&r, ctx, "slices", slices)
	option, twice = step(&r, ctx, "option", option), step(&r, ctx, "twice", twice)
	byText, byNumber = step(&r, ctx, "byText", byText), step(&r, ctx, "byNumber", byNumber)
	byID, byPoint, byArray = step(&r, ctx, "byID", byID), step(&r, ctx, "byPoint", byPoint), step(&r, ctx, "byArray", byArray)
	return array, slice, slices, option, twice, byText, byNumber, byID, byPoint, byArray, r.err
}

// Own takes the contract's own types.
func (EveryType) Own(ctx core.Context, color Color, level Level, count Count, label Label, blob Blob, scores Scores,
	forest Forest, point Point, circle Circle, tree Tree, secret Secret, points []*Point) (Color, Level, Count, Label, Blob,
	Scores, Forest, Point, Circle, Tree, Secret, []*Point, error) {
	var r result
	color, level, count = step(&r, ctx, "color", color), step(&r, ctx, "level", level), step(&r, ctx, "count", count)
	label, blob, scores = step(&r, ctx, "label", label), step(&r, ctx, "blob", blob), step(&r, ctx, "scores", scores)
	forest, point, circle = step(&r, ctx, "forest", forest), step(&r, ctx, "point", point), step(&r, ctx, "circle", circle)
	tree, secret, points = step(&r, ctx, "tree", tree), step(&r, ctx, "secret", secret), step(&r, ctx, "points", points)
	return color, level, count, label, blob, scores, forest, point, circle, tree, secret, points, r.err
}

// Any takes values that bring their type along.
func (EveryType) Any(ctx core.Context, value any, values []any, byName map[string]any) (any, []any, map[string]any, error) {
	var r result
	value, values, byName = step(&r, ctx, "value", value), step(&r, ctx, "values", values), step(&r, ctx, "byName", byName)
	ctx.Log("Kept", "value", value, "values", values, "count", len(byName))
	return value, values, byName, r.err
}
