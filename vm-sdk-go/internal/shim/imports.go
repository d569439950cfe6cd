package shim

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// importing is an import of a package.
type importing struct {
	path string
	spec *ast.ImportSpec
}

// importsOf returns what the files of a package import, in source order. A file that
// does not parse has the imports that were read so far.
func importsOf(src *source) []importing {
	var all []importing
	for _, file := range src.files {
		for _, spec := range file.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil { // else it is a syntax error
				all = append(all, importing{path, spec})
			}
		}
	}
	return all
}

// refusal returns why a contract cannot import a package, nil if it can. What only
// lacks a test of its behaviour, and package unsafe, can be allowed.
func refusal(path string, place token.Position, width int) *Problem {
	if allowed[path] {
		return nil
	}
	problem := &Problem{Pos: place, EndColumn: place.Column + width, Severity: SeverityError, Check: checkImport,
		Text: "package " + path + " cannot be imported by a contract"}
	problem.Why, problem.Help = advice(path)
	if path == "unsafe" {
		problem.Check, problem.Help = checkUnsafe, silencing(checkUnsafe)
	}
	return problem
}

// advice returns why a package cannot be imported and what to do, and how to import
// it after all.
func advice(path string) (why, help string) {
	for _, entry := range refused {
		if path == entry.Path || strings.HasSuffix(entry.Path, "/") && strings.HasPrefix(path, entry.Path) {
			return entry.Why, ""
		}
	}
	if strings.HasPrefix(path, ".") {
		return "a contract is one package; put its files into one folder, or import the other by its module's path", ""
	}
	if !inStandardLibrary(path) {
		return "it is not part of the standard library; put the contract into a Go module and run `go mod vendor` there, " +
			"or copy the code you need into the contract's folder", ""
	}
	return "it is not one of the pure, deterministic packages of the standard library that contracts may use", silencing(checkImport)
}

// inStandardLibrary reports whether a path looks like one of the standard library,
// none of whose first elements has a dot.
func inStandardLibrary(path string) bool {
	host, _, _ := strings.Cut(path, "/")
	return !strings.Contains(host, ".")
}

// importPaths returns what the packages import, and core, sorted.
func importPaths(sources ...*source) []string {
	paths := []string{corePath}
	for _, src := range sources {
		for _, imported := range importsOf(src) {
			paths = append(paths, imported.path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
