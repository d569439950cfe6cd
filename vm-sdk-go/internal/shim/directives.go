package shim

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Directives are comments without a space after the slashes.
const (
	directiveView      = "//govm:view"
	directivePayable   = "//govm:payable"
	directiveCodec     = "//govm:codec"
	directiveContract  = "//govm:contract"
	directiveReentrant = "//govm:reentrant"
)

// codecs are the wire formats, the default first.
var codecs = []string{"borsh", "scale"}

// refusedDirectives would give a contract symbols or data that the SDK has not checked.
var refusedDirectives = []struct{ prefix, why string }{
	{"//go:linkname", "it reaches into other packages; use what they export"},
	{"//go:wasmimport", "the host's functions are reached through core.Context only"},
	{"//go:wasmexport", "the functions of a contract are exported by the code that is generated for it"},
	{"//go:cgo_", "a contract is pure Go"},
	{"//go:embed", "put the data into a Go constant"},
}

// marks are the directives of a contract.
type marks struct {
	codec string
	// reentrant is whether the contract may be called while it is running.
	reentrant bool
	// functions are the view and payable directives that no function has claimed.
	functions map[*ast.Comment]bool
	// contracts are the contract directives that no struct has claimed.
	contracts map[*ast.Comment]bool
}

func readDirectives(src *source) (*marks, Problems) {
	m := &marks{functions: map[*ast.Comment]bool{}, contracts: map[*ast.Comment]bool{}}
	r := &reporter{fset: src.fset}
	for _, file := range src.files {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				m.read(r, file, comment)
			}
		}
	}
	if m.codec == "" {
		m.codec = codecs[0]
	}
	return m, r.problems
}

// foreignDirectives reports the directives of a package that is not the contract.
func foreignDirectives(src *source) Problems {
	r := &reporter{fset: src.fset}
	for _, file := range src.files {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				checkForeign(r, comment)
			}
		}
	}
	return r.problems
}

// checkForeign reports a directive that reaches outside.
func checkForeign(r *reporter, comment *ast.Comment) {
	directive, _, _ := strings.Cut(comment.Text, " ")
	for _, refused := range refusedDirectives {
		if strings.HasPrefix(directive, refused.prefix) {
			problem := Problem{Pos: r.fset.Position(comment.Pos()), Check: checkDirective, Text: directive + " is not allowed in a contract", Why: refused.why}
			problem.EndColumn = problem.Pos.Column + len(directive)
			r.add(problem)
		}
	}
}

func (m *marks) read(r *reporter, file *ast.File, comment *ast.Comment) {
	words := strings.Fields(comment.Text)
	if len(words) == 0 {
		return
	}
	checkForeign(r, comment)
	if !strings.HasPrefix(words[0], "//govm:") {
		return
	}
	switch words[0] {
	case directiveAllow: // has been read
	case directiveView, directivePayable, directiveContract:
		if len(words) > 1 {
			r.report(checkDirective, comment.Pos(), "%s takes no argument", words[0])
		}
		if words[0] == directiveContract {
			m.contracts[comment] = true
		} else {
			m.functions[comment] = true
		}
	case directiveReentrant:
		switch {
		case inside(file, comment.Pos()):
			r.report(checkDirective, comment.Pos(), "%s belongs outside of functions, such as above the package clause", words[0])
		case len(words) > 1:
			r.report(checkDirective, comment.Pos(), "%s takes no argument", words[0])
		default:
			m.reentrant = true
		}
	case directiveCodec:
		switch {
		case inside(file, comment.Pos()):
			r.report(checkDirective, comment.Pos(), "%s belongs outside of functions, such as above the package clause", words[0])
		case len(words) != 2 || !slices.Contains(codecs, words[1]):
			r.report(checkDirective, comment.Pos(), "%s takes one of %s", words[0], strings.Join(codecs, ", "))
		case m.codec != "" && m.codec != words[1]:
			r.report(checkDirective, comment.Pos(), "%s is %s here and %s elsewhere", words[0], words[1], m.codec)
		default:
			m.codec = words[1]
		}
	default:
		r.report(checkDirective, comment.Pos(), "unknown directive %s; there are %s", words[0],
			strings.Join([]string{directiveView, directivePayable, directiveContract, directiveCodec, directiveReentrant, directiveAllow}, ", "))
	}
}

// inside reports whether pos is in a declaration, doc comment excluded.
func inside(file *ast.File, pos token.Pos) bool {
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil && fn.Body.Pos() <= pos && pos < fn.Body.End() {
			return true
		}
	}
	return false
}

// claim reports whether doc holds the directive, which is then not left over.
func (m *marks) claim(doc *ast.CommentGroup, directive string) bool {
	if doc == nil {
		return false
	}
	found := false
	for _, comment := range doc.List {
		if strings.TrimSpace(comment.Text) == directive {
			delete(m.functions, comment)
			delete(m.contracts, comment)
			found = true
		}
	}
	return found
}

// unclaimed reports the directives that belong to no function of the contract.
func (m *marks) unclaimed(r *reporter) {
	for comment := range m.contracts {
		r.report(checkDirective, comment.Pos(), "%s has no effect here: it belongs in the doc comment of an exported struct",
			directiveContract)
	}
	for comment := range m.functions {
		r.report(checkDirective, comment.Pos(), "%s has no effect here: it belongs in the doc comment of a function that the contract exports",
			strings.TrimSpace(comment.Text))
	}
}
