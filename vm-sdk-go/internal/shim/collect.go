package shim

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// storedTypes returns the types, besides the basic ones, that may become a
// self-describing value, sorted: those of the functions' signatures, the named
// types of the package, and those of expressions that the package stores, logs or
// passes to a nested call. For the last a type without an encoding is a problem.
// The other packages of the contract's module are looked at too.
// The events that the package logs and the records that it keeps are found on the way.
func storedTypes(b *builder, functions []*function, contract *types.TypeName) ([]*abiType, []*event, []*record) {
	s := &storing{b: b, found: map[*abiType]bool{}}
	for _, t := range signatureTypes(functions) {
		if fitsDescriptor(t) {
			s.add(t)
		}
	}
	for _, c := range append([]*checked{b.c}, b.c.others...) {
		s.c = c
		for _, file := range c.files {
			ast.Inspect(file, s.visit)
		}
		s.instances()
	}
	s.c = b.c
	for _, name := range b.c.pkg.Scope().Names() {
		if object, ok := b.c.pkg.Scope().Lookup(name).(*types.TypeName); ok && !object.IsAlias() && object != contract && !s.isRecord(object) {
			s.mayStore(object.Type())
		}
	}
	if holdsAny(signatureTypes(functions)) || holdsAny(slices.Collect(maps.Keys(s.found))) {
		s.addOptional()
	}
	var stored []*abiType
	for t := range s.found {
		stored = append(stored, t)
	}
	slices.SortFunc(stored, byIdent)
	return stored, s.sortedEvents(), s.sortedRecords()
}

// isRecord reports whether a type of the package is a record. Those are kept field by
// field; one that is also put into an any is found where that is done.
func (s *storing) isRecord(object *types.TypeName) bool {
	return slices.ContainsFunc(s.records, func(r *record) bool { return r.object == object })
}

func holdsAny(roots []*abiType) bool {
	return slices.ContainsFunc(reachable(roots), func(t *abiType) bool { return t.primitive == anyType })
}

// addOptional adds the optional types, for a contract that others can hand any
// value.
func (s *storing) addOptional() {
	for _, p := range basics {
		if p.optional {
			s.mayStore(types.Universe.Lookup(p.expr).Type())
		}
	}
	for name, p := range coreTypes {
		if p.optional {
			s.mayStore(s.b.c.core.Scope().Lookup(name).Type())
		}
	}
}

func byIdent(a, b *abiType) int {
	if order := strings.Compare(a.ident, b.ident); order != 0 {
		return order
	}
	return strings.Compare(a.abi, b.abi)
}

type storing struct {
	// c is the package that is looked at.
	c      *checked
	b      *builder
	found  map[*abiType]bool
	events []*event
	// records are the structs that package core takes apart.
	records []*record
}

func (s *storing) add(t *abiType) {
	if t.kind != kindPrimitive || t.primitive.optional {
		s.found[t] = true
	}
}

// mayStore adds t if it has an encoding.
func (s *storing) mayStore(t types.Type) {
	if t == nil || isInterfaceOrParam(t) {
		return
	}
	if built, problems := s.b.try(t, token.NoPos, ""); len(problems) == 0 && fitsDescriptor(built) {
		s.add(built)
	}
}

// mustStore adds t, or reports why it has no encoding.
func (s *storing) mustStore(t types.Type, pos token.Pos, what string) {
	if basic, ok := t.(*types.Basic); ok && basic.Kind() == types.UntypedNil {
		return
	}
	if isInterfaceOrParam(t) {
		if named, ok := types.Unalias(t).(*types.Named); ok && !isTypeParam(t) {
			if i := named.Underlying().(*types.Interface); !i.Empty() {
				s.b.report(checkType, pos, "%s: type %s is not supported%s", what, s.b.shown(t), unsupportedReason(t))
			}
		}
		return // what an any holds is only known when it runs
	}
	built, problems := s.b.try(t, pos, what)
	s.b.problems = append(s.b.problems, problems...)
	if len(problems) == 0 {
		if !fitsDescriptor(built) {
			s.b.report(checkType, pos, "%s: the description of type %s takes more than %d bytes or %d levels", what, s.b.shown(t),
				maxDescriptorBytes, maxDescriptorDepth)
			return
		}
		s.add(built)
	}
}

