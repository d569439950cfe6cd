package shim

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// maxNameBytes and maxFields are what a type descriptor can hold.
const (
	maxNameBytes = 255
	maxFields    = 255
)

// maxValueBytes is the largest size of an array: no message is larger.
const maxValueBytes = 1 << 20

// builder makes abiTypes of go/types types and reports those it cannot.
type builder struct {
	reporter
	c     *checked
	docs  map[token.Pos]*ast.CommentGroup // doc comments of types, by the position of the name
	types map[string]*abiType             // by Go expression
}

func newBuilder(c *checked) *builder {
	files := slices.Clone(c.files)
	for _, other := range c.others {
		files = append(files, other.files...)
	}
	return &builder{reporter: reporter{fset: c.fset}, c: c, docs: typeDocs(files), types: map[string]*abiType{}}
}

// try builds t. On failure it returns the problems, which are not reported yet, and
// forgets what it built on the way, because that may refer to what is broken.
func (b *builder) try(t types.Type, pos token.Pos, what string) (*abiType, Problems) {
	known := make(map[string]bool, len(b.types))
	for key := range b.types {
		known[key] = true
	}
	before := b.problems
	b.problems = nil
	built := b.build(t, pos, what)
	if len(b.problems) == 0 {
		b.checkWhole(built)
	}
	problems := b.problems
	b.problems = before
	if len(problems) != 0 {
		for key := range b.types {
			if !known[key] {
				delete(b.types, key)
			}
		}
		return nil, problems
	}
	return built, nil
}

// checkWhole checks what can only be told when a type is complete.
func (b *builder) checkWhole(root *abiType) {
	for _, t := range reachable([]*abiType{root}) {
		switch {
		case t.kind == kindMap && !t.key.isKey():
			b.report(checkType, t.pos, "%s: a map cannot have keys of type %s: only bool, integers, strings, ids, and arrays and structs of those have an order",
				t.what, b.inSource(t.key))
		case t.kind == kindMap && t.key.minBytes(1)+t.elem.minBytes(1) == 0, t.kind == kindSlice && t.elem.minBytes(1) == 0:
			b.report(checkType, t.pos, "%s: type %s is not supported: its elements take no bytes, so there is no telling how many there are",
				t.what, b.inSource(t))
		case t.kind == kindArray && t.minBytes(1) > maxValueBytes:
			b.report(checkType, t.pos, "%s: type %s is not supported: it takes more than %d bytes; use a slice", t.what, b.inSource(t), maxValueBytes)
		}
	}
}

// build returns the abiType of t; it reports problems at pos, about what.
func (b *builder) build(t types.Type, pos token.Pos, what string) *abiType {
	t = types.Unalias(t)
	expr := b.expr(t)
	if known := b.types[expr]; known != nil {
		return known
	}
	built := &abiType{expr: expr}
	b.types[expr] = built // before its parts, which may be recursive
	before := len(b.problems)
	b.fill(built, t, pos, what)
	if len(b.problems) > before && !built.declared() {
		delete(b.types, expr) // to report it wherever it is used
	}
	return built
}

// fill makes built the abiType of t.
func (b *builder) fill(built *abiType, t types.Type, pos token.Pos, what string) {
	expr := built.expr
	switch t := t.(type) {
	case *types.Named:
		b.named(built, t, pos, what)
	case *types.Pointer:
		*built = abiType{kind: kindOption, expr: expr, elem: b.build(t.Elem(), pos, what)}
		built.abi, built.ident = "*"+built.elem.abi, "OptionOf"+built.elem.ident
	case *types.Slice:
		b.slice(built, t, pos, what)
	case *types.Array:
		*built = abiType{kind: kindArray, expr: expr, pos: pos, what: what, length: t.Len()}
		built.elem = b.build(t.Elem(), pos, what)
		built.abi = fmt.Sprintf("[%d]%s", t.Len(), built.elem.abi)
		built.ident = fmt.Sprintf("Array%dOf%s", t.Len(), built.elem.ident)
	case *types.Map:
		b.mapType(built, t, pos, what)
	case *types.Basic:
		for i := range basics {
			if basics[i].expr == expr {
				setPrimitive(built, &basics[i])
				return
			}
		}
		b.unsupported(t, pos, what)
	case *types.Interface:
		if t.Empty() {
			setPrimitive(built, anyType)
			return
		}
		b.unsupported(t, pos, what)
	default:
		b.unsupported(t, pos, what)
	}
}

