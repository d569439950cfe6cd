package codec_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// abiType is a type of the ABI that the tests read and write values of, as the
// code that is generated for a contract does.
type abiType struct {
	tag    byte // of its descriptor
	name   string
	length int      // of an array
	key    *abiType // of a map
	elem   *abiType // of an option, slice, array or map, or behind a name
	fields []abiField
}

type abiField struct {
	name string
	typ  *abiType
}

// entry is an entry of a map, in the order of the keys.
type entry struct{ key, value any }

// option is the value of an option.
type option struct {
	some  bool
	value any
}

// own is a self-describing value of a type that package codec leaves to generated code.
type own struct {
	typ   *abiType
	value any
}

// scalar is a type without parts.
type scalar struct {
	tag     byte
	get     func(r *wire.Reader) any
	put     func(w *wire.Writer, v any)
	compare func(a, b any) int // nil if it cannot be the key of a map
}

func scalarOf[T any](tag byte, get func(*wire.Reader) T, put func(*wire.Writer, T), compare func(a, b T) int) scalar {
	s := scalar{tag: tag}
	s.get = func(r *wire.Reader) any { return get(r) }
	s.put = func(w *wire.Writer, v any) { put(w, v.(T)) }
	if compare != nil {
		s.compare = func(a, b any) int { return compare(a.(T), b.(T)) }
	}
	return s
}

var scalars = map[string]scalar{
	"bool":     scalarOf(codec.TagBool, (*wire.Reader).Bool, (*wire.Writer).Bool, codec.CompareBool),
	"uint8":    scalarOf(codec.TagUint8, (*wire.Reader).Uint8, (*wire.Writer).Uint8, cmp.Compare),
	"uint16":   scalarOf(codec.TagUint16, (*wire.Reader).Uint16, (*wire.Writer).Uint16, cmp.Compare),
	"uint32":   scalarOf(codec.TagUint32, (*wire.Reader).Uint32, (*wire.Writer).Uint32, cmp.Compare),
	"uint64":   scalarOf(codec.TagUint64, (*wire.Reader).Uint64, (*wire.Writer).Uint64, cmp.Compare),
	"uint":     scalarOf(codec.TagUint, (*wire.Reader).Uint, (*wire.Writer).Uint, cmp.Compare),
	"int8":     scalarOf(codec.TagInt8, (*wire.Reader).Int8, (*wire.Writer).Int8, cmp.Compare),
	"int16":    scalarOf(codec.TagInt16, (*wire.Reader).Int16, (*wire.Writer).Int16, cmp.Compare),
	"int32":    scalarOf(codec.TagInt32, (*wire.Reader).Int32, (*wire.Writer).Int32, cmp.Compare),
	"int64":    scalarOf(codec.TagInt64, (*wire.Reader).Int64, (*wire.Writer).Int64, cmp.Compare),
	"int":      scalarOf(codec.TagInt, (*wire.Reader).Int, (*wire.Writer).Int, cmp.Compare),
	"uint128":  scalarOf(codec.TagUint128, codec.U128, codec.PutU128, core.U128.Cmp),
	"uint256":  scalarOf(codec.TagUint256, codec.U256, codec.PutU256, core.U256.Cmp),
	"float32":  scalarOf(codec.TagFloat32, (*wire.Reader).Float32, (*wire.Writer).Float32, nil),
	"float64":  scalarOf(codec.TagFloat64, (*wire.Reader).Float64, (*wire.Writer).Float64, nil),
	"string":   scalarOf(codec.TagString, (*wire.Reader).Text, (*wire.Writer).Text, cmp.Compare),
	"bytes":    scalarOf(codec.TagBytes, (*wire.Reader).Data, (*wire.Writer).Data, nil),
	"Address":  scalarOf(codec.TagAddress, codec.Address, codec.PutAddress, codec.CompareAddress),
	"ObjectID": scalarOf(codec.TagObjectID, codec.ObjectID, codec.PutObjectID, codec.CompareObjectID),
	"Hash":     scalarOf(codec.TagHash, codec.Hash, codec.PutHash, codec.CompareHash),
	"any": {tag: codec.TagAny, get: func(r *wire.Reader) any { return codec.Any(r) },
		put: func(w *wire.Writer, v any) { codec.PutAny(w, v) }},
}

// scalarByTag finds scalars by the tags of their descriptors.
var scalarByTag = func() map[byte]scalar {
	byTag := map[byte]scalar{}
	for _, s := range scalars {
		byTag[s.tag] = s
	}
	return byTag
}()

// definition is a type definition of an ABI document.
type definition struct {
	Name, Kind, Base, Type string
	Fields                 []struct{ Name, Type string }
}

