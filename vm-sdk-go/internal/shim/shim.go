// Package shim makes a contract package callable. It checks the package, finds
// the functions that the contract offers, and writes two things: a main package,
// the shim, whose exported dispatch function decodes arguments, calls the contract
// and encodes results, and the contract's ABI as JSON.
//
// The steps, a file or two each: load parses the folder; imports and directives
// check what a contract may use; typecheck runs go/types; discover finds the
// functions; types, build and descriptor model the types that cross the border;
// collect and calls find the types that are stored, events what is logged; emit writes the shim, abi the JSON.
package shim

import "path/filepath"

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
	// Go is the go command to run.
	Go string
}

// Output is what the generator makes.
type Output struct {
	// Shim is the Go source of the main package.
	Shim []byte
	// ABI is the contract's ABI document, JSON.
	ABI []byte
}

// Generate checks the contract and generates its shim and ABI. What is wrong with
// the contract is returned as [Problems]; any other error means that the generator
// could not do its work.
func Generate(cfg Config) (*Output, error) {
	src, err := load(filepath.Join(cfg.Root, cfg.Dir))
	if err != nil {
		return nil, cfg.shown(err)
	}
	contract, err := check(cfg, src)
	if err != nil {
		return nil, cfg.shown(err)
	}
	code, err := emit(contract, modulePath+"/"+filepath.ToSlash(filepath.Clean(cfg.Dir)))
	if err != nil {
		return nil, err
	}
	document, err := contract.abi()
	if err != nil {
		return nil, err
	}
	return &Output{Shim: code, ABI: document}, nil
}

// check runs the checks from the cheapest on; each needs the one before to pass.
func check(cfg Config, src *source) (*contract, error) {
	if problems := checkImports(src); len(problems) != 0 {
		return nil, problems
	}
	marks, problems := readDirectives(src)
	if len(problems) != 0 {
		return nil, problems
	}
	pkg, err := typeCheck(cfg, src)
	if err != nil {
		return nil, err
	}
	return analyse(pkg, marks)
}
