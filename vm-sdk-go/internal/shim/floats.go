package shim

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
	"unicode"
)

// amountWords are what names of amounts are made of.
var amountWords = []string{
	"allowance", "amount", "balance", "bid", "cost", "deposit", "fee", "fund", "funds", "payment", "payout", "price",
	"refund", "reward", "stake", "supply",
}

const floatWhy = "floating-point numbers round: above 2^53 not even whole numbers are exact, and sums depend on their order; " +
	"count in the smallest unit with uint64, core.U128 or core.U256"

// amountsInSignature warns of parameters and results that are amounts by their names
// and floats by their types.
func (w *warner) amountsInSignature(signature *ast.FuncType) {
	w.amountFields(signature.Params)
	w.amountFields(signature.Results)
}

// amountsInDeclaration warns of fields and package variables that are amounts by
// their names and floats by their types.
func (w *warner) amountsInDeclaration(decl *ast.GenDecl) {
	ast.Inspect(decl, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.StructType:
			w.amountFields(node.Fields)
		case *ast.ValueSpec:
			for _, name := range node.Names {
				w.amountName(name)
			}
		}
		return true
	})
}

func (w *warner) amountFields(fields *ast.FieldList) {
	if fields == nil {
		return
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			w.amountName(name)
		}
	}
}

func (w *warner) amountName(name *ast.Ident) {
	object := w.c.info.Defs[name]
	if object == nil || !isFloat(object.Type()) || !isAmount(name.Name) {
		return
	}
	w.warn(checkFloat, name, name.Name+" is an amount and a "+object.Type().Underlying().String(), floatWhy)
}

// floatAmounts warns of variables that are amounts by their names, and of amounts
// that become floats or are made of them.
func (w *warner) floatAmounts(body *ast.BlockStmt) {
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Ident:
			if variable, ok := w.c.info.Defs[node].(*types.Var); ok && !variable.IsField() {
				w.amountName(node)
			}
		case *ast.CallExpr:
			w.floatCall(node)
		case *ast.KeyValueExpr:
			if name, ok := node.Key.(*ast.Ident); ok {
				if field, ok := w.c.info.Uses[name].(*types.Var); ok && field.IsField() && field.Pkg() == w.c.core {
					w.madeOfFloat(node.Value, "the "+strings.ToLower(name.Name)+" of a call")
				}
			}
		}
		return true
	})
}

// floatCall warns of a conversion of an amount of the ledger to a float, and of
// arguments of core that are converted from one.
func (w *warner) floatCall(call *ast.CallExpr) {
	if w.c.info.Types[call.Fun].IsType() {
		inner, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr)
		if !ok || !isFloat(w.c.info.TypeOf(call.Fun)) {
			return
		}
		if callee := w.coreCallee(inner); callee != nil && (callee.Name() == "Value" || callee.Name() == "Balance") {
			w.warn(checkFloat, call, "the amount of "+callee.Name()+" becomes a floating-point number", floatWhy)
		}
		return
	}
	if callee := w.coreCallee(call); callee != nil && callee.Name() == "Transfer" {
		for _, arg := range call.Args {
			w.madeOfFloat(arg, "the amount of a transfer")
		}
	}
}

// madeOfFloat warns if an expression has a conversion from a float in it.
func (w *warner) madeOfFloat(e ast.Expr, what string) {
	ast.Inspect(e, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || !w.c.info.Types[call.Fun].IsType() {
			return true
		}
		operand := w.c.info.Types[call.Args[0]]
		if isInteger(w.c.info.TypeOf(call.Fun)) && isFloat(operand.Type) && operand.Value == nil {
			w.warn(checkFloat, call, what+" is made of a floating-point number", floatWhy)
			return false
		}
		return true
	})
}

// isAmount reports whether a name says that it is an amount: one of its words does.
func isAmount(name string) bool {
	return slices.ContainsFunc(words(name), func(word string) bool { return slices.Contains(amountWords, word) })
}

// words splits a name like totalSupply or total_supply, in lower case.
func words(name string) []string {
	var all []string
	start := 0
	runes := []rune(name)
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || runes[i] == '_' || unicode.IsUpper(runes[i]) && !unicode.IsUpper(runes[i-1]) {
			all = append(all, strings.ToLower(strings.Trim(string(runes[start:i]), "_")))
			start = i
		}
	}
	return all
}

func isFloat(t types.Type) bool { return isBasic(t, types.IsFloat) }

func isInteger(t types.Type) bool { return isBasic(t, types.IsInteger) }

func isBasic(t types.Type, info types.BasicInfo) bool {
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&info != 0
}
