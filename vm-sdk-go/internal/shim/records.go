package shim

import (
	"cmp"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// record is a struct of the contract's module that package core takes apart or puts
// together: its fields become the fields of an object, or the keys of an event.
type record struct {
	object        *types.TypeName
	name, expr    string
	fields        []recordField
	read, written bool
}

type recordField struct {
	name string // in Go
	key  string // in the object or the event
	typ  *abiType
}

// recordFuncs are the generic functions of core that take a record, by what they do.
var recordFuncs = map[string]struct{ read, written, logged bool }{
	"Load":   {read: true},
	"Read":   {read: true},
	"Save":   {written: true},
	"Write":  {written: true},
	"Create": {written: true},
	"Emit":   {written: true, logged: true},
}

// plainFuncs are the generic functions of core that store nothing.
var plainFuncs = map[string]bool{"Must": true}

// recordTag is the key of the struct tag that names a field.
const recordTag = "govm"

// record adds the struct t, with which a function of core is called.
func (s *storing) record(t types.Type, pos token.Pos, function string) {
	named, structure := s.recordType(t, pos, function)
	if named == nil {
		return
	}
	uses := recordFuncs[function]
	at := slices.IndexFunc(s.records, func(r *record) bool { return r.object == named.Obj() })
	if at < 0 {
		at = len(s.records)
		s.records = append(s.records, &record{object: named.Obj(), name: named.Obj().Name(), expr: s.b.expr(named),
			fields: s.recordFields(named, structure)})
	}
	r := s.records[at]
	r.read, r.written = r.read || uses.read, r.written || uses.written
	if uses.logged {
		s.loggedRecord(r)
	}
}

// recordType returns the struct that t is, or reports why it can be no record.
func (s *storing) recordType(t types.Type, pos token.Pos, function string) (*types.Named, *types.Struct) {
	named, _ := types.Unalias(t).(*types.Named)
	if named == nil || !s.isOwn(named.Obj().Pkg()) || named.Obj().Parent() != named.Obj().Pkg().Scope() || named.TypeArgs().Len() != 0 {
		s.b.report(checkType, pos, "type argument of %s: %s is no struct that the contract's module declares", function, s.b.shown(t))
		return nil, nil
	}
	structure, ok := named.Underlying().(*types.Struct)
	switch object := named.Obj(); {
	case !ok:
		s.b.report(checkType, pos, "type argument of %s: %s is no struct", function, s.b.shown(t))
	case !object.Exported():
		s.b.report(checkType, pos, "type argument of %s: type %s is not exported; rename it to %s", function, object.Name(), exportedName(object.Name()))
	case s.b.alias(object.Pkg()) == "":
		s.b.report(checkType, pos, "type argument of %s: the package of type %s is internal, and the code that reads and writes it is outside", function, s.b.shown(t))
	default:
		return named, structure
	}
	return nil, nil
}

func (s *storing) recordFields(named *types.Named, structure *types.Struct) []recordField {
	var fields []recordField
	keys := map[string]string{}
	for i := range structure.NumFields() {
		field := structure.Field(i)
		what := "field " + named.Obj().Name() + "." + field.Name()
		if !field.Exported() {
			s.b.report(checkType, field.Pos(), "%s is not exported, so it cannot be kept; export it", what)
			continue
		}
		key := field.Name()
		if tag, ok := reflect.StructTag(structure.Tag(i)).Lookup(recordTag); ok {
			key = tag
		}
		switch {
		case key == "" || len(key) > maxNameBytes:
			s.b.report(checkType, field.Pos(), "%s: the name in its tag has 1 to %d bytes", what, maxNameBytes)
			continue
		case keys[key] != "":
			s.b.report(checkType, field.Pos(), "%s has the name %s, as has field %s", what, key, keys[key])
			continue
		}
		keys[key] = field.Name()
		built, problems := s.b.try(field.Type(), field.Pos(), what)
		s.b.problems = append(s.b.problems, problems...)
		if len(problems) == 0 {
			s.add(built)
			fields = append(fields, recordField{field.Name(), key, built})
		}
	}
	return fields
}

// loggedRecord adds the event that a record is.
func (s *storing) loggedRecord(r *record) {
	at := slices.IndexFunc(s.events, func(e *event) bool { return e.name == r.name })
	if at < 0 {
		at = len(s.events)
		s.events = append(s.events, &event{name: r.name})
	}
	for _, field := range r.fields {
		s.events[at].add(field.key, field.typ, s.anyType())
	}
}

// sortedRecords returns the records by name, those of one name by package.
func (s *storing) sortedRecords() []*record {
	slices.SortFunc(s.records, func(a, b *record) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.expr, b.expr))
	})
	return s.records
}

// records writes the functions that package record calls.
func (e *emitter) records() {
	if len(e.c.records) == 0 {
		return
	}
	e.line("func init() { record.Register(readRecord, recordParts) }\n")
	e.line("func readRecord(object, target any) (bool, error) {")
	if slices.ContainsFunc(e.c.records, func(r *record) bool { return r.read && len(r.fields) > 0 }) {
		e.line("obj, err := object.(core.Object), error(nil)")
	}
	e.recordCases("target", "*", func(r *record) bool { return r.read }, func(r *record) {
		for _, field := range r.fields {
			e.line("if v.%s, err = core.Get[%s](obj, %s); err != nil {\nreturn true, err\n}", field.name, field.typ.expr, strconv.Quote(field.key))
		}
		e.line("return true, nil")
	})
	e.line("return false, nil\n}\n")
	e.line("func recordParts(value any) (string, []any) {")
	e.recordCases("value", "", func(r *record) bool { return r.written }, func(r *record) {
		var pairs []string
		for _, field := range r.fields {
			pairs = append(pairs, strconv.Quote(field.key), "v."+field.name)
		}
		e.line("return %q, []any{%s}", r.name, strings.Join(pairs, ", "))
	})
	e.line("return \"\", nil\n}\n")
}

// recordCases writes a type switch over those records that are wanted.
func (e *emitter) recordCases(operand, star string, wanted func(*record) bool, body func(*record)) {
	named := slices.ContainsFunc(e.c.records, func(r *record) bool { return wanted(r) && len(r.fields) > 0 })
	if named {
		e.line("switch v := %s.(type) {", operand)
	} else {
		e.line("switch %s.(type) {", operand)
	}
	for _, r := range e.c.records {
		if !wanted(r) {
			continue
		}
		e.line("case %s%s:", star, r.expr)
		body(r)
	}
	e.line("}")
}