func setPrimitive(t *abiType, p *primitive) {
	*t = abiType{kind: kindPrimitive, abi: p.abi, expr: p.expr, ident: p.ident, primitive: p}
}

func (b *builder) slice(built *abiType, t *types.Slice, pos token.Pos, what string) {
	if basic, ok := types.Unalias(t.Elem()).(*types.Basic); ok && basic.Kind() == types.Uint8 {
		setPrimitive(built, bytesType)
		return
	}
	*built = abiType{kind: kindSlice, expr: built.expr, pos: pos, what: what, elem: b.build(t.Elem(), pos, what)}
	built.abi, built.ident = "[]"+built.elem.abi, "SliceOf"+built.elem.ident
}

func (b *builder) mapType(built *abiType, t *types.Map, pos token.Pos, what string) {
	*built = abiType{kind: kindMap, expr: built.expr, pos: pos, what: what}
	built.key, built.elem = b.build(t.Key(), pos, what), b.build(t.Elem(), pos, what)
	built.abi = "map[" + built.key.abi + "]" + built.elem.abi
	built.ident = "MapOf" + built.key.ident + "To" + built.elem.ident
}

func (b *builder) named(built *abiType, t *types.Named, pos token.Pos, what string) {
	obj := t.Obj()
	switch {
	case obj.Pkg() == nil:
		b.unsupported(t, pos, what)
		return
	case obj.Pkg() == b.c.core:
		if p := coreTypes[obj.Name()]; p != nil {
			setPrimitive(built, p)
			return
		}
		b.unsupported(t, pos, what)
		return
	case b.alias(obj.Pkg()) == "" && b.isOwn(obj.Pkg()):
		b.report(checkType, pos, "%s: type %s is not supported: its package is internal, and the code that encodes it is outside", what, b.shown(t))
		return
	case b.alias(obj.Pkg()) == "":
		b.report(checkType, pos, "%s: type %s is not supported: it is declared outside of the contract's module", what, b.shown(t))
		return
	case obj.Parent() != obj.Pkg().Scope():
		b.report(checkType, pos, "%s: type %s is not supported: declare it outside of the function", what, obj.Name())
		return
	case t.TypeArgs().Len() != 0 || t.TypeParams().Len() != 0:
		b.report(checkType, pos, "%s: type %s is not supported: it is generic", what, b.shown(t))
		return
	case !obj.Exported():
		b.report(checkType, pos, "%s: type %s is not supported: it is not exported; rename it to %s", what, obj.Name(), exportedName(obj.Name()))
		return
	case reservedNames[obj.Name()]:
		b.report(checkType, pos, "%s: type %s has the name of a type of package core; rename it", what, obj.Name())
		return
	case b.nameTaken(obj.Name(), built.expr):
		b.report(checkType, pos, "%s: type %s has the name of another type of the contract, and the ABI knows types by name; rename it", what, b.shown(t))
		return
	case len(obj.Name()) > maxNameBytes:
		b.report(checkType, pos, "%s: the name of type %s is longer than %d bytes", what, obj.Name(), maxNameBytes)
		return
	}
	*built = abiType{expr: built.expr, abi: obj.Name(), ident: obj.Name(), name: obj.Name(), docs: docText(b.docs[obj.Pos()])}
	b.declare(built, t, pos, what)
}

