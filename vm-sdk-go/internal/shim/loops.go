package shim

import (
	"go/ast"
	"go/token"
	"go/types"
)

const loopWhy = "it gets longer as the collection grows, until no gas limit is enough and the function cannot be called any more; " +
	"take a part at a time, from where and how many given as arguments"

// loopWatch looks at the loops of one function.
type loopWatch struct {
	*warner
	// stored are the variables whose values come from fields of objects.
	stored map[types.Object]bool
}

// unboundedLoops warns of loops that go over all of a stored collection.
func (w *warner) unboundedLoops(body *ast.BlockStmt) {
	l := &loopWatch{w, map[types.Object]bool{}}
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			l.assigned(node.Lhs, node.Rhs)
		case *ast.ValueSpec:
			left := make([]ast.Expr, len(node.Names))
			for i, name := range node.Names {
				left[i] = name
			}
			l.assigned(left, node.Values)
		case *ast.RangeStmt:
			if l.isStored(node.X) {
				l.warnLoop(node, node.X, "the loop goes over all of a stored collection")
			}
		case *ast.ForStmt:
			l.forLoop(node)
		}
		return true
	})
}

// assigned notes the variables that are given what is stored.
func (l *loopWatch) assigned(left, right []ast.Expr) {
	for i, value := range right {
		name, ok := left[i].(*ast.Ident)
		if !ok {
			continue
		}
		object := l.c.info.Defs[name]
		if object == nil {
			object = l.c.info.Uses[name]
		}
		if object != nil {
			l.stored[object] = l.isStored(value)
		}
	}
}

// isStored reports whether a value comes from a field of an object.
func (l *loopWatch) isStored(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return l.stored[l.c.info.Uses[e]]
	case *ast.SelectorExpr:
		return l.isStored(e.X)
	case *ast.IndexExpr:
		return l.isStored(e.X)
	case *ast.StarExpr:
		return l.isStored(e.X)
	case *ast.TypeAssertExpr:
		return l.isStored(e.X)
	case *ast.BinaryExpr:
		return l.isStored(e.X) || l.isStored(e.Y)
	case *ast.CallExpr:
		return l.callIsStored(e)
	}
	return false
}

func (l *loopWatch) callIsStored(call *ast.CallExpr) bool {
	if l.c.info.Types[call.Fun].IsType() || l.isLen(call) {
		return l.isStored(call.Args[0])
	}
	callee := l.coreCallee(call)
	if callee == nil {
		return false
	}
	switch callee.Name() {
	case "Get", "GetOr", "Load", "Read":
		return true
	case "Must":
		return l.isStored(call.Args[0])
	case "Len": // of a collection on an object
		return callee.Signature().Recv() != nil
	}
	return false
}

func (l *loopWatch) isLen(call *ast.CallExpr) bool {
	name, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	builtin, ok := l.c.info.Uses[name].(*types.Builtin)
	return ok && builtin.Name() == "len"
}

// forLoop warns of a loop that ends at a stored number, and of one that reads page
// after page until there is no more.
func (l *loopWatch) forLoop(loop *ast.ForStmt) {
	if loop.Init != nil {
		if assign, ok := loop.Init.(*ast.AssignStmt); ok {
			l.assigned(assign.Lhs, assign.Rhs)
		}
	}
	switch kind := l.condition(loop.Cond); {
	case kind == endsAtStored:
		l.warnLoop(loop, loop.Cond, "the loop goes over all of a stored collection")
	case kind == endsSomehow && l.readsPages(loop.Body):
		l.warnLoop(loop, nil, "the loop reads pages until there are no more")
	}
}

// How a loop ends, from what is worst to what is best.
type ending int

const (
	endsSomehow  ending = iota
	endsAtStored        // at a number that is stored
	endsAtGiven         // at a number that is not
)

func (l *loopWatch) condition(e ast.Expr) ending {
	binary, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok {
		return endsSomehow
	}
	switch binary.Op {
	case token.LAND:
		return max(l.condition(binary.X), l.condition(binary.Y))
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if l.isStored(binary.X) || l.isStored(binary.Y) {
			return endsAtStored
		}
		return endsAtGiven
	}
	return endsSomehow
}

// readsPages reports whether statements read a page of objects, of fields or of a collection.
func (l *loopWatch) readsPages(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			if callee := l.coreCallee(call); callee != nil {
				switch callee.Name() {
				case "ListObjects", "ListObjectsWithOwner", "Fields", "Keys", "Members", "Page":
					found = true
				}
			}
		}
		return !found
	})
	return found
}

// warnLoop warns of a loop; at is what it goes over, if that is one expression.
func (l *loopWatch) warnLoop(loop ast.Node, at ast.Expr, text string) {
	before := len(l.problems)
	l.warn(checkLoop, loop, text, loopWhy)
	if at != nil && len(l.problems) > before {
		// The place is the loop's, so that a directive above it is about it; what is marked ends with at.
		if end := l.c.fset.Position(at.End()); end.Line == l.problems[before].Pos.Line {
			l.problems[before].EndColumn = end.Column
		}
	}
}
