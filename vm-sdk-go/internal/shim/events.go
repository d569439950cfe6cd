package shim

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// event is what the contract's source tells of an event: its name, and the keys and
// types of the values that calls of Log give it, in the order of the source.
type event struct {
	name   string
	fields []parameter
}

// logged adds what a call of Log with its pairs spelled out tells of an event. Names
// and keys that are only known when the contract runs are left out.
func (s *storing) logged(call *ast.CallExpr) {
	if len(call.Args) == 0 {
		return
	}
	name, known := s.text(call.Args[0], "the event's name")
	if !known {
		return
	}
	at := slices.IndexFunc(s.events, func(e *event) bool { return e.name == name })
	if at < 0 {
		at = len(s.events)
		s.events = append(s.events, &event{name: name})
	}
	for i := 1; i+1 < len(call.Args); i += 2 {
		if key, known := s.text(call.Args[i], "the key"); known {
			s.events[at].add(key, s.loggedType(call.Args[i+1]), s.anyType())
		}
	}
}

// add adds a field. One that calls give values of several types is an any.
func (e *event) add(name string, typ, anyType *abiType) {
	for i, field := range e.fields {
		if field.name == name {
			if field.typ != typ {
				e.fields[i].typ = anyType
			}
			return
		}
	}
	e.fields = append(e.fields, parameter{name, typ})
}

// text returns the value of a constant string; what is what it is used for.
func (s *storing) text(arg ast.Expr, what string) (string, bool) {
	value := s.c.info.Types[arg].Value
	if value == nil || value.Kind() != constant.String {
		return "", false
	}
	text := constant.StringVal(value)
	if len(text) > maxNameBytes {
		s.b.report(checkEvent, arg.Pos(), "argument of Log: %s is longer than %d bytes", what, maxNameBytes)
		return "", false
	}
	return text, true
}

// loggedType returns the type of a value that is logged: any if only running tells.
func (s *storing) loggedType(arg ast.Expr) *abiType {
	t := s.typeOf(arg)
	if basic, ok := t.(*types.Basic); ok && basic.Kind() == types.UntypedNil || isInterfaceOrParam(t) {
		return s.anyType()
	}
	built, problems := s.b.try(t, token.NoPos, "")
	if len(problems) != 0 { // reported already
		return s.anyType()
	}
	return built
}

func (s *storing) anyType() *abiType {
	return s.b.build(types.Universe.Lookup("any").Type(), token.NoPos, "")
}

// sortedEvents returns the events by name.
func (s *storing) sortedEvents() []*event {
	slices.SortFunc(s.events, func(a, b *event) int { return strings.Compare(a.name, b.name) })
	return s.events
}