// declare fills in a type of the contract's own.
func (b *builder) declare(built *abiType, t *types.Named, pos token.Pos, what string) {
	if isCustom(t) {
		built.kind = kindCustom
		return
	}
	switch underlying := t.Underlying().(type) {
	case *types.Struct:
		built.kind = kindStruct
		b.structFields(built, underlying)
	case *types.Interface:
		b.report(checkType, pos, "%s: type %s is not supported: it is an interface; the only one that can be encoded is any", what, built.name)
	case *types.Basic:
		if built.values = enumValues(t); len(built.values) != 0 {
			built.kind = kindEnum
		} else {
			built.kind = kindNamed
		}
		built.elem = b.build(underlying, t.Obj().Pos(), "type "+built.name)
	default:
		built.kind = kindNamed
		built.elem = b.build(underlying, t.Obj().Pos(), "type "+built.name)
	}
}

func (b *builder) structFields(built *abiType, t *types.Struct) {
	if t.NumFields() > maxFields {
		b.report(checkType, t.Field(0).Pos(), "type %s has %d fields; %d are supported", built.name, t.NumFields(), maxFields)
		return
	}
	for i := range t.NumFields() {
		field := t.Field(i)
		what := "field " + built.name + "." + field.Name()
		switch {
		case !field.Exported():
			b.report(checkType, field.Pos(), "%s, of type %s, is not exported, so it cannot be encoded; export it, or give %s methods Encode and Decode",
				what, b.shown(field.Type()), built.name)
		case len(field.Name()) > maxNameBytes:
			b.report(checkType, field.Pos(), "the name of %s is longer than %d bytes", what, maxNameBytes)
		default:
			built.fields = append(built.fields, abiField{field.Name(), b.build(field.Type(), field.Pos(), what)})
		}
	}
}

// unsupported reports a type for which there is no encoding.
func (b *builder) unsupported(t types.Type, pos token.Pos, what string) {
	b.report(checkType, pos, "%s: type %s is not supported%s", what, b.shown(t), unsupportedReason(t))
}

// expr spells t as Go does in the shim. Identical types that can be encoded have
// the same spelling: byte is uint8, and interface{} is any.
func (b *builder) expr(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return types.Typ[t.Kind()].Name()
	case *types.Pointer:
		return "*" + b.expr(t.Elem())
	case *types.Slice:
		return "[]" + b.expr(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), b.expr(t.Elem()))
	case *types.Map:
		return "map[" + b.expr(t.Key()) + "]" + b.expr(t.Elem())
	case *types.Interface:
		if t.Empty() {
			return "any"
		}
	}
	return types.TypeString(t, func(pkg *types.Package) string {
		if alias := b.alias(pkg); alias != "" {
			return alias
		}
		return pkg.Name()
	})
}

// isOwn reports whether a package is of the contract's own module.
func (b *builder) isOwn(pkg *types.Package) bool {
	return pkg == b.c.pkg || slices.ContainsFunc(b.c.others, func(c *checked) bool { return c.pkg == pkg })
}

// alias returns the name under which the shim imports a package of the contract's own
// module; empty for others, and for those that are internal.
func (b *builder) alias(pkg *types.Package) string {
	if pkg == b.c.pkg {
		return contractName
	}
	for i, c := range b.c.others {
		if c.pkg == pkg && !isInternal(c.path) {
			return fmt.Sprintf("part%d", i+1)
		}
	}
	return ""
}

// nameTaken reports whether another type than the one that is spelt so has a name.
func (b *builder) nameTaken(name, expr string) bool {
	for _, known := range b.types {
		if known.name == name && known.expr != expr {
			return true
		}
	}
	return false
}

// inSource spells t as in the contract's source.
func (b *builder) inSource(t *abiType) string {
	text := strings.ReplaceAll(t.expr, contractName+".", "")
	for _, c := range b.c.others {
		if alias := b.alias(c.pkg); alias != "" {
			text = strings.ReplaceAll(text, alias+".", c.pkg.Name()+".")
		}
	}
	return text
}

// shown spells t as in the contract's source.
func (b *builder) shown(t types.Type) string {
	return types.TypeString(t, func(pkg *types.Package) string {
		if pkg == b.c.pkg {
			return ""
		}
		return pkg.Name()
	})
}
