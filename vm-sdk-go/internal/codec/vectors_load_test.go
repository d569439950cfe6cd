package codec_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// vectorsPath is the file that the tests of the Rust codec write and check too.
const vectorsPath = "../../../vm-codec/tests/vectors.json"

// vectorFile is the part of the file that is compared here.
type vectorFile struct {
	Types    []definition
	Accepted []acceptedCase
	Refused  []refusedCase
	Event    struct {
		Keys  []string
		Bytes string
	}
	List struct {
		Values []json.RawMessage
		Bytes  string
	}
}

type acceptedCase struct {
	Type         string
	Value        json.RawMessage
	Borsh, Scale string
	Any          *string // nil if the type is any itself
}

type refusedCase struct{ Name, Type, Codec, Bytes, Reason string }

// withoutBytes are the accepted types that Go refuses on purpose: the generator
// does not take slices whose elements have no bytes, so no contract reads them.
var withoutBytes = map[string]bool{"[]Empty": true}

// loadVectors returns the file and its types. While the test runs, package codec
// knows all types that the file mentions, as if generated code had registered them.
func loadVectors(t *testing.T) (vectorFile, *universe) {
	t.Helper()
	data, err := os.ReadFile(vectorsPath)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the vectors of vm-codec are only there in the repository, not in a copy of this module")
	}
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	u := newUniverse(file.Types)
	known := map[string]*abiType{}
	know := func(spelling string) {
		typ := u.parse(spelling)
		known[string(typ.describe(nil))] = typ
	}
	for _, d := range file.Types {
		know(d.Name)
	}
	for _, c := range file.Accepted {
		know(c.Type)
		typesInside(c.Value, know)
	}
	codec.Register(
		func(w *wire.Writer, v any) bool {
			value, isOwn := v.(own)
			if isOwn {
				w.Raw(value.typ.describe(nil))
				value.typ.write(w, value.value)
			}
			return isOwn
		},
		func(r *wire.Reader, descriptor []byte) (any, bool) {
			typ := known[string(descriptor)]
			if typ == nil {
				return nil, false
			}
			return own{typ, typ.read(r)}, true
		})
	t.Cleanup(func() {
		codec.Register(func(*wire.Writer, any) bool { return false }, func(*wire.Reader, []byte) (any, bool) { return nil, false })
	})
	return file, u
}

// typesInside calls visit with the types that stand in self-describing values.
func typesInside(value json.RawMessage, visit func(spelling string)) {
	var object map[string]json.RawMessage
	var array []json.RawMessage
	if json.Unmarshal(value, &object) == nil {
		var spelling string
		if _, isAny := object["value"]; isAny && json.Unmarshal(object["type"], &spelling) == nil {
			visit(spelling)
		}
		for _, inner := range object {
			typesInside(inner, visit)
		}
	} else if json.Unmarshal(value, &array) == nil {
		for _, inner := range array {
			typesInside(inner, visit)
		}
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
