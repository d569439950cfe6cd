package wire

import (
	"github.com/govm-net/vm/internal/decimal"
	"math"
	"unicode/utf8"
)

// Reader takes encoded values off a byte slice. The zero Reader is an empty
// Borsh message.
type Reader struct {
	buf    []byte
	off    int
	err    error
	depth  int
	format Format
}

// NewReader returns a Reader of buf, which it does not change.
func NewReader(buf []byte, format Format) *Reader {
	return &Reader{buf: buf, format: format}
}

// Reset makes the Reader start over on buf.
func (r *Reader) Reset(buf []byte, format Format) {
	*r = Reader{buf: buf, format: format}
}

// Err returns the first error, or nil.
func (r *Reader) Err() error { return r.err }

// Offset returns how many bytes have been read.
func (r *Reader) Offset() int { return r.off }

// Left returns how many bytes have not been read.
func (r *Reader) Left() int { return len(r.buf) - r.off }

// Since returns the bytes read from offset start up to now. They are the
// Reader's own bytes, not a copy.
func (r *Reader) Since(start int) []byte { return r.buf[start:r.off] }

// Finish returns the first error; bytes that were not read are one.
func (r *Reader) Finish() error {
	if r.err == nil && r.Left() != 0 {
		r.Fail(decimal.Int(int64(r.Left())) + " unused bytes")
	}
	return r.err
}

// Fail records reason at the current offset unless an earlier error is recorded.
func (r *Reader) Fail(reason string) { r.failAt(r.off, reason) }

func (r *Reader) failAt(offset int, reason string) {
	if r.err == nil {
		r.err = &Error{Offset: offset, Reason: reason}
	}
}

// FailWith records err unless an earlier error is already recorded.
func (r *Reader) FailWith(err error) {
	if r.err == nil {
		r.err = err
	}
}

// SetFormat changes the format and returns the one before, for self-describing
// values, which are Borsh inside any message.
func (r *Reader) SetFormat(format Format) (before Format) {
	before, r.format = r.format, format
	return before
}

// Enter opens a nested value and reports whether it may be read: false after an
// error, and when values nest deeper than MaxDepth. Pair it with Leave.
func (r *Reader) Enter() bool {
	if r.err != nil {
		return false
	}
	if r.depth == MaxDepth {
		r.Fail("value nests deeper than " + decimal.Uint(MaxDepth))
		return false
	}
	r.depth++
	return true
}

// Leave closes the value that Enter opened.
func (r *Reader) Leave() { r.depth-- }

// Raw returns the next n bytes, or nil after an error. They are the Reader's own
// bytes, not a copy.
func (r *Reader) Raw(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > r.Left() {
		r.Fail("need " + decimal.Int(int64(n)) + " bytes, have " + decimal.Int(int64(r.Left())))
		return nil
	}
	b := r.buf[r.off : r.off+n : r.off+n]
	r.off += n
	return b
}

// Fixed fills dst with the next bytes; after an error dst stays as it is.
func (r *Reader) Fixed(dst []byte) { copy(dst, r.Raw(len(dst))) }

// Bool reads one byte, 0 or 1.
func (r *Reader) Bool() bool {
	v := r.Uint8()
	if v > 1 {
		r.failAt(r.off-1, "bool or option tag is "+decimal.Uint(uint64(v))+", not 0 or 1")
	}
	return v == 1
}

// Uint8 reads one byte.
func (r *Reader) Uint8() uint8 {
	b := r.Raw(1)
	if b == nil {
		return 0
	}
	return b[0]
}

// Uint16 reads two bytes.
func (r *Reader) Uint16() uint16 {
	b := r.Raw(2)
	if b == nil {
		return 0
	}
	return uint16(b[0]) | uint16(b[1])<<8
}

