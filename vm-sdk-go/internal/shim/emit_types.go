package shim

import (
	"fmt"
	"strings"
)

// put returns the statement that writes the value of the expression v.
func (e *emitter) put(t *abiType, v string) string {
	if t.kind == kindPrimitive {
		return fmt.Sprintf(t.primitive.put, v)
	}
	return fmt.Sprintf("encode%s(w, %s)", e.names[t], v)
}

// get returns the expression that reads a value.
func (e *emitter) get(t *abiType) string {
	if t.kind == kindPrimitive {
		return t.primitive.get
	}
	return fmt.Sprintf("decode%s(r)", e.names[t])
}

// leastBytes returns the least size of t, however lengths are written: types that
// an any holds are Borsh in every contract.
func (e *emitter) leastBytes(types ...*abiType) int64 {
	prefix := int64(4)
	if e.c.codec == "scale" {
		prefix = 1
	}
	var sum int64
	for _, t := range types {
		sum += t.minBytes(prefix)
	}
	return max(sum, 1)
}

// storedTypes writes the functions for the contract's types in an any.
func (e *emitter) storedTypes() {
	if len(e.c.stored) == 0 {
		return
	}
	e.line("func init() { codec.Register(encodeAny, decodeAny) }\n")
	e.line("// The descriptors with which values of these types begin in an any.\nconst (")
	for _, t := range e.c.stored {
		e.line("// %s\ntype%s = \"%s\"", t.abi, e.names[t], escaped(descriptor(t)))
	}
	e.line(")\n")
	e.line("func encodeAny(w *wire.Writer, v any) bool {\nswitch v := v.(type) {")
	for _, t := range e.c.stored {
		e.line("case %s:\nw.RawString(type%s)\n%s", t.expr, e.names[t], e.put(t, "v"))
	}
	e.line("default:\nreturn false\n}\nreturn true\n}\n")
	e.line("func decodeAny(r *wire.Reader, descriptor []byte) (any, bool) {\nswitch string(descriptor) {")
	for _, t := range e.c.stored {
		e.line("case type%s:\nreturn %s, true", e.names[t], e.get(t))
	}
	e.line("}\nreturn nil, false\n}\n")
}

// escaped spells bytes in a string literal: letters and digits as they are, so that
// names can be read.
func escaped(data []byte) string {
	var text strings.Builder
	for _, b := range data {
		if b == '_' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' {
			text.WriteByte(b)
		} else {
			fmt.Fprintf(&text, "\\x%02x", b)
		}
	}
	return text.String()
}

// codec writes the function that encodes a type and the one that decodes it.
func (e *emitter) codec(t *abiType) {
	name := e.names[t]
	e.line("func encode%s(w *wire.Writer, v %s) {", name, t.expr)
	e.encodeBody(t)
	e.line("}\n")
	if t.kind == kindEnum || t.kind == kindNamed {
		e.line("func decode%s(r *wire.Reader) %s {\nreturn %s\n}\n", name, t.expr, conversion(t.expr, e.get(t.elem)))
		return
	}
	e.line("func decode%s(r *wire.Reader) (v %s) {", name, t.expr)
	e.decodeBody(t)
	e.line("return v\n}\n")
}

func (e *emitter) encodeBody(t *abiType) {
	switch t.kind {
	case kindEnum, kindNamed:
		e.line("%s", e.put(t.elem, conversion(t.elem.expr, "v")))
		return
	case kindCustom:
		e.line("w.Custom(v.Encode())")
		return
	}
	if t.isByteArray() {
		e.line("w.Raw(v[:])")
		return
	}
	e.line("if !w.Enter() {\nreturn\n}")
	switch t.kind {
	case kindOption:
		e.line("w.Bool(v != nil)\nif v != nil {\n%s\n}", e.put(t.elem, "*v"))
	case kindSlice:
		e.line("w.Count(len(v))\nfor i := range v {\n%s\n}", e.put(t.elem, "v[i]"))
	case kindArray:
		e.line("for i := range v {\n%s\n}", e.put(t.elem, "v[i]"))
	case kindMap:
		e.line("keys := make([]%s, 0, len(v))\nfor key := range v {\nkeys = append(keys, key)\n}", t.key.expr)
		e.line("slices.SortFunc(keys, %s)", e.compareFunc(t.key))
		e.line("w.Count(len(keys))\nfor _, key := range keys {\n%s\n%s\n}", e.put(t.key, "key"), e.put(t.elem, "v[key]"))
	case kindStruct:
		for _, field := range t.fields {
			e.line("%s", e.put(field.typ, "v."+field.name))
		}
	}
	e.line("w.Leave()")
}

