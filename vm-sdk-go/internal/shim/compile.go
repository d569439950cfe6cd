package shim

import (
	"fmt"
	"strings"
)

// Compile compiles the shim that was written to a folder of the module, with the
// contract, to a wasm module. linkFlags are flags of the linker. What the compiler
// says about the contract, for it finds a few things that Generate does not look at,
// such as an array that no memory can hold, is returned as [Problems]. What else it
// prints is returned as text.
func (o *Output) Compile(folder, wasm, linkFlags string) (printed string, err error) {
	g := o.generation
	_, stderr, err := runGo(g.Config, "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags="+linkFlags,
		"-o", wasm, "./"+folder)
	if err == nil {
		return string(stderr), nil
	}
	problems := g.shownProblems(parseCompilerOutput(g.Root, stderr))
	if len(problems) == 0 {
		return "", fmt.Errorf("%s build: %w\n%s", g.Go, err, strings.TrimSpace(string(stderr)))
	}
	return "", problems
}
