// Package shim makes a contract package callable. It checks the package, finds
// the functions that the contract offers, and writes two things: a main package,
// the shim, whose exported dispatch function decodes arguments, calls the contract
// and encodes results, and the contract's ABI as JSON.
//
// The steps, a file or two each: load parses a folder; module, gather and imports
// find the packages that the contract needs and check what they may use, directives
// and allow read the contract's directives; stage lays everything out for the go
// command; typecheck runs go/types; discover finds the functions; types, build and
// descriptor model the types that cross the border; collect and calls find the types
// that are stored, events what is logged; emit writes the shim, abi the JSON.
// Warnings come from a file for each check: globals, ignored, floats, loops; strict
// is the strict profile. compile runs the compiler on what was written, tinygo the other one.
package shim

import (
	"go/token"
	"path/filepath"
)

// Config says what to generate from.
type Config struct {
	// Root is the root folder of the Go module that holds the SDK and the contract;
	// empty means the working directory.
	Root string
	// Dir is the contract's folder, relative to Root.
	Dir string
	// Display replaces Dir in messages; empty leaves the file name alone.
	Display string
	// File, if not empty, replaces the file name in messages. It is for a contract
	// of a single file that was copied under another name.
	File string
	// Module is the folder of the contract's own Go module, which its other packages
	// and its vendor folder are in; empty if it has none.
	Module string
	// Source is the folder in Module that Dir is a copy of.
	Source string
	// Strict refuses go, select, channels and recover.
	Strict bool
	// Go is the go command to run.
	Go string
	// TinyGo compiles the module instead of Go, if it is not nil.
	TinyGo *TinyGo
}

// Output is what the generator makes.
type Output struct {
	// Shim is the Go source of the main package.
	Shim []byte
	// ABI is the contract's ABI document, JSON.
	ABI []byte
	// Warnings are what the contract can be built with.
	Warnings Problems

	generation *generation
}

// generation is one run of the generator.
type generation struct {
	Config
	fset *token.FileSet
	own  *ownModule
	// allowances are the directives that allow something, by import path.
	allowances map[string]*allowances
	// shownDirs says what the user calls a folder.
	shownDirs map[string]string
}

// Generate checks the contract and generates its shim and ABI. What is wrong with
// the contract is returned as [Problems]; any other error means that the generator
// could not do its work.
func Generate(cfg Config) (*Output, error) {
	g := &generation{Config: cfg, fset: token.NewFileSet(), allowances: map[string]*allowances{}, shownDirs: map[string]string{}}
	output, err := g.generate()
	if err != nil {
		return nil, g.shown(err)
	}
	output.Warnings = g.shownProblems(output.Warnings)
	return output, nil
}

func (g *generation) generate() (*Output, error) {
	own, err := readModule(g.Module)
	if err != nil {
		return nil, err
	}
	g.own = own
	copied := filepath.Join(g.Root, g.Dir)
	g.shownDirs[copied] = g.Display
	src, err := load(g.fset, copied, g.copyPath(), g.buildTags())
	if err != nil {
		return nil, err
	}
	contract, warnings, err := g.check(src)
	if err != nil {
		return nil, err
	}
	code, err := emit(contract, src.path)
	if err != nil {
		return nil, err
	}
	document, err := contract.abi(g.compilerVersion())
	if err != nil {
		return nil, err
	}
	return &Output{Shim: code, ABI: document, Warnings: warnings, generation: g}, nil
}

// copyPath is the import path of the copy of the contract in the SDK's module.
func (g *generation) copyPath() string {
	return modulePath + "/" + filepath.ToSlash(filepath.Clean(g.Dir))
}

// check runs the checks from the cheapest on; each needs the one before to pass.
func (g *generation) check(src *source) (*contract, Problems, error) {
	r := &reporter{fset: g.fset}
	g.allowances[src.path] = readAllowances(src, r)
	if len(r.problems) != 0 {
		return nil, nil, r.problems
	}
	packages, err := g.gather(src)
	if err != nil {
		return nil, nil, err
	}
	marks, problems := readDirectives(src)
	for _, p := range packages[1:] {
		problems = append(problems, foreignDirectives(p.source)...)
	}
	if g.Strict {
		for _, p := range packages {
			problems = append(problems, strictProfile(p.source)...)
		}
	}
	if len(problems) != 0 {
		return nil, nil, problems
	}
	if err := g.stage(packages); err != nil {
		return nil, nil, err
	}
	checkedPackages, err := g.typeCheck(packages)
	if err != nil {
		return nil, nil, err
	}
	contract, err := analyse(checkedPackages[0], marks)
	if err != nil {
		return nil, nil, err
	}
	return contract, g.warnings(checkedPackages), nil
}
