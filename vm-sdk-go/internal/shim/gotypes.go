package shim

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// isCustom reports whether t itself, not a type that it embeds, has the methods
// Encode() ([]byte, error) and Decode([]byte) error.
func isCustom(t *types.Named) bool {
	var encodes, decodes bool
	for method := range t.Methods() {
		params, results := method.Signature().Params(), method.Signature().Results()
		switch method.Name() {
		case "Encode":
			encodes = params.Len() == 0 && results.Len() == 2 && isBytes(results.At(0).Type()) && isError(results.At(1).Type())
		case "Decode":
			decodes = params.Len() == 1 && isBytes(params.At(0).Type()) && !method.Signature().Variadic() &&
				results.Len() == 1 && isError(results.At(0).Type())
		}
	}
	return encodes && decodes
}

func isBytes(t types.Type) bool {
	return types.Identical(t, types.NewSlice(types.Typ[types.Uint8]))
}

// enumValues returns the exported constants of an integer type, by value and name.
func enumValues(t *types.Named) []abiValue {
	if basic, ok := t.Underlying().(*types.Basic); !ok || basic.Info()&types.IsInteger == 0 {
		return nil
	}
	scope := t.Obj().Pkg().Scope()
	var constants []*types.Const
	for _, name := range scope.Names() { // sorted
		if c, ok := scope.Lookup(name).(*types.Const); ok && c.Exported() && types.Identical(c.Type(), t) {
			constants = append(constants, c)
		}
	}
	slices.SortStableFunc(constants, func(a, b *types.Const) int {
		switch {
		case constant.Compare(a.Val(), token.LSS, b.Val()):
			return -1
		case constant.Compare(a.Val(), token.GTR, b.Val()):
			return 1
		}
		return 0
	})
	var values []abiValue
	for _, c := range constants {
		values = append(values, abiValue{c.Name(), c.Val().ExactString()})
	}
	return values
}

// unsupportedReason says why a type has no encoding, or what to use instead.
func unsupportedReason(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Chan:
		return ": a channel cannot be encoded"
	case *types.Signature:
		return ": a function cannot be encoded"
	case *types.Struct:
		return ": give the struct a name with a type declaration"
	case *types.Interface:
		return ": the only interface that can be encoded is any"
	case *types.TypeParam:
		return ": it is a type parameter"
	case *types.Named:
		if types.Identical(t, types.Universe.Lookup("error").Type()) {
			return ": an error can only be the last result; to keep one, keep err.Error()"
		}
		if t.Obj().Name() == "Context" {
			return ": a core.Context can only be the first parameter"
		}
		if t.Obj().Name() == "Object" {
			return ": pass the object's ID()"
		}
	case *types.Basic:
		switch {
		case t.Info()&types.IsComplex != 0:
			return ": use two floats"
		case t.Kind() == types.Uintptr || t.Kind() == types.UnsafePointer:
			return ": a pointer has no meaning outside of the call; use uint64 for a number"
		}
	}
	return ""
}

// exportedName suggests an exported spelling of name.
func exportedName(name string) string {
	return strings.ToUpper(name[:1]) + name[1:]
}
