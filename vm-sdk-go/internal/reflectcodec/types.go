package reflectcodec

import (
	"encoding/binary"
	"fmt"
	"go/token"
	"math"
	"reflect"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

type (
	encoder interface{ Encode() ([]byte, error) }
	decoder interface{ Decode(data []byte) error }
)

var coreTags = map[reflect.Type]byte{
	reflect.TypeFor[core.Address]():  codec.TagAddress,
	reflect.TypeFor[core.ObjectID](): codec.TagObjectID,
	reflect.TypeFor[core.Hash]():     codec.TagHash,
	reflect.TypeFor[core.U128]():     codec.TagUint128,
	reflect.TypeFor[core.U256]():     codec.TagUint256,
}

var basicTags = map[reflect.Kind]byte{
	reflect.Bool: codec.TagBool, reflect.String: codec.TagString,
	reflect.Uint8: codec.TagUint8, reflect.Uint16: codec.TagUint16, reflect.Uint32: codec.TagUint32,
	reflect.Uint64: codec.TagUint64, reflect.Uint: codec.TagUint,
	reflect.Int8: codec.TagInt8, reflect.Int16: codec.TagInt16, reflect.Int32: codec.TagInt32,
	reflect.Int64: codec.TagInt64, reflect.Int: codec.TagInt,
	reflect.Float32: codec.TagFloat32, reflect.Float64: codec.TagFloat64,
}

// Descriptor returns the type descriptor of t. A type that a contract cannot be
// built with is an error that wraps core.ErrInvalidArgument.
func Descriptor(t reflect.Type) ([]byte, error) {
	var d describing
	d.write(t, t.String())
	if len(d.bytes) > codec.MaxDescriptorBytes {
		d.tooLarge(t.String())
	}
	if d.err != nil {
		return nil, core.Wrap(core.ErrInvalidArgument, d.err.Error())
	}
	return d.bytes, nil
}

type describing struct {
	bytes     []byte
	enclosing []reflect.Type // structs and named types around the one being written
	depth     int
	err       error
}

func (d *describing) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

func (d *describing) tooLarge(what string) {
	d.fail("%s: the type is made of too many others: its description takes more than %d bytes or %d levels",
		what, codec.MaxDescriptorBytes, wire.MaxDepth)
}

func (d *describing) tag(tag byte) { d.bytes = append(d.bytes, tag) }

func (d *describing) name(name string) {
	if len(name) > math.MaxUint8 {
		d.fail("the name %s is longer than %d bytes", name, math.MaxUint8)
	}
	d.tag(byte(len(name)))
	d.bytes = append(d.bytes, name...)
}

// write appends the descriptor of t; what is t, or how it was reached.
func (d *describing) write(t reflect.Type, what string) {
	if len(d.bytes) > codec.MaxDescriptorBytes || d.depth > wire.MaxDepth {
		d.tooLarge(what)
	}
	if d.err != nil {
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	for i, outer := range d.enclosing {
		if outer == t {
			d.tag(codec.TagBackRef)
			d.tag(byte(len(d.enclosing) - 1 - i))
			return
		}
	}
	basic := basicTags[t.Kind()]
	switch {
	case coreTags[t] != 0:
		d.tag(coreTags[t])
	case t.Name() == "" || t.PkgPath() == "":
		if basic != 0 {
			d.tag(basic)
		} else {
			d.unnamed(t, what)
		}
	case !token.IsExported(t.Name()):
		d.fail("%s: type %s is not exported", what, t)
	case isCustom(t):
		d.tag(codec.TagCustom)
		d.name(t.Name())
	case t.Kind() == reflect.Struct:
		d.structure(t, what)
	default:
		d.tag(codec.TagNamed)
		d.name(t.Name())
		d.enclosing = append(d.enclosing, t)
		if basic != 0 {
			d.tag(basic)
		} else {
			d.unnamed(t, what)
		}
		d.enclosing = d.enclosing[:len(d.enclosing)-1]
	}
}

func (d *describing) structure(t reflect.Type, what string) {
	if t.NumField() > math.MaxUint8 {
		d.fail("%s: type %s has more than %d fields", what, t, math.MaxUint8)
		return
	}
	d.tag(codec.TagStruct)
	d.name(t.Name())
	d.tag(byte(t.NumField()))
	d.enclosing = append(d.enclosing, t)
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() {
			d.fail("%s: field %s.%s is not exported", what, t, field.Name)
			return
		}
		d.name(field.Name)
		d.write(field.Type, what)
	}
	d.enclosing = d.enclosing[:len(d.enclosing)-1]
}

// unnamed appends the descriptor of a type literal, or of what a named type is.
func (d *describing) unnamed(t reflect.Type, what string) {
	switch {
	case isBytes(t) || t.Kind() == reflect.Slice && isByte(t.Elem()):
		d.tag(codec.TagBytes)
		return
	case t.Kind() == reflect.Pointer:
		d.tag(codec.TagOption)
	case t.Kind() == reflect.Slice:
		d.tag(codec.TagSlice)
	case t.Kind() == reflect.Array:
		d.tag(codec.TagArray)
		d.bytes = binary.LittleEndian.AppendUint32(d.bytes, uint32(t.Len()))
	case t.Kind() == reflect.Map:
		d.tag(codec.TagMap)
		d.write(t.Key(), what)
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		d.tag(codec.TagAny)
		return
	default:
		d.fail("%s: type %s has no encoding", what, t)
		return
	}
	d.write(t.Elem(), what)
}

// isByte reports whether t is uint8 itself.
func isByte(t reflect.Type) bool { return t == reflect.TypeFor[uint8]() }

// isBytes reports whether values of t are encoded as a run of bytes with a length.
func isBytes(t reflect.Type) bool { return t.Kind() == reflect.Slice && isByte(t.Elem()) }

// isCustom reports whether t is a contract's type that encodes itself. Methods that
// an embedded field brings along do not count; reflection cannot tell them from
// methods of t's own, so a struct that embeds a custom type is never one.
func isCustom(t reflect.Type) bool {
	if t.Name() == "" || coreTags[t] != 0 || !hasMethods(t) {
		return false
	}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if field := t.Field(i); field.Anonymous && hasMethods(field.Type) {
				return false
			}
		}
	}
	return true
}

func hasMethods(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer {
		t = reflect.PointerTo(t)
	}
	return t.Implements(reflect.TypeFor[encoder]()) && t.Implements(reflect.TypeFor[decoder]())
}
