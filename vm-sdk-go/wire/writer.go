package wire

import (
	"github.com/govm-net/vm/internal/decimal"
	"math"
	"unicode/utf8"
)

// Writer appends encoded values to a buffer. The zero Writer is ready to use and
// writes Borsh.
type Writer struct {
	buf    []byte
	err    error
	depth  int
	format Format
}

// NewWriter returns a Writer for format.
func NewWriter(format Format) *Writer {
	return &Writer{format: format}
}

// Reset empties the Writer and sets its format; the buffer's memory is kept.
func (w *Writer) Reset(format Format) {
	w.buf, w.err, w.depth, w.format = w.buf[:0], nil, 0, format
}

// Bytes returns what was written. It is valid until the next call of a method.
func (w *Writer) Bytes() []byte { return w.buf }

// Err returns the first error, or nil.
func (w *Writer) Err() error { return w.err }

// Fail records err unless an earlier error is already recorded.
func (w *Writer) Fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *Writer) fail(reason string) {
	w.Fail(&Error{Offset: len(w.buf), Reason: reason})
}

// SetFormat changes the format and returns the one before, for self-describing
// values, which are Borsh inside any message.
func (w *Writer) SetFormat(format Format) (before Format) {
	before, w.format = w.format, format
	return before
}

// Enter opens a nested value and reports whether it may be written: false after
// an error, and when values nest deeper than MaxDepth. Pair it with Leave.
func (w *Writer) Enter() bool {
	if w.err != nil {
		return false
	}
	if w.depth == MaxDepth {
		w.fail("value nests deeper than " + decimal.Uint(MaxDepth))
		return false
	}
	w.depth++
	return true
}

// Leave closes the value that Enter opened.
func (w *Writer) Leave() { w.depth-- }

// The methods that append are kept from being inlined: the code that grows a
// buffer would be repeated in a module for every field that it encodes.

// Raw appends b as it is.
//
//go:noinline
func (w *Writer) Raw(b []byte) { w.buf = append(w.buf, b...) }

// RawString appends the bytes of s as they are.
//
//go:noinline
func (w *Writer) RawString(s string) { w.buf = append(w.buf, s...) }

// Bool writes one byte, 0 or 1.
func (w *Writer) Bool(v bool) {
	if v {
		w.Uint8(1)
	} else {
		w.Uint8(0)
	}
}

// Uint8 writes one byte.
//
//go:noinline
func (w *Writer) Uint8(v uint8) { w.buf = append(w.buf, v) }

// Uint16 writes two bytes.
//
//go:noinline
func (w *Writer) Uint16(v uint16) { w.buf = append(w.buf, byte(v), byte(v>>8)) }

// Uint32 writes four bytes.
//
//go:noinline
func (w *Writer) Uint32(v uint32) {
	w.buf = append(w.buf, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}

// Uint64 writes eight bytes.
//
//go:noinline
func (w *Writer) Uint64(v uint64) {
	w.buf = append(w.buf, byte(v), byte(v>>8), byte(v>>16), byte(v>>24),
		byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
}

// Int8 writes one byte, two's complement.
func (w *Writer) Int8(v int8) { w.Uint8(uint8(v)) }

// Int16 writes two bytes, two's complement.
func (w *Writer) Int16(v int16) { w.Uint16(uint16(v)) }

// Int32 writes four bytes, two's complement.
func (w *Writer) Int32(v int32) { w.Uint32(uint32(v)) }

// Int64 writes eight bytes, two's complement.
func (w *Writer) Int64(v int64) { w.Uint64(uint64(v)) }

// Int writes eight bytes, whatever the width of int is.
func (w *Writer) Int(v int) { w.Uint64(uint64(int64(v))) }

// Uint writes eight bytes, whatever the width of uint is.
func (w *Writer) Uint(v uint) { w.Uint64(uint64(v)) }

// Float32 writes the IEEE bits; every NaN becomes the canonical one.
func (w *Writer) Float32(v float32) {
	if v != v {
		w.Uint32(nan32)
		return
	}
	w.Uint32(math.Float32bits(v))
}

// Float64 writes the IEEE bits; every NaN becomes the canonical one.
func (w *Writer) Float64(v float64) {
	if v != v {
		w.Uint64(nan64)
		return
	}
	w.Uint64(math.Float64bits(v))
}

// Count writes the length prefix n.
func (w *Writer) Count(n int) {
	switch {
	case n < 0 || uint64(n) > MaxCount:
		w.fail("length " + decimal.Int(int64(n)) + " does not fit a length prefix")
	case w.format == Borsh:
		w.Uint32(uint32(n))
	case n < 1<<6:
		w.Uint8(uint8(n << 2))
	case n < 1<<14:
		w.Uint16(uint16(n<<2) | 1)
	case n < 1<<30:
		w.Uint32(uint32(n<<2) | 2)
	default:
		w.Uint8(3) // big-integer mode with four bytes
		w.Uint32(uint32(n))
	}
}

// Data writes a length prefix and b.
func (w *Writer) Data(b []byte) {
	w.Count(len(b))
	w.Raw(b)
}

// Text writes a length prefix and s, which must be UTF-8.
func (w *Writer) Text(s string) {
	if !utf8.ValidString(s) {
		w.fail("text is not UTF-8")
		return
	}
	w.Count(len(s))
	w.RawString(s)
}

// Custom writes what the Encode method of a custom type returned: a length
// prefix and the bytes, or the error.
func (w *Writer) Custom(b []byte, err error) {
	if err != nil {
		w.Fail(err)
		return
	}
	w.Data(b)
}
