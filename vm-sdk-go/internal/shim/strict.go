package shim

import (
	"go/ast"
	"go/token"
)

// strictWhy is the reason of the strict profile.
const strictWhy = "the strict profile has none of them, though the VM makes them deterministic; build without --strict to use it"

// strictProfile reports the statements that the strict profile leaves out: go, select,
// channels, and recover.
func strictProfile(src *source) Problems {
	r := &reporter{fset: src.fset}
	report := func(pos token.Pos, what string) {
		r.add(Problem{Pos: src.fset.Position(pos), Check: checkStrict, Text: what + " is not allowed in a strict contract", Why: strictWhy})
	}
	for _, file := range src.files {
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				report(node.Go, "a go statement")
			case *ast.SelectStmt:
				report(node.Select, "a select statement")
			case *ast.ChanType:
				report(node.Begin, "a channel")
			case *ast.SendStmt:
				report(node.Arrow, "a send statement")
			case *ast.UnaryExpr:
				if node.Op == token.ARROW {
					report(node.OpPos, "a receive operation")
				}
			case *ast.CallExpr:
				if name, ok := ast.Unparen(node.Fun).(*ast.Ident); ok && name.Name == "recover" {
					report(name.Pos(), "recover")
				}
			}
			return true
		})
	}
	return r.problems
}
