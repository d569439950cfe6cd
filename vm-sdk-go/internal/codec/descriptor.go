package codec

import (
	"github.com/govm-net/vm/internal/decimal"
	"unicode/utf8"

	"github.com/govm-net/vm/wire"
)

// MaxDescriptorBytes is the length of the longest descriptor: every stored value
// carries its own.
const MaxDescriptorBytes = 4 << 10

// ReadDescriptor reads a descriptor, checks its form and returns its bytes, which
// are the Reader's own.
func ReadDescriptor(r *wire.Reader) []byte {
	start := r.Offset()
	skipType(r, 0, 0)
	if r.Offset()-start > MaxDescriptorBytes {
		r.Fail("type takes more than 4096 bytes") // spelled out to keep contracts small
	}
	return r.Since(start)
}

// skipType reads the descriptor of one type; depth counts the types around it, and
// enclosing those of them that are structs or named types.
func skipType(r *wire.Reader, depth, enclosing int) {
	if depth > wire.MaxDepth {
		r.Fail("type nests deeper than " + decimal.Uint(wire.MaxDepth))
	}
	if r.Err() != nil {
		return
	}
	inner := depth + 1
	switch tag := r.Uint8(); {
	case tag == TagNil && depth > 0:
		r.Fail("nil type inside another type")
	case tag == TagAny && depth == 0:
		r.Fail("any is only allowed inside another type")
	case int(tag) < len(tagNames), tag == TagAny:
	case tag == TagOption, tag == TagSlice:
		skipType(r, inner, enclosing)
	case tag == TagArray:
		r.Uint32()
		skipType(r, inner, enclosing)
	case tag == TagMap:
		skipType(r, inner, enclosing)
		skipType(r, inner, enclosing)
	case tag == TagStruct:
		name(r)
		for n := r.Uint8(); n > 0 && r.Err() == nil; n-- {
			name(r)
			skipType(r, inner, enclosing+1)
		}
	case tag == TagNamed:
		name(r)
		skipType(r, inner, enclosing+1)
	case tag == TagCustom:
		name(r)
	case tag == TagBackRef:
		if n := r.Uint8(); int(n) >= enclosing {
			r.Fail("type refers back to a type that does not enclose it")
		}
	default:
		r.Fail("unknown type tag " + decimal.Uint(uint64(tag)))
	}
}

// name reads the name of a type or field.
func name(r *wire.Reader) string {
	text := string(r.Raw(int(r.Uint8())))
	if r.Err() == nil && (text == "" || !utf8.ValidString(text)) {
		r.Fail("name in a type is empty or not UTF-8")
	}
	return text
}

// Describe spells a well-formed descriptor as in an ABI, such as map[string]Point.
func Describe(descriptor []byte) string {
	return describe(wire.NewReader(descriptor, wire.Borsh))
}

func describe(r *wire.Reader) string {
	whole := *r
	tag := r.Uint8()
	if int(tag) < len(tagNames) {
		return tagNames[tag]
	}
	switch tag {
	case TagOption:
		return "*" + describe(r)
	case TagSlice:
		return "[]" + describe(r)
	case TagArray:
		return "[" + decimal.Uint(uint64(r.Uint32())) + "]" + describe(r)
	case TagMap:
		key := describe(r)
		return "map[" + key + "]" + describe(r)
	case TagAny:
		return "any"
	}
	typeName := name(r) // of a struct, a named or a custom type
	*r = whole
	skipType(r, 0, wire.MaxDepth)
	return typeName
}
