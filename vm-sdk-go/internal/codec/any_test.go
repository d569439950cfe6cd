package codec_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

func TestAnyVectors(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "00"},
		{true, "0101"},
		{uint8(7), "0207"},
		{uint16(7), "030700"},
		{uint32(7), "0407000000"},
		{uint64(7), "050700000000000000"},
		{int8(-1), "08ff"},
		{int16(-1), "09ffff"},
		{int32(-1), "0affffffff"},
		{int64(-1), "0bffffffffffffffff"},
		{-1, "0effffffffffffffff"},
		{uint(1), "0f0100000000000000"},
		{"né", "10030000006ec3a9"},
		{[]byte{1, 2}, "11020000000102"},
		{core.Address{1}, "12" + "01" + strings.Repeat("00", 19)},
		{core.ObjectID{1}, "13" + "01" + strings.Repeat("00", 31)},
	} {
		for _, format := range []wire.Format{wire.Borsh, wire.Scale} { // always Borsh inside
			w := wire.NewWriter(format)
			codec.PutAny(w, test.value)
			if got := hex.EncodeToString(w.Bytes()); got != test.want || w.Err() != nil {
				t.Errorf("%T is %s, %v; want %s", test.value, got, w.Err(), test.want)
			}
			r := wire.NewReader(w.Bytes(), format)
			got := codec.Any(r)
			if err := r.Finish(); !reflect.DeepEqual(got, test.value) || err != nil {
				t.Errorf("%T reads as %T %v, %v", test.value, got, got, err)
			}
		}
	}
}

func TestAnyKeepsTheFormatAround(t *testing.T) {
	w := wire.NewWriter(wire.Scale)
	codec.PutAny(w, "a")
	w.Text("b")
	want := []byte{0x10, 1, 0, 0, 0, 'a', 1 << 2, 'b'}
	if !bytes.Equal(w.Bytes(), want) {
		t.Fatalf("wrote % x, want % x", w.Bytes(), want)
	}
	r := wire.NewReader(want, wire.Scale)
	if first, second := codec.Any(r), r.Text(); first != "a" || second != "b" || r.Finish() != nil {
		t.Errorf("read %v, %q, %v", first, second, r.Err())
	}
}

func TestAnyRefusesUnknownTypes(t *testing.T) {
	type local struct{}
	for _, test := range []struct {
		value any
		want  string
	}{
		{local{}, "type codec_test.local has no encoding: invalid argument"},
		{[]map[string]int{}, "type []map[string]int has no encoding: invalid argument"},
		{make(chan int), "type chan int has no encoding: invalid argument"},
		{errors.New("x"), "type *errors.errorString has no encoding: invalid argument"},
	} {
		w := wire.NewWriter(wire.Borsh)
		codec.PutAny(w, test.value)
		if err := w.Err(); err == nil || err.Error() != test.want || !errors.Is(err, core.ErrInvalidArgument) {
			t.Errorf("error is %v, want %s", err, test.want)
		}
	}
}