func (e *emitter) decodeBody(t *abiType) {
	if t.kind == kindCustom {
		e.line("data := r.Data()\nif r.Err() == nil {\nr.FailWith(v.Decode(data))\n}")
		return
	}
	if t.isByteArray() {
		e.line("r.Fixed(v[:])")
		return
	}
	e.line("if !r.Enter() {\nreturn v\n}")
	switch t.kind {
	case kindOption:
		e.line("if r.Bool() {\nelem := %s\nv = &elem\n}", e.get(t.elem))
	case kindSlice:
		e.line("if n := r.Count(%d); n > 0 {\nv = make(%s, n)\nfor i := range v {\nv[i] = %s\n}\n}",
			e.leastBytes(t.elem), t.expr, e.get(t.elem))
	case kindArray:
		e.line("for i := range v {\nv[i] = %s\n}", e.get(t.elem))
	case kindMap:
		e.line("n := r.Count(%d)\nv = make(%s, n)\nvar last %s", e.leastBytes(t.key, t.elem), t.expr, t.key.expr)
		e.line("for i := range n {\nkey := %s\nif i > 0 {\nr.Ascending(%s)\n}", e.get(t.key), e.compare(t.key, "last", "key"))
		e.line("v[key], last = %s, key\n}", e.get(t.elem))
	case kindStruct:
		for _, field := range t.fields {
			e.line("v.%s = %s", field.name, e.get(field.typ))
		}
	}
	e.line("r.Leave()")
}

// conversion spells a conversion to a type, which may begin with a star.
func conversion(expr, value string) string {
	if expr[0] == '*' {
		expr = "(" + expr + ")"
	}
	return expr + "(" + value + ")"
}

// comparisons writes the functions that order arrays and structs as map keys.
func (e *emitter) comparisons(types []*abiType) {
	keys := map[*abiType]bool{}
	for _, t := range types {
		if t.kind == kindMap {
			for _, part := range reachable([]*abiType{t.key}) {
				keys[part] = true
			}
		}
	}
	for _, t := range types {
		if !keys[t] {
			continue
		}
		switch t.kind {
		case kindStruct:
			e.line("func compare%s(a, b %s) int {", e.names[t], t.expr)
			for _, field := range t.fields {
				e.line("if order := %s; order != 0 {\nreturn order\n}", e.compare(field.typ, "a."+field.name, "b."+field.name))
			}
			e.line("return 0\n}\n")
		case kindArray:
			e.line("func compare%s(a, b %s) int {\nfor i := range a {", e.names[t], t.expr)
			e.line("if order := %s; order != 0 {\nreturn order\n}\n}\nreturn 0\n}\n", e.compare(t.elem, "a[i]", "b[i]"))
		}
	}
}

// compare returns the expression that compares the keys a and b.
func (e *emitter) compare(t *abiType, a, b string) string {
	switch t.kind {
	case kindPrimitive:
		return fmt.Sprintf(t.primitive.compare, a, b)
	case kindEnum, kindNamed:
		return e.compare(t.elem, conversion(t.elem.expr, a), conversion(t.elem.expr, b))
	}
	return fmt.Sprintf("compare%s(%s, %s)", e.names[t], a, b)
}

// compareFunc returns the function that compares keys.
func (e *emitter) compareFunc(t *abiType) string {
	return fmt.Sprintf("func(a, b %s) int { return %s }", t.expr, e.compare(t, "a", "b"))
}
