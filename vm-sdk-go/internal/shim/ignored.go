package shim

import (
	"go/ast"
	"go/types"
	"strings"
)

// ignoredErrors warns of calls that change the ledger, or call another contract, and
// whose error nobody looks at.
func (w *warner) ignoredErrors(body *ast.BlockStmt) {
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ExprStmt:
			w.ignored(node.X)
		case *ast.DeferStmt:
			w.ignored(node.Call)
		case *ast.GoStmt:
			w.ignored(node.Call)
		case *ast.AssignStmt:
			if last, ok := node.Lhs[len(node.Lhs)-1].(*ast.Ident); ok && last.Name == "_" && len(node.Rhs) == 1 {
				w.ignored(node.Rhs[0])
			}
		}
		return true
	})
}

func (w *warner) ignored(e ast.Expr) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return
	}
	callee := w.coreCallee(call)
	if callee == nil || !returnsError(callee) || reads(callee.Name()) {
		return
	}
	w.warn(checkIgnored, call, "the error of "+callee.Name()+" is ignored",
		"if it is refused the call goes on as if it had been done, and what was done before stays; return the error")
}

func returnsError(function *types.Func) bool {
	results := function.Signature().Results()
	return results.Len() > 0 && isError(results.At(results.Len()-1).Type())
}

// reads reports whether a function of core only reads, by its name: an error means
// that there is nothing, which a contract may take for an answer.
func reads(name string) bool {
	for _, prefix := range []string{"Get", "List", "Fields", "Load", "Read", "Decode", "Parse", "Has", "Len", "Keys", "Members", "Page"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
