package shim

import (
	"go/ast"
	"go/token"
	"go/types"
)

// changedGlobals warns of package variables that a function changes.
func (w *warner) changedGlobals(body *ast.BlockStmt) {
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			if node.Tok != token.DEFINE {
				for _, left := range node.Lhs {
					w.changed(left)
				}
			}
		case *ast.IncDecStmt:
			w.changed(node.X)
		case *ast.RangeStmt:
			if node.Tok == token.ASSIGN {
				w.changed(node.Key)
				w.changed(node.Value)
			}
		case *ast.CallExpr:
			if name, ok := ast.Unparen(node.Fun).(*ast.Ident); ok && len(node.Args) > 0 {
				if builtin, ok := w.c.info.Uses[name].(*types.Builtin); ok && (builtin.Name() == "delete" || builtin.Name() == "clear" || builtin.Name() == "copy") {
					w.changed(node.Args[0])
				}
			}
		}
		return true
	})
}

// changed warns if an expression that is assigned to is a package variable or a part
// of one.
func (w *warner) changed(left ast.Expr) {
	variable := w.packageVariable(left)
	if variable == nil {
		return
	}
	w.warn(checkGlobal, left, "package variable "+variable.Name()+" is changed by a call",
		"every call starts from the package as it was initialised, so the change is lost when the call ends; "+
			"keep what must last in a field of an object")
}

// packageVariable returns the package variable that an expression is, or is a part of.
func (w *warner) packageVariable(e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SelectorExpr:
			if variable := w.asPackageVariable(x.Sel); variable != nil {
				return variable
			}
			e = x.X
		case *ast.Ident:
			return w.asPackageVariable(x)
		default:
			return nil
		}
	}
}

func (w *warner) asPackageVariable(name *ast.Ident) *types.Var {
	variable, ok := w.c.info.Uses[name].(*types.Var)
	if !ok || variable.IsField() || variable.Pkg() == nil || variable.Parent() != variable.Pkg().Scope() {
		return nil
	}
	return variable
}
