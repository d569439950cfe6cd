package reflectcodec_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/internal/reflectcodec"
	"github.com/govm-net/vm/wire"
)

// Types whose descriptors double in size with each level.
type (
	A struct{ X, Y uint64 }
	B struct{ X, Y A }
	C struct{ X, Y B }
	D struct{ X, Y C }
	E struct{ X, Y D }
	F struct{ X, Y E }
	G struct{ X, Y F }
	H struct{ X, Y G }
	I struct{ X, Y H }
)

func TestDescriptorLimits(t *testing.T) {
	nested := func(levels int) reflect.Type {
		typ := reflect.TypeFor[bool]()
		for range levels {
			typ = reflect.SliceOf(typ)
		}
		return typ
	}
	for _, test := range []struct {
		name string
		typ  reflect.Type
		fits bool
	}{
		{"below 4096 bytes", reflect.TypeFor[H](), true},
		{"above 4096 bytes", reflect.TypeFor[I](), false},
		{"64 levels", nested(wire.MaxDepth), true},
		{"65 levels", nested(wire.MaxDepth + 1), false},
	} {
		descriptor, err := reflectcodec.Descriptor(test.typ)
		if fits := err == nil && len(descriptor) <= codec.MaxDescriptorBytes; fits != test.fits {
			t.Errorf("%s: %d bytes, error %v", test.name, len(descriptor), err)
		}
		if err != nil && !errors.Is(err, core.ErrInvalidArgument) {
			t.Errorf("%s: error %v does not wrap ErrInvalidArgument", test.name, err)
		}
	}
}

// An array of bytes is a run of bytes; other arrays are a level.
func TestByteArrayIsNoLevel(t *testing.T) {
	for _, test := range []struct {
		inner reflect.Value
		fits  bool
	}{
		{reflect.ValueOf([4]uint8{1, 2, 3, 4}), true},
		{reflect.ValueOf([2]uint16{1, 2}), false},
	} {
		value := test.inner
		for range wire.MaxDepth {
			list := reflect.MakeSlice(reflect.SliceOf(value.Type()), 1, 1)
			list.Index(0).Set(value)
			value = list
		}
		w, types := wire.NewWriter(wire.Borsh), reflectcodec.Types{}
		if types.Put(w, value); (w.Err() == nil) != test.fits {
			t.Errorf("writing %s in %d slices: error %v", test.inner.Type(), wire.MaxDepth, w.Err())
		}
		input := append(bytes.Repeat([]byte{1, 0, 0, 0}, wire.MaxDepth), 1, 2, 3, 4)
		r := wire.NewReader(input, wire.Borsh)
		got := types.Get(r, value.Type())
		if err := r.Finish(); (err == nil) != test.fits || test.fits && !reflect.DeepEqual(got.Interface(), value.Interface()) {
			t.Errorf("reading %s in %d slices: error %v", test.inner.Type(), wire.MaxDepth, err)
		}
	}
}
