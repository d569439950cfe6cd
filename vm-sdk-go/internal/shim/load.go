package shim

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// source is a parsed contract folder.
type source struct {
	// path is the import path.
	path  string
	fset  *token.FileSet
	files []*ast.File // sorted by file name
	names []string    // the names of the files
	// syntax holds the parser's errors. The files are then incomplete.
	syntax Problems
}

// foreign are the extensions, other than .go, of files that the go command would
// build into a package.
var foreign = []string{
	".c", ".cc", ".cpp", ".cxx", ".f", ".F", ".f90", ".for", ".h", ".hh", ".hpp", ".hxx",
	".m", ".s", ".S", ".swig", ".swigcxx", ".sx", ".syso",
}

// load parses the files of dir that are built for wasip1/wasm with some tags, without
// tests.
func load(fset *token.FileSet, dir, path string, tags []string) (*source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	target := build.Default
	target.GOOS, target.GOARCH, target.CgoEnabled = "wasip1", "wasm", false
	target.BuildTags = tags
	src := &source{path: path, fset: fset}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case entry.IsDir() || strings.HasSuffix(name, "_test.go"):
		case slices.Contains(foreign, filepath.Ext(name)):
			return nil, place(dir, name, "a contract is made of Go files only; remove this file")
		case filepath.Ext(name) == ".go":
			if match, err := target.MatchFile(dir, name); err != nil {
				return nil, fmt.Errorf("read build constraints of %s: %w", name, err)
			} else if !match {
				continue
			}
			if err := src.parse(filepath.Join(dir, name)); err != nil {
				return nil, err
			}
		}
	}
	if len(src.files) == 0 {
		return nil, Problems{{Severity: SeverityError, Check: checkContract, Text: "no Go files to build: a contract is a .go file or a folder of them (tests do not count)"}}
	}
	return src, src.checkPackageClauses()
}

func (src *source) parse(path string) error {
	const mode = parser.ParseComments | parser.SkipObjectResolution | parser.AllErrors
	file, err := parser.ParseFile(src.fset, path, nil, mode)
	var syntax scanner.ErrorList
	if errors.As(err, &syntax) {
		for _, e := range syntax {
			src.syntax = append(src.syntax, compilerProblem(e.Pos, e.Msg))
		}
	} else if err != nil {
		return err
	}
	if file != nil {
		src.files = append(src.files, file)
		src.names = append(src.names, filepath.Base(path))
	}
	return nil
}

// checkPackageClauses checks that the files are one package, and not a program.
func (src *source) checkPackageClauses() error {
	first := src.files[0]
	at := func(file *ast.File) token.Position { return src.fset.Position(file.Name.Pos()) }
	for _, file := range src.files {
		if file.Name.Name != first.Name.Name && len(src.syntax) == 0 {
			return Problems{{Pos: at(file), Severity: SeverityError, Check: checkContract, Text: fmt.Sprintf(
				"package %s in a folder whose other files are package %s; a contract is one package", file.Name.Name, first.Name.Name)}}
		}
	}
	if first.Name.Name == "main" {
		return Problems{{Pos: at(first), Severity: SeverityError, Check: checkContract, Text: "package main is a program; " +
			"a contract is a library: name the package after the contract, such as package counter"}}
	}
	return nil
}

func place(dir, name, text string) Problems {
	position := token.Position{Filename: filepath.Join(dir, name), Line: 1, Column: 1}
	return Problems{{Pos: position, Severity: SeverityError, Check: checkFile, Text: text}}
}
