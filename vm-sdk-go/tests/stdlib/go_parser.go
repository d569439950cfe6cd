package stdlib

import (
	"go/ast"
	"go/parser"
)

// GoParser uses package go/parser.
func GoParser() string {
	e, err := parser.ParseExpr("a + b*c")
	if err != nil {
		return err.Error()
	}
	return e.(*ast.BinaryExpr).Op.String()
}
