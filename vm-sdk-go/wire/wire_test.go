package wire_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/govm-net/vm/wire"
)

// vectors are values and their one encoding.
var vectors = []struct {
	name  string
	put   func(w *wire.Writer)
	get   func(r *wire.Reader) bool // whether the value is the one that was put
	borsh []byte
	scale []byte // nil if the same
}{
	{"false", func(w *wire.Writer) { w.Bool(false) }, func(r *wire.Reader) bool { return !r.Bool() }, []byte{0}, nil},
	{"true", func(w *wire.Writer) { w.Bool(true) }, func(r *wire.Reader) bool { return r.Bool() }, []byte{1}, nil},
	{"uint8", func(w *wire.Writer) { w.Uint8(0xfe) }, func(r *wire.Reader) bool { return r.Uint8() == 0xfe }, []byte{0xfe}, nil},
	{"uint16", func(w *wire.Writer) { w.Uint16(0x0102) }, func(r *wire.Reader) bool { return r.Uint16() == 0x0102 }, []byte{2, 1}, nil},
	{"uint32", func(w *wire.Writer) { w.Uint32(0x01020304) }, func(r *wire.Reader) bool { return r.Uint32() == 0x01020304 }, []byte{4, 3, 2, 1}, nil},
	{"uint64", func(w *wire.Writer) { w.Uint64(0x0102030405060708) }, func(r *wire.Reader) bool { return r.Uint64() == 0x0102030405060708 }, []byte{8, 7, 6, 5, 4, 3, 2, 1}, nil},
	{"uint", func(w *wire.Writer) { w.Uint(5) }, func(r *wire.Reader) bool { return r.Uint() == 5 }, []byte{5, 0, 0, 0, 0, 0, 0, 0}, nil},
	{"int8", func(w *wire.Writer) { w.Int8(-2) }, func(r *wire.Reader) bool { return r.Int8() == -2 }, []byte{0xfe}, nil},
	{"int16", func(w *wire.Writer) { w.Int16(-2) }, func(r *wire.Reader) bool { return r.Int16() == -2 }, []byte{0xfe, 0xff}, nil},
	{"int32", func(w *wire.Writer) { w.Int32(-2) }, func(r *wire.Reader) bool { return r.Int32() == -2 }, []byte{0xfe, 0xff, 0xff, 0xff}, nil},
	{"int64", func(w *wire.Writer) { w.Int64(math.MinInt64) }, func(r *wire.Reader) bool { return r.Int64() == math.MinInt64 }, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, nil},
	{"int", func(w *wire.Writer) { w.Int(-1) }, func(r *wire.Reader) bool { return r.Int() == -1 }, bytes.Repeat([]byte{0xff}, 8), nil},
	{"float32", func(w *wire.Writer) { w.Float32(1.5) }, func(r *wire.Reader) bool { return r.Float32() == 1.5 }, []byte{0, 0, 0xc0, 0x3f}, nil},
	{"float64", func(w *wire.Writer) { w.Float64(-2) }, func(r *wire.Reader) bool { return r.Float64() == -2 }, []byte{0, 0, 0, 0, 0, 0, 0, 0xc0}, nil},
	{"float32 NaN", func(w *wire.Writer) { w.Float32(math.Float32frombits(0xffc00001)) },
		func(r *wire.Reader) bool { v := r.Float32(); return v != v }, []byte{0, 0, 0xc0, 0x7f}, nil},
	{"float64 NaN", func(w *wire.Writer) { w.Float64(math.Float64frombits(0x7ff0000000000001)) },
		func(r *wire.Reader) bool { v := r.Float64(); return v != v }, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}, nil},
	{"empty text", func(w *wire.Writer) { w.Text("") }, func(r *wire.Reader) bool { return r.Text() == "" }, []byte{0, 0, 0, 0}, []byte{0}},
	{"text", func(w *wire.Writer) { w.Text("né") }, func(r *wire.Reader) bool { return r.Text() == "né" },
		[]byte{3, 0, 0, 0, 'n', 0xc3, 0xa9}, []byte{3 << 2, 'n', 0xc3, 0xa9}},
	{"data", func(w *wire.Writer) { w.Data([]byte{9, 8}) }, func(r *wire.Reader) bool { return bytes.Equal(r.Data(), []byte{9, 8}) },
		[]byte{2, 0, 0, 0, 9, 8}, []byte{2 << 2, 9, 8}},
	{"custom", func(w *wire.Writer) { w.Custom([]byte{7}, nil) }, func(r *wire.Reader) bool { return bytes.Equal(r.Data(), []byte{7}) },
		[]byte{1, 0, 0, 0, 7}, []byte{1 << 2, 7}},
	{"raw", func(w *wire.Writer) { w.Raw([]byte{1}); w.RawString("a") }, func(r *wire.Reader) bool { return string(r.Raw(2)) == "\x01a" },
		[]byte{1, 'a'}, nil},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		for _, format := range []wire.Format{wire.Borsh, wire.Scale} {
			want := v.borsh
			if format == wire.Scale && v.scale != nil {
				want = v.scale
			}
			w := wire.NewWriter(format)
			v.put(w)
			if !bytes.Equal(w.Bytes(), want) || w.Err() != nil {
				t.Errorf("%s, format %d: wrote % x, error %v; want % x", v.name, format, w.Bytes(), w.Err(), want)
			}
			r := wire.NewReader(want, format)
			same := v.get(r)
			if err := r.Finish(); !same || err != nil {
				t.Errorf("%s, format %d: read another value, error %v", v.name, format, err)
			}
			for n := range want { // any part of it is too short
				r := wire.NewReader(want[:n], format)
				if v.get(r); r.Err() == nil {
					t.Errorf("%s, format %d: the first %d bytes were accepted", v.name, format, n)
				}
			}
		}
	}
}

