package codec_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// Each value is read from each format and written in each.
func TestSharedVectorsAccepted(t *testing.T) {
	file, u := loadVectors(t)
	skipped := 0
	for _, c := range file.Accepted {
		if withoutBytes[c.Type] {
			skipped++
		}
		t.Run(c.Type, func(t *testing.T) {
			if withoutBytes[c.Type] {
				t.Skip("the generator refuses slices whose elements take no bytes")
			}
			typ := u.parse(c.Type)
			encodings := map[wire.Format][]byte{wire.Borsh: unhex(t, c.Borsh), wire.Scale: unhex(t, c.Scale)}
			for from, input := range encodings {
				r := wire.NewReader(input, from)
				value := typ.read(r)
				if err := r.Finish(); err != nil {
					t.Fatalf("format %d: %x is refused: %v", from, input, err)
				}
				for to, want := range encodings {
					w := wire.NewWriter(to)
					if typ.write(w, value); !bytes.Equal(w.Bytes(), want) || w.Err() != nil {
						t.Errorf("format %d: wrote %x, %v; want %x", to, w.Bytes(), w.Err(), want)
					}
				}
			}
			if c.Any != nil {
				checkAny(t, unhex(t, *c.Any), append(typ.describe(nil), encodings[wire.Borsh]...))
			}
		})
	}
	if skipped != len(withoutBytes) || len(file.Accepted) <= skipped {
		t.Errorf("skipped %d of %d cases", skipped, len(file.Accepted))
	}
}

// checkAny checks that input, a self-describing value, has the descriptor and payload
// that the type has here, and that package codec reads it and writes it again.
func checkAny(t *testing.T, input, described []byte) {
	t.Helper()
	if !bytes.Equal(input, described) {
		t.Errorf("the any is %x, its type and value make %x", input, described)
	}
	r := wire.NewReader(input, wire.Scale) // Borsh inside any message
	value := codec.Any(r)
	if err := r.Finish(); err != nil {
		t.Fatalf("the any %x is refused: %v", input, err)
	}
	w := wire.NewWriter(wire.Scale)
	if codec.PutAny(w, value); !bytes.Equal(w.Bytes(), input) || w.Err() != nil {
		t.Errorf("the any is written %x, %v; want %x", w.Bytes(), w.Err(), input)
	}
}

// reasons gives, for what a reason of the Rust codec contains, the texts of which
// the reason here contains one. The first that matches counts.
var reasons = []struct {
	rust string
	here []string
}{
	{"is 0 or 1, not", []string{"bool or option tag is"}},
	{"the value is complete", []string{"unused bytes"}},
	{"bytes needed", []string{"need ", "more than the bytes left can hold"}},
	{"more than 4096 values that take no bytes", []string{"more than the bytes left can hold"}},
	{"UTF-8", []string{"not UTF-8"}},
	{"NaN", []string{"NaN that is not canonical"}},
	{"ascend", []string{"not strictly ascending"}},
	{"shortest form", []string{"shortest form"}},
	{"more than 32 bits", []string{"more than 32 bits"}},
	{"nested deeper", []string{"nests deeper than 64"}},
	{"tag 0x15", []string{"unknown type tag 21"}},
	{"tag 0x27", []string{"any is only allowed inside"}},
	{"tag 0x00", []string{"nil type inside"}},
	{"refers to enclosing type", []string{"does not enclose it"}},
	{`"" cannot be the name`, []string{"name in a type is empty"}},
	// The rest are types that no contract has, and so no descriptor that it knows.
	{"", []string{"the contract has no type"}},
}

func TestSharedVectorsRefused(t *testing.T) {
	file, u := loadVectors(t)
	for _, c := range file.Refused {
		t.Run(c.Name+" "+c.Codec, func(t *testing.T) {
			format := wire.Borsh
			if c.Codec == "scale" {
				format = wire.Scale
			}
			r := wire.NewReader(unhex(t, c.Bytes), format)
			switch c.Codec {
			case "borsh", "scale":
				u.parse(c.Type).read(r)
			case "any":
				codec.Any(r)
			case "event":
				readEvent(r)
			case "list":
				readList(r)
			default:
				t.Fatalf("no codec %s", c.Codec)
			}
			err := r.Finish()
			if err == nil {
				t.Fatalf("%s is accepted; Rust refuses it: %s", c.Bytes, c.Reason)
			}
			for _, reason := range reasons {
				if !strings.Contains(c.Reason, reason.rust) {
					continue
				}
				for _, text := range reason.here {
					if strings.Contains(err.Error(), text) {
						return
					}
				}
				t.Fatalf("refused because: %v; Rust refuses it because: %s", err, c.Reason)
			}
		})
	}
	if len(file.Refused) == 0 {
		t.Error("there are no refused cases")
	}
}

