package shim

import (
	"go/token"
	"go/types"
	"slices"
)

// contractName is the name under which the shim imports the contract.
const contractName = "contract"

// contract is all that the shim and the ABI are made of.
type contract struct {
	name, docs, codec string
	reentrant         bool   // whether it may be called while it is running
	structName        string // "" if the contract is the package's functions
	// imports are the other packages of the contract's module, by the names under which
	// the shim imports them.
	imports   map[string]string
	functions []*function
	declared  []*abiType // the named types that cross the border
	stored    []*abiType // the types that an any can hold, besides the basic ones
	events    []*event
	records   []*record
}

// function is a function of the contract.
type function struct {
	name, docs             string
	view, payable          bool
	takesContext, hasError bool
	variadic               bool
	params, results        []parameter
}

type parameter struct {
	name string
	typ  *abiType
}

// analyse finds the contract in a package and builds its types.
func analyse(c *checked, m *marks) (*contract, error) {
	b := newBuilder(c)
	object, members := discover(c, m, b.docs, &b.reporter)
	if len(b.problems) != 0 {
		return nil, b.problems
	}
	imports := map[string]string{}
	for _, other := range c.others {
		if alias := b.alias(other.pkg); alias != "" {
			imports[alias] = other.path
		}
	}
	result := &contract{imports: imports, name: c.pkg.Name(), docs: packageDoc(c.files), codec: m.codec, reentrant: m.reentrant}
	if object != nil {
		result.structName = object.Name()
		if object.Type().(*types.Named).TypeParams().Len() != 0 {
			b.report(checkContract, object.Pos(), "type %s is generic; a contract cannot be", object.Name())
		}
		if docs := docText(b.docs[object.Pos()]); docs != "" {
			result.docs = docs
		}
	}
	docs := functionDocs(c)
	for _, member := range members {
		function := b.function(member)
		function.docs = docText(docs[member])
		function.view = m.claim(docs[member], directiveView)
		function.payable = m.claim(docs[member], directivePayable)
		if function.view && function.payable {
			b.report(checkContract, member.Pos(), "function %s is both view and payable; a view cannot take value", function.name)
		}
		result.functions = append(result.functions, function)
	}
	m.unclaimed(&b.reporter)
	if len(b.problems) == 0 {
		result.stored, result.events, result.records = storedTypes(b, result.functions, object)
		result.declared = declaredTypes(append(signatureTypes(result.functions), result.stored...))
	}
	if len(b.problems) != 0 {
		return nil, b.problems
	}
	return result, nil
}

func (b *builder) function(member *types.Func) *function {
	signature := member.Signature()
	f := &function{name: member.Name(), variadic: signature.Variadic()}
	if signature.TypeParams().Len() != 0 {
		b.report(checkContract, member.Pos(), "function %s is generic; a function of a contract cannot be", f.name)
		return f
	}
	params := slices.Collect(signature.Params().Variables())
	if len(params) > 0 && isContext(b.c, params[0].Type()) {
		f.takesContext, params = true, params[1:]
	}
	for _, param := range params {
		f.params = append(f.params, b.parameter(param, member.Pos(), "parameter", f.name))
	}
	results := slices.Collect(signature.Results().Variables())
	if n := len(results); n > 0 && isError(results[n-1].Type()) {
		f.hasError, results = true, results[:n-1]
	}
	for _, result := range results {
		f.results = append(f.results, b.parameter(result, member.Pos(), "result", f.name))
	}
	return f
}

func (b *builder) parameter(v *types.Var, functionPos token.Pos, role, function string) parameter {
	name := v.Name()
	if name == "_" {
		name = ""
	}
	what := role + " of " + function
	if name != "" {
		what = role + " " + name + " of " + function
	}
	pos := v.Pos()
	if !pos.IsValid() {
		pos = functionPos
	}
	built, problems := b.try(v.Type(), pos, what)
	b.problems = append(b.problems, problems...)
	return parameter{name, built}
}

// declaredTypes returns the contract's own types among roots and what they are made
// of, sorted by name.
func declaredTypes(roots []*abiType) []*abiType {
	var declared []*abiType
	for _, t := range reachable(roots) {
		if t.declared() {
			declared = append(declared, t)
		}
	}
	slices.SortFunc(declared, byIdent)
	return declared
}

func signatureTypes(functions []*function) []*abiType {
	var all []*abiType
	for _, f := range functions {
		for _, p := range f.params {
			all = append(all, p.typ)
		}
		for _, p := range f.results {
			all = append(all, p.typ)
		}
	}
	return all
}

// reachable returns roots and what they are made of, each type once.
func reachable(roots []*abiType) []*abiType {
	var found []*abiType
	seen := map[*abiType]bool{}
	var visit func(t *abiType)
	visit = func(t *abiType) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		found = append(found, t)
		visit(t.key)
		visit(t.elem)
		for _, field := range t.fields {
			visit(field.typ)
		}
	}
	for _, root := range roots {
		visit(root)
	}
	return found
}
