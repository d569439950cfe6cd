package shim

import (
	"errors"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// shown returns err with its file names as the user knows them.
func (g *generation) shown(err error) error {
	var problems Problems
	if !errors.As(err, &problems) {
		return err
	}
	return g.shownProblems(problems)
}

// shownProblems returns problems in source order, with the source and with file names
// as the user knows them.
func (g *generation) shownProblems(problems Problems) Problems {
	problems = problems.normalised()
	lines := map[string][]string{}
	for i := range problems {
		p := &problems[i]
		if p.Pos.Filename == "" {
			continue
		}
		file := p.Pos.Filename
		if lines[file] == nil {
			data, _ := os.ReadFile(file) // what a line directive names may not be there
			lines[file] = strings.Split(string(data), "\n")
		}
		if p.Pos.Line > 0 && p.Pos.Line <= len(lines[file]) {
			p.Source = strings.TrimRight(lines[file][p.Pos.Line-1], "\r")
			if p.EndColumn == 0 {
				p.EndColumn = tokenEnd(p.Source, p.Pos.Column)
			}
		}
		p.Pos.Filename, p.Pos.Offset = g.shownFile(file), 0
	}
	return problems
}

// tokenEnd returns the column after the token at a column of a line, 0 if there is
// none.
func tokenEnd(line string, column int) int {
	if column < 1 || column > len(line) {
		return 0
	}
	rest := []byte(line[column-1:])
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", -1, len(rest)), rest, func(token.Position, string) {}, scanner.ScanComments)
	_, kind, literal := s.Scan()
	switch {
	case kind == token.EOF || kind == token.ILLEGAL:
		return 0
	case literal != "" && literal != "\n":
		return column + len(strings.TrimRight(literal, "\r"))
	}
	return column + len(kind.String())
}

// version matches the version in a path such as example.com/ledger@v1.2.3/book.
var version = regexp.MustCompile(`@[^/]*`)

func (g *generation) shownFile(file string) string {
	dir, name := filepath.Split(filepath.Clean(file))
	dir = filepath.Clean(dir)
	shown, ok := g.shownDirs[dir]
	if !ok {
		// The compiler names some files by the import path of their package, with the
		// version behind that of the module.
		if relative, err := filepath.Rel(g.Root, dir); err == nil {
			shown, ok = g.shownDirs[g.staged(version.ReplaceAllString(filepath.ToSlash(relative), ""))]
		}
	}
	if !ok {
		return file // named by a line directive
	}
	if g.File != "" && shown == g.Display {
		name = g.File
	}
	if shown == "" {
		return name
	}
	return strings.TrimRight(shown, "/") + "/" + name
}
