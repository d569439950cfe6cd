package shim

import (
	"slices"
	"strconv"
	"strings"
)

// checkImports refuses imports that are not on the list. A file that does not
// parse has the imports that were read so far.
func checkImports(src *source) Problems {
	r := reporter{fset: src.fset}
	for _, file := range src.files {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil || allowed[path] {
				continue // a path that is not a string is a syntax error
			}
			r.report(spec.Path.Pos(), "package %s cannot be imported by a contract: %s", path, advice(path))
		}
	}
	return r.problems
}

func advice(path string) string {
	for _, entry := range refused {
		if path == entry.path || strings.HasSuffix(entry.path, "/") && strings.HasPrefix(path, entry.path) {
			return entry.advice
		}
	}
	host, _, _ := strings.Cut(path, "/")
	switch {
	case strings.HasPrefix(path, "."):
		return "a contract is one package; put its files into one folder"
	case strings.Contains(host, "."):
		return "it is not part of the standard library; copy the code you need into the contract's folder"
	}
	return "it is not one of the pure, deterministic packages of the standard library that contracts may use"
}

// importPaths returns what the contract imports, and core, sorted.
func importPaths(src *source) []string {
	paths := []string{corePath}
	for _, file := range src.files {
		for _, spec := range file.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
