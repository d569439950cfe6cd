// Package reflectcodec encodes and decodes values by reflection, with the bytes
// that the generated code of a contract makes. It serves native tests, where there
// is no generated code: coretest keeps object fields with it, and the tests of the
// generator compare it with what they generate. Contracts never link it.
package reflectcodec

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// Types remembers the Go types of descriptors that were encoded, so that a
// self-describing value can be decoded again.
type Types map[string]reflect.Type

// PutAny writes v as a self-describing value and remembers its type.
func (ts Types) PutAny(w *wire.Writer, v any) {
	if !w.Enter() {
		return
	}
	before := w.SetFormat(wire.Borsh)
	if v == nil {
		w.Uint8(codec.TagNil)
	} else {
		value := reflect.ValueOf(v)
		descriptor, err := Descriptor(value.Type())
		if err != nil {
			w.Fail(err)
		} else {
			ts[string(descriptor)] = value.Type()
			w.Raw(descriptor)
			ts.Put(w, value)
		}
	}
	w.SetFormat(before)
	w.Leave()
}

// Put writes v without a descriptor. Its type must have one.
func (ts Types) Put(w *wire.Writer, v reflect.Value) {
	switch {
	case isCustom(v.Type()):
		addressable := reflect.New(v.Type())
		addressable.Elem().Set(v)
		w.Custom(addressable.Interface().(encoder).Encode())
	case coreTags[v.Type()] != 0:
		data, err := v.Interface().(encoder).Encode()
		if err != nil {
			w.Fail(err)
		}
		w.Raw(data)
	case isBytes(v.Type()):
		w.Data(v.Bytes())
	case v.Kind() == reflect.Array && isByte(v.Type().Elem()):
		for i := range v.Len() {
			w.Uint8(uint8(v.Index(i).Uint()))
		}
	case v.Kind() == reflect.Interface:
		ts.PutAny(w, v.Interface())
	default:
		if !putBasic(w, v) {
			ts.putComposite(w, v)
		}
	}
}

func putBasic(w *wire.Writer, v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		w.Bool(v.Bool())
	case reflect.Uint8:
		w.Uint8(uint8(v.Uint()))
	case reflect.Uint16:
		w.Uint16(uint16(v.Uint()))
	case reflect.Uint32:
		w.Uint32(uint32(v.Uint()))
	case reflect.Uint64, reflect.Uint:
		w.Uint64(v.Uint())
	case reflect.Int8:
		w.Int8(int8(v.Int()))
	case reflect.Int16:
		w.Int16(int16(v.Int()))
	case reflect.Int32:
		w.Int32(int32(v.Int()))
	case reflect.Int64, reflect.Int:
		w.Int64(v.Int())
	case reflect.Float32:
		w.Float32(float32(v.Float()))
	case reflect.Float64:
		w.Float64(v.Float())
	case reflect.String:
		w.Text(v.String())
	default:
		return false
	}
	return true
}

func (ts Types) putComposite(w *wire.Writer, v reflect.Value) {
	if !w.Enter() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		w.Bool(!v.IsNil())
		if !v.IsNil() {
			ts.Put(w, v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice {
			w.Count(v.Len())
		}
		for i := range v.Len() {
			ts.Put(w, v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		SortKeys(keys)
		w.Count(len(keys))
		for _, key := range keys {
			ts.Put(w, key)
			ts.Put(w, v.MapIndex(key))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			ts.Put(w, v.Field(i))
		}
	default:
		w.Fail(core.Wrap(core.ErrInvalidArgument, fmt.Sprintf("type %s has no encoding", v.Type())))
	}
	w.Leave()
}

// SortKeys brings the keys of a map into the order in which they are encoded.
func SortKeys(keys []reflect.Value) { slices.SortFunc(keys, compare) }

// compare orders map keys: numbers by value, text and ids bytewise, arrays and
// structs part by part.
func compare(a, b reflect.Value) int {
	switch {
	case a.Type() == reflect.TypeFor[core.U128]():
		return a.Interface().(core.U128).Cmp(b.Interface().(core.U128))
	case a.Type() == reflect.TypeFor[core.U256]():
		return a.Interface().(core.U256).Cmp(b.Interface().(core.U256))
	}
	switch a.Kind() {
	case reflect.Bool:
		return codec.CompareBool(a.Bool(), b.Bool())
	case reflect.String:
		return bytes.Compare([]byte(a.String()), []byte(b.String()))
	case reflect.Array:
		for i := range a.Len() {
			if order := compare(a.Index(i), b.Index(i)); order != 0 {
				return order
			}
		}
		return 0
	case reflect.Struct:
		for i := range a.NumField() {
			if order := compare(a.Field(i), b.Field(i)); order != 0 {
				return order
			}
		}
		return 0
	}
	if a.CanInt() {
		return cmp.Compare(a.Int(), b.Int())
	}
	return cmp.Compare(a.Uint(), b.Uint())
}