func TestCompactLengths(t *testing.T) {
	for _, test := range []struct {
		n    int
		want []byte
	}{
		{0, []byte{0}},
		{63, []byte{63 << 2}},
		{64, []byte{1, 1}},
		{1<<14 - 1, []byte{0xfd, 0xff}},
		{1 << 14, []byte{2, 0, 1, 0}},
		{1<<30 - 1, []byte{0xfe, 0xff, 0xff, 0xff}},
		{1 << 30, []byte{3, 0, 0, 0, 0x40}},
		{1<<32 - 1, []byte{3, 0xff, 0xff, 0xff, 0xff}},
	} {
		w := wire.NewWriter(wire.Scale)
		if w.Count(test.n); !bytes.Equal(w.Bytes(), test.want) {
			t.Errorf("length %d is % x, want % x", test.n, w.Bytes(), test.want)
		}
		if test.n > 1<<20 {
			continue // the bytes that the length announces would have to be there
		}
		r := wire.NewReader(append(bytes.Clone(test.want), make([]byte, test.n)...), wire.Scale)
		if got := r.Count(1); got != test.n || r.Err() != nil {
			t.Errorf("length %d reads as %d, error %v", test.n, got, r.Err())
		}
	}
}

func TestHostileInput(t *testing.T) {
	text := func(r *wire.Reader) { r.Text() }
	for _, test := range []struct {
		name   string
		format wire.Format
		input  []byte
		read   func(r *wire.Reader)
		want   string
	}{
		{"bool 2", wire.Borsh, []byte{2}, func(r *wire.Reader) { r.Bool() }, "bool or option tag is 2, not 0 or 1 at byte 0"},
		{"cut number", wire.Borsh, []byte{1, 2, 3}, func(r *wire.Reader) { r.Uint64() }, "need 8 bytes, have 3 at byte 0"},
		{"NaN with payload", wire.Borsh, []byte{1, 0, 0xc0, 0x7f}, func(r *wire.Reader) { r.Float32() }, "float32 is a NaN that is not canonical at byte 0"},
		{"negative NaN", wire.Borsh, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0xff}, func(r *wire.Reader) { r.Float64() }, "float64 is a NaN that is not canonical at byte 0"},
		{"text not UTF-8", wire.Borsh, []byte{2, 0, 0, 0, 0xc3, 0x28}, text, "text is not UTF-8 at byte 4"},
		{"surrogate", wire.Borsh, []byte{3, 0, 0, 0, 0xed, 0xa0, 0x80}, text, "text is not UTF-8 at byte 4"},
		{"length bomb", wire.Borsh, []byte{0xff, 0xff, 0xff, 0xff, 'a'}, text, "length 4294967295 is more than the bytes left can hold at byte 0"},
		{"length one too long", wire.Borsh, []byte{2, 0, 0, 0, 'a'}, text, "length 2 is more than the bytes left can hold at byte 0"},
		{"wide elements", wire.Borsh, []byte{2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7}, func(r *wire.Reader) { r.Count(4) }, "length 2 is more than the bytes left can hold at byte 0"},
		{"unused bytes", wire.Borsh, []byte{1, 0}, func(r *wire.Reader) { r.Uint8() }, "1 unused bytes at byte 1"},
		{"two-byte compact for 63", wire.Scale, []byte{0xfd, 0}, text, "compact integer is not in its shortest form at byte 0"},
		{"four-byte compact for 16383", wire.Scale, []byte{0xfe, 0xff, 0, 0}, text, "compact integer is not in its shortest form at byte 0"},
		{"big compact below 2^30", wire.Scale, []byte{3, 0xff, 0xff, 0xff, 0x3f}, text, "compact integer is not in its shortest form at byte 0"},
		{"five-byte compact", wire.Scale, []byte{7, 0, 0, 0, 0, 1}, text, "compact integer has more than 32 bits at byte 0"},
		{"compact bomb", wire.Scale, []byte{3, 0xff, 0xff, 0xff, 0xff}, text, "length 4294967295 is more than the bytes left can hold at byte 0"},
		{"keys not ascending", wire.Borsh, nil, func(r *wire.Reader) { r.Ascending(-1); r.Ascending(0) }, "map keys are not strictly ascending at byte 0"},
		{"negative raw", wire.Borsh, []byte{1}, func(r *wire.Reader) { r.Raw(-1) }, "need -1 bytes, have 1 at byte 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := wire.NewReader(test.input, test.format)
			test.read(r)
			if err := r.Finish(); err == nil || err.Error() != test.want {
				t.Errorf("error is %v, want %s", err, test.want)
			}
		})
	}
}

