package reflectcodec

import (
	"reflect"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// Any reads a self-describing value whose type was encoded before.
func (ts Types) Any(r *wire.Reader) any {
	if !r.Enter() {
		return nil
	}
	defer r.Leave()
	before := r.SetFormat(wire.Borsh)
	defer r.SetFormat(before)
	descriptor := codec.ReadDescriptor(r)
	if r.Err() != nil || descriptor[0] == codec.TagNil {
		return nil
	}
	t := ts[string(descriptor)]
	if t == nil {
		r.FailWith(core.Wrap(core.ErrInvalidArgument, "no type "+codec.Describe(descriptor)))
		return nil
	}
	return ts.Get(r, t).Interface()
}

// Get reads a value of type t.
func (ts Types) Get(r *wire.Reader, t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	ts.get(r, v)
	return v
}

func (ts Types) get(r *wire.Reader, v reflect.Value) {
	switch t := v.Type(); {
	case isCustom(t):
		data := r.Data()
		if r.Err() == nil {
			r.FailWith(v.Addr().Interface().(decoder).Decode(data))
		}
	case coreTags[t] != 0:
		data := r.Raw(coreBytes(v))
		if r.Err() == nil {
			r.FailWith(v.Addr().Interface().(decoder).Decode(data))
		}
	case isBytes(t):
		v.SetBytes(r.Data())
	case t.Kind() == reflect.Array && isByte(t.Elem()):
		reflect.Copy(v, reflect.ValueOf(r.Raw(v.Len())))
	case t.Kind() == reflect.Interface:
		if value := ts.Any(r); value != nil {
			v.Set(reflect.ValueOf(value))
		}
	default:
		if !getBasic(r, v) {
			ts.getComposite(r, v)
		}
	}
}

// coreBytes returns the size of a type of package core on the wire.
func coreBytes(v reflect.Value) int {
	data, err := v.Interface().(encoder).Encode()
	if err != nil {
		panic(err) // these methods have none to return
	}
	return len(data)
}

func getBasic(r *wire.Reader, v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.Bool())
	case reflect.Uint8:
		v.SetUint(uint64(r.Uint8()))
	case reflect.Uint16:
		v.SetUint(uint64(r.Uint16()))
	case reflect.Uint32:
		v.SetUint(uint64(r.Uint32()))
	case reflect.Uint64, reflect.Uint:
		v.SetUint(r.Uint64())
	case reflect.Int8:
		v.SetInt(int64(r.Int8()))
	case reflect.Int16:
		v.SetInt(int64(r.Int16()))
	case reflect.Int32:
		v.SetInt(int64(r.Int32()))
	case reflect.Int64, reflect.Int:
		v.SetInt(r.Int64())
	case reflect.Float32:
		v.SetFloat(float64(r.Float32()))
	case reflect.Float64:
		v.SetFloat(r.Float64())
	case reflect.String:
		v.SetString(r.Text())
	default:
		return false
	}
	return true
}

// getComposite reads what is made of parts. As in generated code an empty slice is
// nil, and an empty map is not.
func (ts Types) getComposite(r *wire.Reader, v reflect.Value) {
	if !r.Enter() {
		return
	}
	defer r.Leave()
	switch t := v.Type(); v.Kind() {
	case reflect.Pointer:
		if r.Bool() {
			v.Set(reflect.New(t.Elem()))
			ts.get(r, v.Elem())
		}
	case reflect.Slice:
		if n := r.Count(1); n > 0 {
			v.Set(reflect.MakeSlice(t, n, n))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			ts.get(r, v.Index(i))
		}
	case reflect.Map:
		n := r.Count(1)
		v.Set(reflect.MakeMapWithSize(t, n))
		var last reflect.Value
		for i := range n {
			key := ts.Get(r, t.Key())
			if i > 0 {
				r.Ascending(compare(last, key))
			}
			v.SetMapIndex(key, ts.Get(r, t.Elem()))
			last = key
		}
	case reflect.Struct:
		for i := range v.NumField() {
			ts.get(r, v.Field(i))
		}
	default:
		r.Fail("type " + t.String() + " has no encoding")
	}
}
