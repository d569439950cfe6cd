package shim

import (
	"encoding/binary"

	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// The largest type descriptor that is generated, and that the host accepts. A type
// that is made of many others repeats theirs, so without a limit a few lines of Go
// could make megabytes.
const (
	maxDescriptorBytes = codec.MaxDescriptorBytes
	maxDescriptorDepth = wire.MaxDepth
)

// describing builds a descriptor.
type describing struct {
	bytes     []byte
	enclosing []*abiType // structs and named types around the one being written
	depth     int
	tooLarge  bool
}

// descriptor returns the type descriptor of t, with which a self-describing value
// begins.
func descriptor(t *abiType) []byte {
	var d describing
	d.write(t)
	return d.bytes
}

// fitsDescriptor reports whether the descriptor of t is within the limits.
func fitsDescriptor(t *abiType) bool {
	var d describing
	d.write(t)
	return !d.tooLarge && len(d.bytes) <= maxDescriptorBytes
}

func (d *describing) write(t *abiType) {
	if len(d.bytes) > maxDescriptorBytes || d.depth > maxDescriptorDepth {
		d.tooLarge = true
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	for i, outer := range d.enclosing {
		if outer == t {
			d.bytes = append(d.bytes, codec.TagBackRef, byte(len(d.enclosing)-1-i))
			return
		}
	}
	switch t.kind {
	case kindPrimitive:
		d.bytes = append(d.bytes, t.primitive.tag)
	case kindOption:
		d.bytes = append(d.bytes, codec.TagOption)
		d.write(t.elem)
	case kindSlice:
		d.bytes = append(d.bytes, codec.TagSlice)
		d.write(t.elem)
	case kindArray:
		d.bytes = append(d.bytes, codec.TagArray)
		d.bytes = binary.LittleEndian.AppendUint32(d.bytes, uint32(t.length))
		d.write(t.elem)
	case kindMap:
		d.bytes = append(d.bytes, codec.TagMap)
		d.write(t.key)
		d.write(t.elem)
	case kindCustom:
		d.bytes = append(d.bytes, codec.TagCustom)
		d.name(t.name)
	case kindStruct:
		d.bytes = append(d.bytes, codec.TagStruct)
		d.name(t.name)
		d.bytes = append(d.bytes, byte(len(t.fields)))
		d.enclosing = append(d.enclosing, t)
		for _, field := range t.fields {
			d.name(field.name)
			d.write(field.typ)
		}
		d.enclosing = d.enclosing[:len(d.enclosing)-1]
	case kindEnum, kindNamed:
		d.bytes = append(d.bytes, codec.TagNamed)
		d.name(t.name)
		d.enclosing = append(d.enclosing, t)
		d.write(t.elem)
		d.enclosing = d.enclosing[:len(d.enclosing)-1]
	}
}

func (d *describing) name(name string) {
	d.bytes = append(d.bytes, byte(len(name)))
	d.bytes = append(d.bytes, name...)
}