// The deepest nesting is accepted: a name is no level, the any around a value is one,
// and so is each any inside it.
func TestSharedVectorsDepth(t *testing.T) {
	_, u := loadVectors(t)
	chain := u.parse("Chain")
	nested := func(levels int) []byte {
		return append(bytes.Repeat([]byte{1, 0, 0, 0}, levels-1), 0, 0, 0, 0)
	}
	list := u.parse("[]any").describe(nil)
	for _, test := range []struct {
		name  string
		input []byte // with one level of chain or list more it is refused
		more  []byte
		read  func(r *wire.Reader)
	}{
		{"chain", nested(wire.MaxDepth), nested(wire.MaxDepth + 1), func(r *wire.Reader) { chain.read(r) }},
		{"chain in an any", append(chain.describe(nil), nested(wire.MaxDepth-1)...),
			append(chain.describe(nil), nested(wire.MaxDepth)...), func(r *wire.Reader) { codec.Any(r) }},
		{"any in lists in any", anyInLists(list, wire.MaxDepth/2-1), anyInLists(list, wire.MaxDepth/2),
			func(r *wire.Reader) { codec.Any(r) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := wire.NewReader(test.input, wire.Borsh)
			if test.read(r); r.Finish() != nil {
				t.Errorf("refused: %v", r.Err())
			}
			r.Reset(test.more, wire.Borsh)
			if test.read(r); r.Finish() == nil || !strings.Contains(r.Err().Error(), "nests deeper than 64") {
				t.Errorf("one level more: error is %v", r.Err())
			}
		})
	}
}

// anyInLists returns nil in a list in an any, and so on, with as many lists.
func anyInLists(list []byte, lists int) []byte {
	return append(bytes.Repeat(append(list[:len(list):len(list)], 1, 0, 0, 0), lists), codec.TagNil)
}

// pair is a key and value of an event.
type pair struct {
	key   string
	value any
}

// readEvent reads the data of an event.
func readEvent(r *wire.Reader) (pairs []pair) {
	for n := r.Count(5); n > 0 && r.Err() == nil; n-- { // an empty key and nil
		pairs = append(pairs, pair{r.Text(), codec.Any(r)})
	}
	return pairs
}

// readList reads the arguments of a nested call.
func readList(r *wire.Reader) (values []any) {
	for n := r.Count(1); n > 0 && r.Err() == nil; n-- {
		values = append(values, codec.Any(r))
	}
	return values
}

func TestSharedVectorsMessages(t *testing.T) {
	file, _ := loadVectors(t)
	event := unhex(t, file.Event.Bytes)
	r, w := wire.NewReader(event, wire.Borsh), wire.NewWriter(wire.Borsh)
	pairs := readEvent(r)
	if err := r.Finish(); err != nil || len(pairs) != len(file.Event.Keys) {
		t.Fatalf("read %d pairs of an event, %v; want %d", len(pairs), err, len(file.Event.Keys))
	}
	w.Count(len(pairs))
	for i, pair := range pairs {
		if pair.key != file.Event.Keys[i] {
			t.Errorf("key %d is %q, want %q", i, pair.key, file.Event.Keys[i])
		}
		w.Text(pair.key)
		codec.PutAny(w, pair.value)
	}
	if !bytes.Equal(w.Bytes(), event) {
		t.Errorf("the event is written %x, want %x", w.Bytes(), event)
	}

	list := unhex(t, file.List.Bytes)
	r.Reset(list, wire.Borsh)
	w.Reset(wire.Borsh)
	values := readList(r)
	if err := r.Finish(); err != nil || len(values) != len(file.List.Values) {
		t.Fatalf("read a list of %d, %v; want %d", len(values), err, len(file.List.Values))
	}
	w.Count(len(values))
	for _, value := range values {
		codec.PutAny(w, value)
	}
	if !bytes.Equal(w.Bytes(), list) {
		t.Errorf("the list is written %x, want %x", w.Bytes(), list)
	}
}