// Uint32 reads four bytes.
func (r *Reader) Uint32() uint32 {
	b := r.Raw(4)
	if b == nil {
		return 0
	}
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// Uint64 reads eight bytes.
func (r *Reader) Uint64() uint64 {
	b := r.Raw(8)
	if b == nil {
		return 0
	}
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Int8 reads one byte, two's complement.
func (r *Reader) Int8() int8 { return int8(r.Uint8()) }

// Int16 reads two bytes, two's complement.
func (r *Reader) Int16() int16 { return int16(r.Uint16()) }

// Int32 reads four bytes, two's complement.
func (r *Reader) Int32() int32 { return int32(r.Uint32()) }

// Int64 reads eight bytes, two's complement.
func (r *Reader) Int64() int64 { return int64(r.Uint64()) }

// Int reads eight bytes; a value that does not fit int is an error.
func (r *Reader) Int() int {
	v := r.Int64()
	if int64(int(v)) != v {
		r.failAt(r.off-8, "int does not fit this machine's int")
		return 0
	}
	return int(v)
}

// Uint reads eight bytes; a value that does not fit uint is an error.
func (r *Reader) Uint() uint {
	v := r.Uint64()
	if uint64(uint(v)) != v {
		r.failAt(r.off-8, "uint does not fit this machine's uint")
		return 0
	}
	return uint(v)
}

// Float32 reads IEEE bits; a NaN must be the canonical one.
func (r *Reader) Float32() float32 {
	bits := r.Uint32()
	v := math.Float32frombits(bits)
	if v != v && bits != nan32 {
		r.failAt(r.off-4, "float32 is a NaN that is not canonical")
	}
	return v
}

// Float64 reads IEEE bits; a NaN must be the canonical one.
func (r *Reader) Float64() float64 {
	bits := r.Uint64()
	v := math.Float64frombits(bits)
	if v != v && bits != nan64 {
		r.failAt(r.off-8, "float64 is a NaN that is not canonical")
	}
	return v
}

// Count reads a length prefix of elements that take at least minBytes each, and
// refuses one that the bytes left cannot hold; a minBytes below 1 counts as 1.
// After an error it returns 0.
func (r *Reader) Count(minBytes int) int {
	var n uint64
	start := r.off
	if r.format == Scale {
		n = r.compact()
	} else {
		n = uint64(r.Uint32())
	}
	if r.err != nil {
		return 0
	}
	if n > uint64(r.Left()/max(minBytes, 1)) {
		r.failAt(start, "length "+decimal.Uint(n)+" is more than the bytes left can hold")
		return 0
	}
	return int(n)
}

// compact reads a SCALE compact integer of at most 32 bits in its shortest form.
func (r *Reader) compact() uint64 {
	start := r.off
	first := r.Uint8()
	var n, least uint64
	switch first & 3 {
	case 0:
		return uint64(first >> 2)
	case 1:
		n, least = uint64(first)>>2|uint64(r.Uint8())<<6, 1<<6
	case 2:
		n = uint64(first)>>2 | uint64(r.Uint8())<<6 | uint64(r.Uint16())<<14
		least = 1 << 14
	default:
		if first != 3 {
			r.failAt(start, "compact integer has more than 32 bits")
			return 0
		}
		n, least = uint64(r.Uint32()), 1<<30
	}
	if n < least {
		r.failAt(start, "compact integer is not in its shortest form")
	}
	return n
}

// Data reads a length prefix and returns a copy of that many bytes; nil if none.
func (r *Reader) Data() []byte {
	b := r.Raw(r.Count(1))
	if len(b) == 0 {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// Text reads a length prefix and that many bytes of UTF-8.
func (r *Reader) Text() string {
	b := r.Raw(r.Count(1))
	if !utf8.Valid(b) {
		r.failAt(r.off-len(b), "text is not UTF-8")
		return ""
	}
	return string(b)
}

// Ascending records an error unless order, the comparison of a map's previous
// key with the next one, is negative.
func (r *Reader) Ascending(order int) {
	if order >= 0 {
		r.Fail("map keys are not strictly ascending")
	}
}