// isOwn reports whether a package is of the contract's own module.
func (s *storing) isOwn(pkg *types.Package) bool {
	if pkg == nil {
		return false
	}
	return pkg == s.b.c.pkg || slices.ContainsFunc(s.b.c.others, func(c *checked) bool { return c.path == pkg.Path() })
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

func isInterfaceOrParam(t types.Type) bool { return types.IsInterface(t) || isTypeParam(t) }

// visit looks for the places where a value becomes an any, or is taken out of one.
func (s *storing) visit(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.CallExpr:
		s.call(node)
	case *ast.CompositeLit:
		s.literal(node)
	case *ast.AssignStmt:
		if len(node.Lhs) == len(node.Rhs) {
			for i, right := range node.Rhs {
				s.converted(s.typeOf(node.Lhs[i]), right)
			}
		} else if len(node.Rhs) == 1 {
			s.spread(node.Rhs[0], func(i int) types.Type { return s.typeOf(node.Lhs[i]) })
		}
	case *ast.ValueSpec:
		if node.Type != nil {
			for _, value := range node.Values {
				s.converted(s.typeOf(node.Type), value)
			}
		}
	case *ast.TypeAssertExpr:
		if node.Type != nil {
			s.asserted(node.X, node.Type)
		}
	case *ast.TypeSwitchStmt:
		s.typeSwitch(node)
	case *ast.FuncDecl:
		if function, ok := s.c.info.Defs[node.Name].(*types.Func); ok && node.Body != nil {
			s.returns(node.Body, function.Signature())
		}
	case *ast.FuncLit:
		if signature, ok := s.typeOf(node).(*types.Signature); ok {
			s.returns(node.Body, signature)
		}
	}
	return true
}

func (s *storing) typeOf(e ast.Expr) types.Type { return s.c.info.TypeOf(e) }

// converted adds the type of value if it is put where an any is wanted.
func (s *storing) converted(want types.Type, value ast.Expr) {
	if want != nil && isAny(want) {
		s.mayStore(s.typeOf(value))
	}
}

func isAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty() && !isTypeParam(t)
}

func (s *storing) literal(literal *ast.CompositeLit) {
	t := s.typeOf(literal)
	if t == nil {
		return
	}
	switch under := t.Underlying().(type) {
	case *types.Slice:
		s.elements(literal, nil, under.Elem())
	case *types.Array:
		s.elements(literal, nil, under.Elem())
	case *types.Map:
		s.elements(literal, under.Key(), under.Elem())
	case *types.Struct:
		for i, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				s.converted(s.typeOf(pair.Key), pair.Value)
				if name, ok := pair.Key.(*ast.Ident); ok {
					if field, ok := s.c.info.Uses[name].(*types.Var); ok {
						s.converted(field.Type(), pair.Value)
					}
				}
			} else if i < under.NumFields() {
				s.converted(under.Field(i).Type(), element)
			}
		}
	}
}

func (s *storing) elements(literal *ast.CompositeLit, key, elem types.Type) {
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key != nil {
				s.converted(key, pair.Key)
			}
			element = pair.Value
		}
		s.converted(elem, element)
	}
}

// asserted adds a type that a value of interface type is expected to have.
func (s *storing) asserted(operand, want ast.Expr) {
	if t := s.typeOf(operand); t != nil && isAny(t) {
		s.mayStore(s.typeOf(want))
	}
}

func (s *storing) typeSwitch(node *ast.TypeSwitchStmt) {
	var assertion ast.Expr
	switch assign := node.Assign.(type) {
	case *ast.ExprStmt:
		assertion = assign.X
	case *ast.AssignStmt:
		assertion = assign.Rhs[0]
	}
	operand := assertion.(*ast.TypeAssertExpr).X
	for _, clause := range node.Body.List {
		for _, want := range clause.(*ast.CaseClause).List {
			if !s.c.info.Types[want].IsNil() {
				s.asserted(operand, want)
			}
		}
	}
}

// returns handles the return statements of one function, not of those inside it.
func (s *storing) returns(body *ast.BlockStmt, signature *types.Signature) {
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(node.Results) == signature.Results().Len() {
				for i, result := range node.Results {
					s.converted(signature.Results().At(i).Type(), result)
				}
			} else if len(node.Results) == 1 {
				s.spread(node.Results[0], func(i int) types.Type { return signature.Results().At(i).Type() })
			}
		}
		return true
	})
}

// spread adds the results of a call with several that are put where an any is wanted.
func (s *storing) spread(call ast.Expr, want func(i int) types.Type) {
	results, ok := s.typeOf(call).(*types.Tuple)
	if !ok {
		return
	}
	for i := range results.Len() {
		if t := want(i); t != nil && isAny(t) {
			s.mayStore(results.At(i).Type())
		}
	}
}

// instances adds the type arguments of generic functions: of core's, which decode
// them, and of the contract's, which may pass them on. They are visited in the order
// of the source, for the sake of messages.
func (s *storing) instances() {
	names := slices.SortedFunc(maps.Keys(s.c.info.Instances), func(a, b *ast.Ident) int { return int(a.Pos() - b.Pos()) })
	for _, name := range names {
		function, ok := s.c.info.Uses[name].(*types.Func)
		if !ok || function.Pkg() != s.b.c.core && !s.isOwn(function.Pkg()) {
			continue
		}
		_, takesRecord := recordFuncs[function.Name()]
		for t := range s.c.info.Instances[name].TypeArgs.Types() {
			switch {
			case function.Pkg() != s.b.c.core:
				s.mayStore(t)
			case takesRecord:
				s.record(t, name.Pos(), function.Name())
			case !plainFuncs[function.Name()]:
				s.mustStore(t, name.Pos(), "type argument of "+function.Name())
			}
		}
	}
}
