package shim

import (
	"go/token"
	"math"
)

// kind is the shape of a type on the wire.
type kind uint8

const (
	kindPrimitive kind = iota // one call of a wire or codec function
	kindOption
	kindSlice
	kindArray
	kindMap
	kindStruct
	kindEnum
	kindNamed
	kindCustom
)

// abiType is a type that crosses the border, built from a go/types type. There is
// one for each Go type, so they compare by pointer, and recursive types are cyclic.
type abiType struct {
	kind kind
	abi  string // the ABI's spelling
	expr string // the Go expression in the shim
	// ident names the type in the names of generated functions.
	ident string

	primitive *primitive // kindPrimitive
	elem      *abiType   // option, slice, array, map (value), enum and named (underlying)
	key       *abiType   // map
	length    int64      // array
	pos       token.Pos  // array, slice, map: where it was first used,
	what      string     // and for what
	// The rest is for the contract's own types.
	name   string
	docs   string
	fields []abiField // struct
	values []abiValue // enum
}

type abiField struct {
	name string
	typ  *abiType
}

type abiValue struct{ name, value string }

// declared reports whether the type is defined in the ABI under its name.
func (t *abiType) declared() bool { return t.name != "" }

// isByteArray reports whether t is [N]uint8, which is a run of bytes on the wire.
func (t *abiType) isByteArray() bool {
	return t.kind == kindArray && t.elem.kind == kindPrimitive && t.elem.primitive.abi == "uint8"
}

// primitive is a type that wire or codec handles by itself.
type primitive struct {
	abi, expr, ident string
	put, get         string // format of a statement and an expression
	compare          string // format of a comparison as a map key; "" if it cannot be one
	tag              byte   // of a descriptor
	bytes            int64  // least size; lengthPrefix for a prefix of variable size
	// optional marks a type that package codec does not handle in an any by itself.
	optional bool
}

// lengthPrefix stands for the size of a length prefix, which the codec decides.
const lengthPrefix = -1

const compareOrdered = "cmp.Compare(%s, %s)"

// basics are the primitives that Go has itself, by their name in Go.
var basics = []primitive{
	{"bool", "bool", "Bool", "w.Bool(%s)", "r.Bool()", "codec.CompareBool(%s, %s)", 0x01, 1, false},
	{"uint8", "uint8", "Uint8", "w.Uint8(%s)", "r.Uint8()", compareOrdered, 0x02, 1, false},
	{"uint16", "uint16", "Uint16", "w.Uint16(%s)", "r.Uint16()", compareOrdered, 0x03, 2, false},
	{"uint32", "uint32", "Uint32", "w.Uint32(%s)", "r.Uint32()", compareOrdered, 0x04, 4, false},
	{"uint64", "uint64", "Uint64", "w.Uint64(%s)", "r.Uint64()", compareOrdered, 0x05, 8, false},
	{"int8", "int8", "Int8", "w.Int8(%s)", "r.Int8()", compareOrdered, 0x08, 1, false},
	{"int16", "int16", "Int16", "w.Int16(%s)", "r.Int16()", compareOrdered, 0x09, 2, false},
	{"int32", "int32", "Int32", "w.Int32(%s)", "r.Int32()", compareOrdered, 0x0a, 4, false},
	{"int64", "int64", "Int64", "w.Int64(%s)", "r.Int64()", compareOrdered, 0x0b, 8, false},
	{"float32", "float32", "Float32", "w.Float32(%s)", "r.Float32()", "", 0x0c, 4, true},
	{"float64", "float64", "Float64", "w.Float64(%s)", "r.Float64()", "", 0x0d, 8, true},
	{"int", "int", "Int", "w.Int(%s)", "r.Int()", compareOrdered, 0x0e, 8, false},
	{"uint", "uint", "Uint", "w.Uint(%s)", "r.Uint()", compareOrdered, 0x0f, 8, false},
	{"string", "string", "String", "w.Text(%s)", "r.Text()", compareOrdered, 0x10, lengthPrefix, false},
}

// coreTypes are the primitives of package core, by their name there.
var coreTypes = map[string]*primitive{
	"Address":  {"Address", "core.Address", "Address", "codec.PutAddress(w, %s)", "codec.Address(r)", "codec.CompareAddress(%s, %s)", 0x12, 20, false},
	"ObjectID": {"ObjectID", "core.ObjectID", "ObjectID", "codec.PutObjectID(w, %s)", "codec.ObjectID(r)", "codec.CompareObjectID(%s, %s)", 0x13, 32, false},
	"Hash":     {"Hash", "core.Hash", "Hash", "codec.PutHash(w, %s)", "codec.Hash(r)", "codec.CompareHash(%s, %s)", 0x14, 32, true},
	"U128":     {"uint128", "core.U128", "U128", "codec.PutU128(w, %s)", "codec.U128(r)", "%s.Cmp(%s)", 0x06, 16, true},
	"U256":     {"uint256", "core.U256", "U256", "codec.PutU256(w, %s)", "codec.U256(r)", "%s.Cmp(%s)", 0x07, 32, true},
}

var (
	bytesType = &primitive{"bytes", "[]byte", "Bytes", "w.Data(%s)", "r.Data()", "", 0x11, lengthPrefix, false}
	anyType   = &primitive{"any", "any", "Any", "codec.PutAny(w, %s)", "codec.Any(r)", "", 0x27, 1, false}
)

// reservedNames are names of the ABI that a contract's own type cannot have.
var reservedNames = map[string]bool{"Address": true, "ObjectID": true, "Hash": true}

// minBytes returns the least number of bytes that a value of t takes, with length
// prefixes of prefixBytes.
func (t *abiType) minBytes(prefixBytes int64) int64 {
	switch t.kind {
	case kindPrimitive:
		if t.primitive.bytes == lengthPrefix {
			return prefixBytes
		}
		return t.primitive.bytes
	case kindOption:
		return 1
	case kindSlice, kindMap, kindCustom:
		return prefixBytes
	case kindArray:
		element := t.elem.minBytes(prefixBytes)
		if element > 0 && t.length > math.MaxInt32/element {
			return math.MaxInt32
		}
		return t.length * element
	case kindStruct:
		var sum int64
		for _, field := range t.fields {
			sum = min(sum+field.typ.minBytes(prefixBytes), math.MaxInt32)
		}
		return sum
	default: // enum, named
		return t.elem.minBytes(prefixBytes)
	}
}

// isKey reports whether t can be the key of a map.
func (t *abiType) isKey() bool {
	switch t.kind {
	case kindPrimitive:
		return t.primitive.compare != ""
	case kindEnum, kindNamed, kindArray:
		return t.elem.isKey()
	case kindStruct:
		for _, field := range t.fields {
			if !field.typ.isKey() {
				return false
			}
		}
		return true
	}
	return false
}
