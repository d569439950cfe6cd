package bindgen

import (
	"fmt"
	"slices"
)

// get returns the expression that reads a value from r.
func (g *generator) get(t *typ) (string, error) {
	switch {
	case t.kind == kindPrimitive:
		if name, ok := helperOf[t.primitive.get]; ok {
			g.helpers[name] = true
			return g.own("read"+name) + "(r)", nil
		}
		return t.primitive.get, nil
	case t.kind == kindDefined && t.def.Kind == "custom":
		return g.expr(t) + "(r.Data())", nil
	}
	name := g.decoderName(t)
	if g.decoders[name] == nil {
		g.decoders[name] = t
		for _, part := range g.parts(t) {
			if _, err := g.get(part); err != nil { // so that it gets a function too
				return "", err
			}
		}
	}
	return name + "(r)", nil
}

// readable reports whether a value can be read: no part of it is an any.
func (g *generator) readable(t *typ, within ...*definition) bool {
	if t.kind == kindAny {
		return false
	}
	if t.kind == kindDefined {
		if slices.Contains(within, t.def) {
			return true
		}
		within = append(within, t.def)
	}
	for _, part := range g.parts(t) {
		if !g.readable(part, within...) {
			return false
		}
	}
	return true
}

// parts returns the types that a type is made of. Those that cannot be parsed are
// reported where the type is defined.
func (g *generator) parts(t *typ) []*typ {
	var parts []*typ
	add := func(text string) {
		if part, err := g.parse(text); err == nil {
			parts = append(parts, part)
		}
	}
	switch {
	case t.kind != kindDefined:
		for _, part := range []*typ{t.key, t.elem} {
			if part != nil {
				parts = append(parts, part)
			}
		}
	case t.def.Kind == "struct":
		for _, field := range t.def.Fields {
			add(field.Type)
		}
	case t.def.Kind == "enum":
		add(t.def.Base)
	case t.def.Kind == "named":
		add(t.def.Type)
	}
	return parts
}

// decoderName names the function that reads a type.
func (g *generator) decoderName(t *typ) string {
	return g.own("read" + g.ident(t))
}

// own is the name of an unexported function, with the client's prefix.
func (g *generator) own(name string) string { return lower(g.cfg.Prefix) + name }

func lower(name string) string {
	if name == "" {
		return ""
	}
	return "client" + name
}

func (g *generator) ident(t *typ) string {
	switch t.kind {
	case kindOption:
		return "OptionOf" + g.ident(t.elem)
	case kindSlice:
		return "SliceOf" + g.ident(t.elem)
	case kindArray:
		return fmt.Sprintf("Array%dOf%s", t.length, g.ident(t.elem))
	case kindMap:
		return "MapOf" + g.ident(t.key) + "To" + g.ident(t.elem)
	case kindDefined:
		return "Type" + t.def.Name
	case kindAny:
		return "Any"
	}
	for name, p := range primitives {
		if p == t.primitive {
			return "Plain" + name
		}
	}
	return ""
}

// writeDecoders writes the functions that read types with parts.
func (g *generator) writeDecoders() error {
	for _, name := range sortedKeys(g.decoders) {
		t := g.decoders[name]
		if t.kind == kindDefined && t.def.Kind != "struct" {
			get, err := g.get(g.parts(t)[0])
			if err != nil {
				return err
			}
			g.line("\nfunc %s(r *wire.Reader) %s { return %s(%s) }", name, g.expr(t), g.expr(t), get)
			continue
		}
		g.line("\nfunc %s(r *wire.Reader) (v %s) {\nif !r.Enter() {\nreturn v\n}", name, g.expr(t))
		if err := g.decodeBody(t); err != nil {
			return err
		}
		g.line("r.Leave()\nreturn v\n}")
	}
	return nil
}

func (g *generator) decodeBody(t *typ) error {
	var gets []string
	for _, part := range g.parts(t) {
		get, err := g.get(part)
		if err != nil {
			return err
		}
		gets = append(gets, get)
	}
	last := ""
	if len(gets) > 0 {
		last = gets[len(gets)-1]
	}
	switch t.kind {
	case kindOption:
		g.line("if r.Bool() {\nelem := %s\nv = &elem\n}", last)
	case kindSlice:
		g.line("if n := r.Count(%d); n > 0 {\nv = make(%s, n)\nfor i := range v {\nv[i] = %s\n}\n}", g.leastBytes(t.elem), g.expr(t), last)
	case kindArray:
		g.line("for i := range v {\nv[i] = %s\n}", last)
	case kindMap:
		g.line("n := r.Count(%d)\nv = make(%s, n)\nfor range n {\nkey := %s\nv[key] = %s\n}",
			max(1, g.least(t.key, nil)+g.least(t.elem, nil)), g.expr(t), gets[0], last)
	default:
		for i, field := range t.def.Fields {
			g.line("v.%s = %s", field.Name, gets[i])
		}
	}
	return nil
}

// leastBytes returns the least size of a value, at least 1.
func (g *generator) leastBytes(t *typ) int { return max(1, g.least(t, nil)) }

// least returns the least size of a value; within holds the types that it is inside
// of, which end at an option or a list.
func (g *generator) least(t *typ, within []*definition) int {
	prefix := 4
	if g.Codec == "scale" {
		prefix = 1
	}
	switch t.kind {
	case kindPrimitive:
		if t.primitive.bytes < 0 {
			return prefix
		}
		return t.primitive.bytes
	case kindOption, kindAny:
		return 1
	case kindSlice, kindMap:
		return prefix
	case kindArray:
		return min(t.length*g.least(t.elem, within), maxLeastBytes)
	}
	if t.def.Kind == "custom" {
		return prefix
	}
	if slices.Contains(within, t.def) {
		return 0
	}
	sum := 0
	for _, part := range g.parts(t) {
		sum = min(sum+g.least(part, append(within, t.def)), maxLeastBytes)
	}
	return sum
}

// maxLeastBytes bounds the least size of a value: no message is larger.
const maxLeastBytes = 1 << 20

// helperOf names the helper of an expression that reads a type of core.
var helperOf = map[string]string{
	"readAddress(r)": "Address", "readObjectID(r)": "ObjectID", "readHash(r)": "Hash", "readU128(r)": "U128", "readU256(r)": "U256",
}

// writeHelpers writes what reads the types of core.
func (g *generator) writeHelpers() {
	for _, name := range sortedKeys(g.helpers) {
		g.line("\nfunc %s(r *wire.Reader) (v core.%s) {", g.own("read"+name), name)
		switch name {
		case "U128":
			g.line("return core.U128FromLimbs([2]uint64{r.Uint64(), r.Uint64()})\n}")
		case "U256":
			g.line("return core.U256FromLimbs([4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()})\n}")
		default:
			g.line("r.Fixed(v[:])\nreturn v\n}")
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