// universe makes types of their spellings.
type universe struct {
	definitions map[string]definition
	named       map[string]*abiType
}

func newUniverse(definitions []definition) *universe {
	u := &universe{map[string]definition{}, map[string]*abiType{}}
	for _, d := range definitions {
		u.definitions[d.Name] = d
	}
	return u
}

// parse returns the type with that spelling.
func (u *universe) parse(spelling string) *abiType {
	if s, found := scalars[spelling]; found {
		return &abiType{tag: s.tag}
	}
	if elem, found := strings.CutPrefix(spelling, "*"); found {
		return &abiType{tag: codec.TagOption, elem: u.parse(elem)}
	}
	if rest, found := strings.CutPrefix(spelling, "map["); found {
		end := closing(rest)
		return &abiType{tag: codec.TagMap, key: u.parse(rest[:end]), elem: u.parse(rest[end+1:])}
	}
	rest, found := strings.CutPrefix(spelling, "[")
	if !found {
		return u.defined(spelling)
	}
	length, elem, _ := strings.Cut(rest, "]")
	switch {
	case length == "" && elem == "uint8":
		return u.parse("bytes")
	case length == "":
		return &abiType{tag: codec.TagSlice, elem: u.parse(elem)}
	}
	n, err := strconv.ParseUint(length, 10, 32)
	if err != nil {
		panic(err)
	}
	return &abiType{tag: codec.TagArray, length: int(n), elem: u.parse(elem)}
}

// closing returns where the bracket is closed that text begins inside of.
func closing(text string) int {
	open := 1
	for i, c := range text {
		switch c {
		case '[':
			open++
		case ']':
			open--
		}
		if open == 0 {
			return i
		}
	}
	panic("no closing bracket in " + text)
}

func (u *universe) defined(name string) *abiType {
	if known := u.named[name]; known != nil {
		return known
	}
	d, found := u.definitions[name]
	if !found {
		panic("no type " + name)
	}
	t := &abiType{name: name}
	u.named[name] = t // before its parts, which may be recursive
	switch d.Kind {
	case "struct":
		t.tag = codec.TagStruct
		for _, field := range d.Fields {
			t.fields = append(t.fields, abiField{field.Name, u.parse(field.Type)})
		}
	case "enum":
		t.tag, t.elem = codec.TagNamed, u.parse(d.Base)
	case "named":
		t.tag, t.elem = codec.TagNamed, u.parse(d.Type)
	case "custom":
		t.tag = codec.TagCustom
	default:
		panic("no kind " + d.Kind)
	}
	return t
}

// describe appends the descriptor of t, which stands inside of enclosing.
func (t *abiType) describe(to []byte, enclosing ...*abiType) []byte {
	for i, outer := range enclosing {
		if outer == t {
			return append(to, codec.TagBackRef, byte(len(enclosing)-1-i))
		}
	}
	to = append(to, t.tag)
	if t.name != "" {
		to = append(append(to, byte(len(t.name))), t.name...)
		enclosing = append(enclosing[:len(enclosing):len(enclosing)], t)
	}
	switch t.tag {
	case codec.TagArray:
		to = binary.LittleEndian.AppendUint32(to, uint32(t.length))
	case codec.TagMap:
		to = t.key.describe(to, enclosing...)
	case codec.TagStruct:
		to = append(to, byte(len(t.fields)))
		for _, field := range t.fields {
			to = append(append(to, byte(len(field.name))), field.name...)
			to = field.typ.describe(to, enclosing...)
		}
	}
	if t.elem != nil {
		to = t.elem.describe(to, enclosing...)
	}
	return to
}

// compare orders keys of type t.
func (t *abiType) compare(a, b any) int {
	switch t.tag {
	case codec.TagNamed:
		return t.elem.compare(a, b)
	case codec.TagArray:
		if t.isByteArray() {
			return bytes.Compare(a.([]byte), b.([]byte))
		}
		for i, part := range a.([]any) {
			if order := t.elem.compare(part, b.([]any)[i]); order != 0 {
				return order
			}
		}
		return 0
	case codec.TagStruct:
		for i, field := range t.fields {
			if order := field.typ.compare(a.([]any)[i], b.([]any)[i]); order != 0 {
				return order
			}
		}
		return 0
	}
	s := scalarByTag[t.tag]
	if s.compare == nil {
		panic(fmt.Sprintf("type with tag %#x is no key", t.tag))
	}
	return s.compare(a, b)
}

// isByteArray reports whether t is [N]uint8, which is a run of bytes and no level
// of nesting.
func (t *abiType) isByteArray() bool {
	return t.tag == codec.TagArray && t.elem.tag == codec.TagUint8
}
