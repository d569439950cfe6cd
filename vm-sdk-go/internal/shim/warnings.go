package shim

import (
	"go/ast"
	"go/types"
)

// warner looks at one package of the contract's own module for what can be built and
// is likely a mistake.
type warner struct {
	reporter
	c *checked
}

// warnings returns what is likely a mistake in the packages of the contract's own
// module, and not allowed, and the directives that allow nothing.
func (g *generation) warnings(packages []*checked) Problems {
	var all Problems
	for _, c := range packages {
		w := &warner{reporter: reporter{fset: c.fset}, c: c}
		for _, file := range c.files {
			for _, decl := range file.Decls {
				w.declaration(decl)
			}
		}
		all = append(all, g.allowances[c.path].filter(w.problems.normalised())...)
	}
	r := &reporter{fset: g.fset}
	for _, c := range packages {
		g.allowances[c.path].unused(r)
	}
	return append(all, r.problems...)
}

func (w *warner) declaration(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		w.amountsInSignature(decl.Type)
		if decl.Body == nil {
			return
		}
		if decl.Recv != nil || decl.Name.Name != "init" {
			w.changedGlobals(decl.Body)
		}
		w.ignoredErrors(decl.Body)
		w.floatAmounts(decl.Body)
		w.unboundedLoops(decl.Body)
	case *ast.GenDecl:
		w.amountsInDeclaration(decl)
	}
}

// callee returns the function or method that is called, nil for a function value.
func (c *checked) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch indexed := fun.(type) { // a generic function with its type arguments
	case *ast.IndexExpr:
		fun = indexed.X
	case *ast.IndexListExpr:
		fun = indexed.X
	}
	var name *ast.Ident
	switch fun := fun.(type) {
	case *ast.Ident:
		name = fun
	case *ast.SelectorExpr:
		name = fun.Sel
	default:
		return nil
	}
	callee, _ := c.info.Uses[name].(*types.Func)
	return callee
}

// coreCallee is callee for the functions and methods of package core, nil for others.
func (w *warner) coreCallee(call *ast.CallExpr) *types.Func {
	if callee := w.c.callee(call); callee != nil && callee.Pkg() == w.c.core {
		return callee
	}
	return nil
}