func TestHostileAny(t *testing.T) {
	point := "2405506f696e74020158050159" + "05" // struct Point{X, Y uint64}
	for _, test := range []struct{ name, input, want string }{
		{"nothing", "", "need 1 bytes, have 0 at byte 0"},
		{"unknown tag", "15", "unknown type tag 21 at byte 1"},
		{"any of any", "2700", "any is only allowed inside another type at byte 1"},
		{"back reference at the top", "2800", "type refers back to a type that does not enclose it at byte 2"},
		{"back reference to nothing", "212800", "type refers back to a type that does not enclose it at byte 3"},
		{"back reference too far", "24015401015828" + "01", "type refers back to a type that does not enclose it at byte 8"},
		{"nil inside", "2100", "nil type inside another type at byte 2"},
		{"name not UTF-8", "2601ff", "name in a type is empty or not UTF-8 at byte 3"},
		{"name empty", "2600", "name in a type is empty or not UTF-8 at byte 2"},
		{"cut struct", "24015402", "need 1 bytes, have 0 at byte 4"},
		{"deep type", strings.Repeat("21", 70) + "01", "type nests deeper than 64 at byte 65"},
		{"bool 2", "0102", "bool or option tag is 2, not 0 or 1 at byte 1"},
		{"unused bytes", "010100", "1 unused bytes at byte 2"},
		{"slice not in the contract", "210500000000", "the contract has no type []uint64: invalid argument"},
		{"struct not in the contract", "2310" + point, "the contract has no type map[string]Point: invalid argument"},
		{"struct as a key", "23" + point + "220300000027", "the contract has no type map[Point][3]any: invalid argument"},
		{"custom and option", "20260154", "the contract has no type *T: invalid argument"},
		{"float, which is optional", "0c00000000", "the contract has no type float32: invalid argument"},
	} {
		t.Run(test.name, func(t *testing.T) {
			input, err := hex.DecodeString(test.input)
			if err != nil {
				t.Fatal(err)
			}
			r := wire.NewReader(input, wire.Borsh)
			if got := codec.Any(r); got != nil && test.name != "unused bytes" {
				t.Errorf("read %v", got)
			}
			if err := r.Finish(); err == nil || err.Error() != test.want {
				t.Errorf("error is %v, want %s", err, test.want)
			}
		})
	}
}

func TestDescriptorLength(t *testing.T) {
	// A struct of custom types; the name of the last one fills it up.
	describe := func(length int) string {
		descriptor := "\x24\x01S\x11"
		for i := range 17 {
			size := 250
			if i == 16 {
				size = length - len(descriptor) - len("\x01F\x26\x00")
			}
			descriptor += "\x01" + string(rune('A'+i)) + "\x26" + string([]byte{byte(size)}) + strings.Repeat("T", size)
		}
		return descriptor
	}
	for _, test := range []struct {
		length int
		want   string
	}{
		{codec.MaxDescriptorBytes, "the contract has no type S: invalid argument"},
		{codec.MaxDescriptorBytes + 1, "type takes more than 4096 bytes at byte 4097"},
	} {
		input := describe(test.length)
		if len(input) != test.length {
			t.Fatalf("the descriptor has %d bytes, not %d", len(input), test.length)
		}
		r := wire.NewReader([]byte(input), wire.Borsh)
		if codec.Any(r); r.Err() == nil || r.Err().Error() != test.want {
			t.Errorf("%d bytes: error is %v, want %s", test.length, r.Err(), test.want)
		}
	}
}

func FuzzAny(f *testing.F) {
	for _, seed := range []string{"0101", "10010000006e", "21050000", "2405506f696e7402015805015905", "2328"} {
		input, _ := hex.DecodeString(seed)
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		r := wire.NewReader(input, wire.Borsh)
		value := codec.Any(r)
		if r.Finish() != nil {
			return
		}
		w := wire.NewWriter(wire.Borsh)
		if codec.PutAny(w, value); !bytes.Equal(w.Bytes(), input) {
			t.Errorf("% x was read as what is written % x", input, w.Bytes())
		}
	})
}

func TestCompare(t *testing.T) {
	low, high := core.Address{0, 2}, core.Address{1}
	if codec.CompareAddress(low, high) >= 0 || codec.CompareAddress(high, low) <= 0 || codec.CompareAddress(low, low) != 0 {
		t.Error("addresses are not ordered bytewise")
	}
	if codec.CompareObjectID(core.ObjectID{0xff}, core.ObjectID{1}) <= 0 || codec.CompareHash(core.Hash{1}, core.Hash{0xff}) >= 0 {
		t.Error("bytes are not compared as unsigned")
	}
	if codec.CompareBool(false, true) >= 0 || codec.CompareBool(true, false) <= 0 || codec.CompareBool(true, true) != 0 {
		t.Error("false is not before true")
	}
}
