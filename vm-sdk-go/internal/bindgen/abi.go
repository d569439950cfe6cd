package bindgen

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// document is what the generator reads of an ABI.
type document struct {
	ABIVersion int          `json:"abi_version"`
	Name       string       `json:"name"`
	Docs       string       `json:"docs"`
	Codec      string       `json:"codec"`
	Functions  []function   `json:"functions"`
	Types      []definition `json:"types"`
}

// function is what the document says of a function.
type function struct {
	Name    string  `json:"name"`
	Docs    string  `json:"docs"`
	View    bool    `json:"view"`
	Payable bool    `json:"payable"`
	Params  []named `json:"params"`
	Results []named `json:"results"`
}

type named struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// definition is a type of the contract's own.
type definition struct {
	Name   string  `json:"name"`
	Docs   string  `json:"docs"`
	Kind   string  `json:"kind"`
	Fields []named `json:"fields"`
	Base   string  `json:"base"`
	Values []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"values"`
	Type string `json:"type"`
}

func readDocument(data []byte) (*document, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("this is no ABI: %w", err)
	}
	switch {
	case d.ABIVersion != 1:
		return nil, fmt.Errorf("the ABI has version %d, and 1 is known", d.ABIVersion)
	case d.Codec != "borsh" && d.Codec != "scale":
		return nil, fmt.Errorf("the ABI's codec is %q, and borsh and scale are known", d.Codec)
	}
	return &d, nil
}

// kind says what a type is made of.
type kind int

const (
	kindPrimitive kind = iota
	kindOption
	kindSlice
	kindArray
	kindMap
	kindDefined // of the contract's own
	kindAny
)

// typ is a type of the ABI.
type typ struct {
	kind      kind
	primitive primitive
	elem, key *typ
	length    int
	def       *definition
}

// primitive is how a type without parts is written and read in Go.
type primitive struct {
	// expr is the type in Go, get the expression that reads it from r.
	expr, get string
	// bytes is its least size; -1 stands for that of a length.
	bytes int
	// basic says that every contract can encode it as an argument.
	basic bool
}

var primitives = map[string]primitive{
	"bool": {"bool", "r.Bool()", 1, true}, "string": {"string", "r.Text()", -1, true}, "bytes": {"[]byte", "r.Data()", -1, true},
	"uint8": {"uint8", "r.Uint8()", 1, true}, "uint16": {"uint16", "r.Uint16()", 2, true}, "uint32": {"uint32", "r.Uint32()", 4, true},
	"uint64": {"uint64", "r.Uint64()", 8, true}, "uint": {"uint", "r.Uint()", 8, true}, "int": {"int", "r.Int()", 8, true},
	"int8": {"int8", "r.Int8()", 1, true}, "int16": {"int16", "r.Int16()", 2, true}, "int32": {"int32", "r.Int32()", 4, true},
	"int64": {"int64", "r.Int64()", 8, true}, "float32": {"float32", "r.Float32()", 4, false}, "float64": {"float64", "r.Float64()", 8, false},
	"Address": {"core.Address", "readAddress(r)", 20, true}, "ObjectID": {"core.ObjectID", "readObjectID(r)", 32, true},
	"Hash": {"core.Hash", "readHash(r)", 32, false}, "uint128": {"core.U128", "readU128(r)", 16, false}, "uint256": {"core.U256", "readU256(r)", 32, false},
}

// maxDepth bounds the nesting of a type's spelling.
const maxDepth = 32

// parse reads a type as the ABI spells it.
func (g *generator) parse(text string) (*typ, error) {
	t, rest, err := g.parsePart(text, maxDepth)
	if err == nil && rest != "" {
		err = fmt.Errorf("type %q goes on with %q", text, rest)
	}
	return t, err
}

func (g *generator) parsePart(text string, depth int) (t *typ, rest string, err error) {
	if depth == 0 {
		return nil, "", fmt.Errorf("type %q is nested too deep", text)
	}
	switch {
	case strings.HasPrefix(text, "*"):
		return g.parseElem(kindOption, 0, text[1:], depth)
	case strings.HasPrefix(text, "[]"):
		return g.parseElem(kindSlice, 0, text[2:], depth)
	case strings.HasPrefix(text, "map["):
		key, rest, err := g.parsePart(text[4:], depth-1)
		if err != nil || !strings.HasPrefix(rest, "]") {
			return nil, "", fmt.Errorf("type %q is no map: %w", text, err)
		}
		t, rest, err = g.parseElem(kindMap, 0, rest[1:], depth)
		if err == nil {
			t.key = key
		}
		return t, rest, err
	case strings.HasPrefix(text, "["):
		number, rest, ok := strings.Cut(text[1:], "]")
		length, err := strconv.ParseUint(number, 10, 31)
		if !ok || err != nil {
			return nil, "", fmt.Errorf("type %q is no array", text)
		}
		return g.parseElem(kindArray, int(length), rest, depth)
	}
	end := strings.IndexAny(text, "]*[")
	if end < 0 {
		end = len(text)
	}
	t, err = g.named(text[:end])
	return t, text[end:], err
}

func (g *generator) parseElem(kind kind, length int, text string, depth int) (*typ, string, error) {
	elem, rest, err := g.parsePart(text, depth-1)
	return &typ{kind: kind, elem: elem, length: length}, rest, err
}

func (g *generator) named(name string) (*typ, error) {
	if p, ok := primitives[name]; ok {
		return &typ{kind: kindPrimitive, primitive: p}, nil
	}
	if name == "any" {
		return &typ{kind: kindAny}, nil
	}
	if def := g.defs[name]; def != nil {
		return &typ{kind: kindDefined, def: def}, nil
	}
	return nil, fmt.Errorf("the ABI does not define type %q", name)
}
