package core_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/govm-net/vm/core"
)

func check[T core.Result](t *testing.T, data string, want T) {
	t.Helper()
	got, err := core.DecodeResult[T]([]byte(data))
	if !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("%T: got %v, %v; want %v", want, got, err, want)
	}
	for _, wrong := range []string{data + "\x00", data[:len(data)-1]} {
		var zero T
		if got, err := core.DecodeResult[T]([]byte(wrong)); !errors.Is(err, core.ErrInvalidArgument) || !reflect.DeepEqual(got, zero) {
			t.Errorf("%T: %q gave %v, %v", want, wrong, got, err)
		}
	}
}

func TestDecodeResult(t *testing.T) {
	check(t, "\x01", true)
	check(t, "\x02", uint8(2))
	check(t, "\x02\x01", uint16(0x102))
	check(t, "\x02\x00\x00\x01", uint32(0x1000002))
	check(t, "\x02\x00\x00\x00\x00\x00\x00\x01", uint64(0x100000000000002))
	check(t, "\x02\x00\x00\x00\x00\x00\x00\x00", uint(2))
	check(t, "\xfe", int8(-2))
	check(t, "\xfe\xff", int16(-2))
	check(t, "\xfe\xff\xff\xff", int32(-2))
	check(t, "\xfe\xff\xff\xff\xff\xff\xff\xff", int64(-2))
	check(t, "\xfe\xff\xff\xff\xff\xff\xff\xff", -2)
	check(t, "\x00\x00\xc0\x3f", float32(1.5))
	check(t, "\x00\x00\x00\x00\x00\x00\xf8\x3f", 1.5)
	check(t, "\x02\x00\x00\x00hi", "hi")
	check(t, "\x02\x00\x00\x00hi", []byte("hi"))
	check(t, string(bytes.Repeat([]byte{7}, 20)), core.Address(bytes.Repeat([]byte{7}, 20)))
	check(t, string(bytes.Repeat([]byte{7}, 32)), core.ObjectID(bytes.Repeat([]byte{7}, 32)))
	check(t, string(bytes.Repeat([]byte{7}, 32)), core.Hash(bytes.Repeat([]byte{7}, 32)))
	check(t, "\x05"+string(make([]byte, 15)), core.U128From(5))
	check(t, "\x05"+string(make([]byte, 31)), core.U256From(5))
}
