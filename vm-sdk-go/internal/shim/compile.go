package shim

import (
	"fmt"
	"runtime"
	"strings"
)

// Compile compiles the shim that was written to a folder of the module, with the
// contract, to a wasm module. linkFlags are flags of Go's linker. What the compiler
// says about the contract, for it finds a few things that Generate does not look at,
// such as an array that no memory can hold, is returned as [Problems]. What else it
// prints is returned as text.
func (o *Output) Compile(folder, wasm, linkFlags string) (printed string, err error) {
	g := o.generation
	var stderr []byte
	if g.TinyGo != nil {
		stderr, err = g.TinyGo.compile(g.Root, g.Go, folder, wasm)
	} else {
		_, stderr, err = runGo(g.Config, "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags="+linkFlags,
			"-o", wasm, "./"+folder)
	}
	if err == nil {
		return string(stderr), nil
	}
	if problems := g.shownProblems(parseCompilerOutput(g.Root, stderr)); len(problems) != 0 {
		return "", problems
	}
	if g.TinyGo != nil {
		return "", g.TinyGo.problem(stderr, err)
	}
	return "", fmt.Errorf("%s build: %w\n%s", g.Go, err, strings.TrimSpace(string(stderr)))
}

// compilerVersion names the compiler of the module in the ABI.
func (cfg *Config) compilerVersion() string {
	if cfg.TinyGo != nil {
		return "tinygo" + cfg.TinyGo.Version
	}
	return runtime.Version()
}

// buildTags are the tags that the compiler of the module sets.
func (cfg *Config) buildTags() []string {
	if cfg.TinyGo != nil {
		return []string{tinyGoTag}
	}
	return nil
}
