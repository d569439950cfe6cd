package shim

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// maxProblems is how many problems are shown, as many as the Go compiler shows.
const maxProblems = 10

// Severity says how bad a problem is.
type Severity string

const (
	// SeverityError is a problem that keeps a contract from being built.
	SeverityError Severity = "error"
	// SeverityWarning is a problem that a contract can be built with.
	SeverityWarning Severity = "warning"
)

// Problem is one thing that is wrong with a contract.
type Problem struct {
	// Pos is where; its Filename is empty if the problem has no place.
	Pos token.Position
	// EndColumn is the first column after what is wrong; 0 if that is not known, or
	// on another line.
	EndColumn int
	Severity  Severity
	// Check is the name of the check that found it; see [Checks].
	Check string
	// Text is what is wrong.
	Text string
	// Why is the reason, and what to do; it may be empty.
	Why string
	// Help says how to tell the checker that it is meant to be so; it may be empty.
	Help string
	// Source is the line of the source; empty if it could not be read.
	Source string
}

// String returns the problem as Go prints one: file:line:col: text.
func (p Problem) String() string {
	text := p.Text
	if p.Why != "" {
		text += ": " + p.Why
	}
	if p.Severity == SeverityWarning {
		text = "warning: " + text
	}
	if p.Pos.Filename == "" {
		return text
	}
	return p.Pos.String() + ": " + text
}

// Problems is everything that is wrong with a contract, in source order.
type Problems []Problem

// Error returns one line a problem, at most ten.
func (ps Problems) Error() string {
	var lines []string
	for i, p := range ps {
		if i == maxProblems {
			lines = append(lines, "too many errors")
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// normalised returns ps sorted by place and without repetitions.
func (ps Problems) normalised() Problems {
	sorted := slices.Clone(ps)
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		if a.Pos.Filename != b.Pos.Filename {
			if a.Pos.Filename == "" { // what has no place comes last
				return 1
			}
			if b.Pos.Filename == "" {
				return -1
			}
			return strings.Compare(a.Pos.Filename, b.Pos.Filename)
		}
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Column - b.Pos.Column
	})
	return slices.Compact(sorted)
}

// reporter collects problems of one file set.
type reporter struct {
	fset     *token.FileSet
	problems Problems
}

// report reports an error of a check.
func (r *reporter) report(check string, pos token.Pos, format string, args ...any) {
	r.add(Problem{Pos: r.fset.Position(pos), Check: check, Text: fmt.Sprintf(format, args...)})
}

// warn reports a warning about a node; help is how to silence it.
func (r *reporter) warn(check string, node ast.Node, text, why string) {
	pos, end := r.fset.Position(node.Pos()), r.fset.Position(node.End())
	problem := Problem{Pos: pos, Severity: SeverityWarning, Check: check, Text: text, Why: why, Help: silencing(check)}
	if end.Line == pos.Line {
		problem.EndColumn = end.Column
	}
	r.add(problem)
}

func (r *reporter) add(problem Problem) {
	if problem.Severity == "" {
		problem.Severity = SeverityError
	}
	r.problems = append(r.problems, problem)
}
