package shim

import (
	"errors"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// maxProblems is how many problems are shown, as many as the Go compiler shows.
const maxProblems = 10

// Problem is one thing that is wrong with a contract.
type Problem struct {
	// Pos is where; its Filename is empty if the problem has no place.
	Pos token.Position
	// Text is what.
	Text string
}

// String returns the problem as Go prints one: file:line:col: text.
func (p Problem) String() string {
	if p.Pos.Filename == "" {
		return p.Text
	}
	return p.Pos.String() + ": " + p.Text
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

func (r *reporter) report(pos token.Pos, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.fset.Position(pos), fmt.Sprintf(format, args...)})
}

// shown returns err with its file names as the user knows them.
func (cfg Config) shown(err error) error {
	var problems Problems
	if !errors.As(err, &problems) {
		return err
	}
	problems = problems.normalised()
	for i := range problems {
		if problems[i].Pos.Filename != "" {
			problems[i].Pos.Filename = cfg.shownFile(problems[i].Pos.Filename)
		}
	}
	return problems
}

func (cfg Config) shownFile(file string) string {
	if filepath.Dir(filepath.Clean(file)) != filepath.Join(cfg.Root, cfg.Dir) {
		return file // named by a line directive
	}
	name := filepath.Base(file)
	if cfg.File != "" {
		name = cfg.File
	}
	if cfg.Display == "" {
		return name
	}
	return strings.TrimRight(cfg.Display, "/") + "/" + name
}
