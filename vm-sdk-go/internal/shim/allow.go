package shim

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// directiveAllow says that a problem on its line, or on the line below, is meant to
// be so. It names the check, and may go on with the reason.
const directiveAllow = "//govm:allow"

// silencing says how to silence a check that can be silenced.
func silencing(check string) string {
	return "if it is meant to be so, say why on the line above: " + directiveAllow + " " + check + " the reason"
}

// allowance is a directive that allows something.
type allowance struct {
	pos   token.Pos
	check string
	used  bool
}

// allowances are the directives that allow something, by the line that they are
// about.
type allowances struct {
	fset  *token.FileSet
	lines map[string]map[int][]*allowance // by file name and line
}

// readAllowances finds the directives of a package.
func readAllowances(src *source, r *reporter) *allowances {
	a := &allowances{fset: src.fset, lines: map[string]map[int][]*allowance{}}
	for _, file := range src.files {
		code := codeLines(src.fset, file)
		for _, group := range file.Comments {
			for _, comment := range group.List {
				words := strings.Fields(comment.Text)
				if len(words) > 0 && words[0] == directiveAllow {
					a.read(r, comment, words[1:], code)
				}
			}
		}
	}
	return a
}

func (a *allowances) read(r *reporter, comment *ast.Comment, words []string, code map[int]bool) {
	if len(words) == 0 || !canAllow(words[0]) {
		r.report(checkDirective, comment.Pos(), "%s names what it allows and says why, as in %s %s the reason; it can allow %s",
			directiveAllow, directiveAllow, checkGlobal, strings.Join(allowable(), ", "))
		return
	}
	position := a.fset.Position(comment.Pos())
	line := position.Line
	for last := a.fset.File(comment.Pos()).LineCount(); !code[line] && line < last; line++ {
		// A comment that has its line for itself is about the next line of code.
	}
	lines := a.lines[position.Filename]
	if lines == nil {
		lines = map[int][]*allowance{}
		a.lines[position.Filename] = lines
	}
	lines[line] = append(lines[line], &allowance{pos: comment.Pos(), check: words[0]})
}

// codeLines returns the lines in which something other than a comment begins.
func codeLines(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := map[int]bool{fset.Position(file.Package).Line: true}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node.(type) {
		case nil, *ast.File, *ast.Comment, *ast.CommentGroup:
			return node != nil
		}
		lines[fset.Position(node.Pos()).Line] = true
		return true
	})
	return lines
}

// allow reports whether a check is allowed to find something at a place.
func (a *allowances) allow(check string, place token.Position) bool {
	for _, allowance := range a.at(place) {
		if allowance.check == check {
			allowance.used = true
			return true
		}
	}
	return false
}

// at returns what is allowed at a place.
func (a *allowances) at(place token.Position) []*allowance {
	return a.lines[place.Filename][place.Line]
}

// filter returns the problems that are not allowed.
func (a *allowances) filter(problems Problems) Problems {
	return slices.DeleteFunc(slices.Clone(problems), func(p Problem) bool { return a.allow(p.Check, p.Pos) })
}

// unused warns of the directives that silence nothing.
func (a *allowances) unused(r *reporter) {
	for _, lines := range a.lines {
		for _, line := range lines {
			for _, allowance := range line {
				if !allowance.used {
					r.add(Problem{Pos: a.fset.Position(allowance.pos), Severity: SeverityWarning, Check: checkAllow,
						Text: directiveAllow + " " + allowance.check + " silences nothing",
						Why:  "there is no such problem in the line that it is about; remove it"})
				}
			}
		}
	}
}

func allowable() (names []string) {
	for _, check := range Checks {
		if check.CanAllow {
			names = append(names, check.Name)
		}
	}
	return names
}
