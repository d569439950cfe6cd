package shim

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Directives are comments without a space after the slashes.
const (
	directiveView    = "//govm:view"
	directivePayable = "//govm:payable"
	directiveCodec   = "//govm:codec"
)

// codecs are the wire formats, the default first.
var codecs = []string{"borsh", "scale"}

// refusedDirectives would give a contract symbols that the SDK has not checked.
var refusedDirectives = []string{"//go:linkname", "//go:wasmimport", "//go:wasmexport", "//go:cgo_", "//go:embed"}

// marks are the directives of a contract.
type marks struct {
	codec string
	// functions are the view and payable directives that no function has claimed.
	functions map[*ast.Comment]bool
}

func readDirectives(src *source) (*marks, Problems) {
	m := &marks{functions: map[*ast.Comment]bool{}}
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

func (m *marks) read(r *reporter, file *ast.File, comment *ast.Comment) {
	words := strings.Fields(comment.Text)
	if len(words) == 0 {
		return
	}
	for _, prefix := range refusedDirectives {
		if strings.HasPrefix(words[0], prefix) {
			r.report(comment.Pos(), "%s is not allowed in a contract", words[0])
		}
	}
	if !strings.HasPrefix(words[0], "//govm:") {
		return
	}
	switch words[0] {
	case directiveView, directivePayable:
		if len(words) > 1 {
			r.report(comment.Pos(), "%s takes no argument", words[0])
		}
		m.functions[comment] = true
	case directiveCodec:
		switch {
		case inside(file, comment.Pos()):
			r.report(comment.Pos(), "%s belongs outside of functions, such as above the package clause", words[0])
		case len(words) != 2 || !slices.Contains(codecs, words[1]):
			r.report(comment.Pos(), "%s takes one of %s", words[0], strings.Join(codecs, ", "))
		case m.codec != "" && m.codec != words[1]:
			r.report(comment.Pos(), "%s is %s here and %s elsewhere", words[0], words[1], m.codec)
		default:
			m.codec = words[1]
		}
	default:
		r.report(comment.Pos(), "unknown directive %s; there are %s, %s and %s", words[0],
			directiveView, directivePayable, directiveCodec)
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
			found = true
		}
	}
	return found
}

// unclaimed reports the directives that belong to no function of the contract.
func (m *marks) unclaimed(r *reporter) {
	for comment := range m.functions {
		r.report(comment.Pos(), "%s has no effect here: it belongs in the doc comment of a function that the contract exports",
			strings.TrimSpace(comment.Text))
	}
}
