// Package wire reads and writes the two canonical byte formats of govm, Borsh
// and SCALE, one value at a time.
//
// A [Writer] appends values to a buffer that can be reused; a [Reader] takes
// them off a byte slice. Both keep their first error and turn every later call
// into a no-op, so that generated code reads as a list of fields and checks
// once, at the end. The two formats differ in one place only, the length
// prefix: four little-endian bytes in Borsh, a compact integer in SCALE.
//
// Every value has exactly one encoding. The writer produces it, and the reader
// refuses all others: a bool that is neither 0 nor 1, text that is not UTF-8, a
// NaN with payload bits, a compact integer that is longer than it must be. No
// length is believed before it has been compared with the bytes that are left,
// and values nest at most [MaxDepth] deep.
package wire

import "github.com/govm-net/vm/internal/decimal"

// Format selects how lengths and counts are written.
type Format uint8

const (
	// Borsh writes lengths as four little-endian bytes.
	Borsh Format = iota
	// Scale writes lengths as SCALE compact integers.
	Scale
)

// MaxDepth is how many options, slices, arrays, maps, structs and self-describing
// values may enclose a value. It bounds recursion on hostile bytes, and on
// pointers that form a cycle.
const MaxDepth = 64

// MaxCount is the largest length or count that fits a length prefix.
const MaxCount = 1<<32 - 1

// Canonical NaN bit patterns: the only ones that are written or accepted.
const (
	nan32 = 0x7fc00000
	nan64 = 0x7ff8000000000000
)

// Error says why bytes were refused or a value could not be written.
type Error struct {
	// Offset is the position in bytes, from the start of the input or output.
	Offset int
	// Reason is what was wrong there.
	Reason string
}

// Error returns the reason and the offset.
func (e *Error) Error() string {
	return e.Reason + " at byte " + decimal.Int(int64(e.Offset))
}
