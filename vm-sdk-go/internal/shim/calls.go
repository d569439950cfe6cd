package shim

import (
	"go/ast"
	"go/types"
)

// call handles the arguments that a call converts to any: those of the methods of
// core that encode them must have an encoding; of others, only functions of the
// contract can pass them on.
func (s *storing) call(call *ast.CallExpr) {
	info := s.c.info
	signature, ok := s.typeOf(call.Fun).(*types.Signature)
	if !ok { // a conversion or a built-in function such as append
		if info.Types[call.Fun].IsType() && len(call.Args) == 1 {
			s.converted(s.typeOf(call.Fun), call.Args[0])
		}
		return
	}
	callee := s.c.callee(call)
	encodes := callee != nil && callee.Pkg() == s.b.c.core && callee.Signature().Recv() != nil
	if callee != nil && !encodes && !s.b.isOwn(callee.Pkg()) {
		return
	}
	for i, arg := range call.Args {
		want := parameterType(signature, i, call.Ellipsis.IsValid())
		if want == nil || !isAny(want) {
			continue
		}
		if encodes {
			s.mustStore(s.typeOf(arg), arg.Pos(), "argument of "+callee.Name())
		} else {
			s.mayStore(s.typeOf(arg))
		}
	}
	if encodes && callee.Name() == "Log" && !call.Ellipsis.IsValid() {
		s.checkLog(call)
		s.logged(call)
	}
}

func parameterType(signature *types.Signature, i int, spread bool) types.Type {
	params := signature.Params()
	if signature.Variadic() && i >= params.Len()-1 {
		last := params.At(params.Len() - 1).Type()
		if spread {
			return last
		}
		if slice, ok := last.Underlying().(*types.Slice); ok {
			return slice.Elem()
		}
		return nil
	}
	if i >= params.Len() { // f(g()) where g has several results
		return nil
	}
	return params.At(i).Type()
}

// checkLog checks the pairs of a Log call as far as they are known now.
func (s *storing) checkLog(call *ast.CallExpr) {
	pairs := call.Args[min(1, len(call.Args)):]
	for i := 0; i < len(pairs); i += 2 {
		key := s.c.info.Types[pairs[i]]
		if !types.IsInterface(key.Type) && !types.Identical(key.Type, types.Typ[types.String]) {
			s.b.report(checkEvent, pairs[i].Pos(), "argument of Log: a key is a string, not a value of type %s", s.b.shown(key.Type))
			return
		}
		if i+1 == len(pairs) {
			s.b.report(checkEvent, pairs[i].Pos(), "argument of Log: key %s has no value; pairs of a key and a value follow the event's name",
				types.ExprString(pairs[i]))
		}
	}
}
