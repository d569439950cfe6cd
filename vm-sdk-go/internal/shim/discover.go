package shim

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// discover returns the struct that is the contract, nil if the package's functions
// are, and the exported methods or functions, sorted by name.
//
// The contract is the exported struct that has an exported method whose first
// parameter is a core.Context; a struct that another such struct embeds is part of
// that one. If none has, it is the package's exported functions.
// If there are none either, it is the only exported struct with exported methods.
//
// A struct that the directive //govm:contract marks is the contract whatever else
// there is.
func discover(c *checked, m *marks, docs map[token.Pos]*ast.CommentGroup, r *reporter) (*types.TypeName, []*types.Func) {
	var marked, withContext, withMethods []*types.TypeName
	for _, name := range c.pkg.Scope().Names() {
		object, ok := c.pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || !isContractStruct(object) {
			continue
		}
		if m.claim(docs[object.Pos()], directiveContract) {
			marked = append(marked, object)
		}
		methods := contractMethods(c, object)
		if len(methods) > 0 {
			withMethods = append(withMethods, object)
		}
		if slices.ContainsFunc(methods, func(f *types.Func) bool { return takesContext(c, f) }) {
			withContext = append(withContext, object)
		}
	}
	withContext = outermost(withContext)
	if len(marked) != 0 {
		withContext = marked
	} else if len(withContext) == 0 {
		if functions := exportedFunctions(c); len(functions) > 0 {
			return nil, functions
		}
		withContext = outermost(withMethods)
	}
	switch len(withContext) {
	case 0:
		r.report(checkContract, c.files[0].Name.Pos(), "package %s has no exported function: a contract exports methods of one exported struct, or functions", c.pkg.Name())
		return nil, nil
	case 1:
		methods := contractMethods(c, withContext[0])
		if len(methods) == 0 {
			r.report(checkContract, withContext[0].Pos(), "type %s is marked as the contract and has no exported method", withContext[0].Name())
		}
		return withContext[0], methods
	}
	slices.SortFunc(withContext, func(a, b *types.TypeName) int { return cmp.Compare(a.Pos(), b.Pos()) })
	r.report(checkContract, withContext[1].Pos(), "types %s could both be the contract; a package has one: "+
		"mark it with %s, or unexport the other, or its methods", namesOf(withContext), directiveContract)
	return nil, nil
}

// outermost returns the structs that no other of them embeds.
func outermost(objects []*types.TypeName) []*types.TypeName {
	inner := map[types.Object]bool{}
	for _, object := range objects {
		embedded(object.Type(), inner)
	}
	return slices.DeleteFunc(slices.Clone(objects), func(object *types.TypeName) bool { return inner[object] })
}

// embedded adds the types that the struct t embeds, at any depth, to found.
func embedded(t types.Type, found map[types.Object]bool) {
	under, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for field := range under.Fields() {
		inner := field.Type()
		if pointer, ok := types.Unalias(inner).(*types.Pointer); ok {
			inner = pointer.Elem()
		}
		named, ok := types.Unalias(inner).(*types.Named)
		if field.Embedded() && ok && !found[named.Obj()] {
			found[named.Obj()] = true
			embedded(named, found)
		}
	}
}

func namesOf(objects []*types.TypeName) string {
	names := make([]string, len(objects))
	for i, object := range objects {
		names[i] = object.Name()
	}
	return strings.Join(names, " and ")
}

func isContractStruct(object *types.TypeName) bool {
	if !object.Exported() || object.IsAlias() {
		return false
	}
	_, ok := object.Type().Underlying().(*types.Struct)
	return ok
}

// contractMethods returns the exported methods of a struct that are written in the
// contract's package, promoted ones too, sorted by name. The methods with which a
// custom type encodes itself do not count.
func contractMethods(c *checked, object *types.TypeName) []*types.Func {
	var methods []*types.Func
	for selection := range types.NewMethodSet(types.NewPointer(object.Type())).Methods() {
		method := selection.Obj().(*types.Func)
		if method.Exported() && method.Pkg() == c.pkg && !encodesCustom(method) {
			methods = append(methods, method)
		}
	}
	slices.SortFunc(methods, func(a, b *types.Func) int { return strings.Compare(a.Name(), b.Name()) })
	return methods
}

// encodesCustom reports whether method is Encode or Decode of a custom type.
func encodesCustom(method *types.Func) bool {
	if name := method.Name(); name != "Encode" && name != "Decode" {
		return false
	}
	receiver := method.Signature().Recv().Type()
	if pointer, ok := receiver.(*types.Pointer); ok {
		receiver = pointer.Elem()
	}
	named, ok := types.Unalias(receiver).(*types.Named)
	return ok && isCustom(named)
}

func exportedFunctions(c *checked) []*types.Func {
	var functions []*types.Func
	for _, name := range c.pkg.Scope().Names() { // sorted
		if function, ok := c.pkg.Scope().Lookup(name).(*types.Func); ok && function.Exported() {
			functions = append(functions, function)
		}
	}
	return functions
}

func takesContext(c *checked, function *types.Func) bool {
	params := function.Signature().Params()
	return params.Len() > 0 && isContext(c, params.At(0).Type())
}

func isContext(c *checked, t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() == c.core && named.Obj().Name() == "Context"
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}