func TestFirstErrorStays(t *testing.T) {
	r := wire.NewReader([]byte{2, 1, 0, 0, 0, 'a'}, wire.Borsh)
	r.Bool()
	if got := r.Text(); got != "" {
		t.Errorf("after an error text reads as %q", got)
	}
	if got := r.Uint64(); got != 0 {
		t.Errorf("after an error a number reads as %d", got)
	}
	if r.Enter() {
		t.Error("after an error a nested value can be entered")
	}
	if err := r.Finish(); err == nil || !strings.HasPrefix(err.Error(), "bool") {
		t.Errorf("error is %v, want the first", err)
	}
}

func TestDepth(t *testing.T) {
	w, r := wire.NewWriter(wire.Borsh), wire.NewReader(nil, wire.Borsh)
	for range wire.MaxDepth {
		if !w.Enter() || !r.Enter() {
			t.Fatal("refused before the greatest depth")
		}
	}
	if w.Enter() || r.Enter() {
		t.Error("entered deeper than the greatest depth")
	}
	if w.Err() == nil || r.Err() == nil {
		t.Error("too great a depth is no error")
	}
}

func TestWriterRefusesTextThatIsNotUTF8(t *testing.T) {
	w := wire.NewWriter(wire.Borsh)
	w.Uint8(1)
	w.Text("a\xff")
	if err := w.Err(); err == nil || err.Error() != "text is not UTF-8 at byte 1" {
		t.Errorf("error is %v", err)
	}
}

func TestReaderGivesCopies(t *testing.T) {
	input := []byte{1, 0, 0, 0, 'a'}
	r := wire.NewReader(input, wire.Borsh)
	data := r.Data()
	input[4] = 'b'
	if string(data) != "a" {
		t.Errorf("data became %q when the input changed", data)
	}
}

func TestWriterKeepsItsBuffer(t *testing.T) {
	w := wire.NewWriter(wire.Borsh)
	w.Data(make([]byte, 1000))
	allocs := testing.AllocsPerRun(100, func() {
		w.Reset(wire.Scale)
		w.Uint64(7)
		w.Text("hello")
		w.Count(1000)
	})
	if allocs != 0 {
		t.Errorf("%v allocations a message", allocs)
	}
}

func FuzzReader(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.borsh, false)
	}
	f.Fuzz(func(t *testing.T, input []byte, scale bool) {
		format := wire.Borsh
		if scale {
			format = wire.Scale
		}
		r := wire.NewReader(input, format)
		text, data, flag, number := r.Text(), r.Data(), r.Bool(), r.Float64()
		if r.Err() != nil {
			return
		}
		w := wire.NewWriter(format)
		w.Text(text)
		w.Data(data)
		w.Bool(flag)
		w.Float64(number)
		if got := w.Bytes(); !bytes.Equal(got, input[:r.Offset()]) {
			t.Errorf("% x was read as what is written % x", input[:r.Offset()], got)
		}
	})
}
