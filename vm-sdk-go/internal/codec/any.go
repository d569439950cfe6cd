// Package codec writes and reads the types of package core and self-describing
// values: a type descriptor followed by a payload, always in Borsh, which is what
// object fields, event data and the arguments of nested calls are made of.
//
// The types that most contracts store are handled here. The others, and the
// contract's own types, are handled by code that is generated for the contract and
// given to [Register], so that a contract carries only what it uses.
package codec

import (
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/typename"
	"github.com/govm-net/vm/wire"
)

// EncodeFunc writes the descriptor and payload of v and returns true, or writes
// nothing and returns false if it does not know v's type.
type EncodeFunc func(w *wire.Writer, v any) bool

// DecodeFunc reads the payload of a descriptor and returns true, or reads nothing
// and returns false if it does not know the descriptor.
type DecodeFunc func(r *wire.Reader, descriptor []byte) (any, bool)

var (
	encodeOwn EncodeFunc = func(*wire.Writer, any) bool { return false }
	decodeOwn DecodeFunc = func(*wire.Reader, []byte) (any, bool) { return nil, false }
)

// Register sets the functions for the contract's own types.
func Register(encode EncodeFunc, decode DecodeFunc) {
	encodeOwn, decodeOwn = encode, decode
}

// PutAny writes v as a self-describing value. A type that has no encoding is an
// error that names it and wraps core.ErrInvalidArgument.
func PutAny(w *wire.Writer, v any) {
	if !w.Enter() {
		return
	}
	before := w.SetFormat(wire.Borsh)
	if !putBasic(w, v) && !encodeOwn(w, v) {
		w.Fail(core.Wrap(core.ErrInvalidArgument, "type "+typename.Of(v)+" has no encoding"))
	}
	w.SetFormat(before)
	w.Leave()
}

func putBasic(w *wire.Writer, v any) bool {
	switch v := v.(type) {
	case nil:
		w.Uint8(TagNil)
	case bool:
		w.Uint8(TagBool)
		w.Bool(v)
	case uint8:
		w.Uint8(TagUint8)
		w.Uint8(v)
	case uint16:
		w.Uint8(TagUint16)
		w.Uint16(v)
	case uint32:
		w.Uint8(TagUint32)
		w.Uint32(v)
	case uint64:
		w.Uint8(TagUint64)
		w.Uint64(v)
	case uint:
		w.Uint8(TagUint)
		w.Uint(v)
	case int8:
		w.Uint8(TagInt8)
		w.Int8(v)
	case int16:
		w.Uint8(TagInt16)
		w.Int16(v)
	case int32:
		w.Uint8(TagInt32)
		w.Int32(v)
	case int64:
		w.Uint8(TagInt64)
		w.Int64(v)
	case int:
		w.Uint8(TagInt)
		w.Int(v)
	case string:
		w.Uint8(TagString)
		w.Text(v)
	case []byte:
		w.Uint8(TagBytes)
		w.Data(v)
	case core.Address:
		w.Uint8(TagAddress)
		PutAddress(w, v)
	case core.ObjectID:
		w.Uint8(TagObjectID)
		PutObjectID(w, v)
	default:
		return false
	}
	return true
}

// Any reads a self-describing value. A descriptor of a type that the contract
// does not have is an error that spells the type out.
func Any(r *wire.Reader) (v any) {
	if !r.Enter() {
		return nil
	}
	before := r.SetFormat(wire.Borsh)
	if descriptor := ReadDescriptor(r); r.Err() == nil {
		v = payload(r, descriptor)
	}
	r.SetFormat(before)
	r.Leave()
	if r.Err() != nil {
		return nil
	}
	return v
}

func payload(r *wire.Reader, descriptor []byte) any {
	switch descriptor[0] {
	case TagNil:
		return nil
	case TagBool:
		return r.Bool()
	case TagUint8:
		return r.Uint8()
	case TagUint16:
		return r.Uint16()
	case TagUint32:
		return r.Uint32()
	case TagUint64:
		return r.Uint64()
	case TagInt8:
		return r.Int8()
	case TagInt16:
		return r.Int16()
	case TagInt32:
		return r.Int32()
	case TagInt64:
		return r.Int64()
	case TagInt:
		return r.Int()
	case TagUint:
		return r.Uint()
	case TagString:
		return r.Text()
	case TagBytes:
		return r.Data()
	case TagAddress:
		return Address(r)
	case TagObjectID:
		return ObjectID(r)
	}
	v, known := decodeOwn(r, descriptor)
	if !known {
		r.FailWith(core.Wrap(core.ErrInvalidArgument, "the contract has no type "+Describe(descriptor)))
	}
	return v
}
