package shim_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/shim"
)

// maxAddedBytes is what the smallest contract may add to a Go module that does
// nothing, whose size is the Go release's doing: 1,814,510 bytes with Go 1.26.8, which
// keeps the contract below 1.95 million.
const maxAddedBytes = 135_000

// runtimeImports are the WASI functions that Go's runtime needs.
var runtimeImports = []string{
	"args_get", "args_sizes_get", "clock_time_get", "environ_get", "environ_sizes_get", "fd_write",
	"poll_oneoff", "proc_exit", "random_get", "sched_yield",
}

// osImports are those that package os, of which package fmt is made, adds. There are
// no others that a contract may have.
var osImports = []string{"fd_close", "fd_read", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get"}

func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles four contracts")
	}
	root := newModule(t)
	bare := len(build(t, root, bareModule(t, root)))
	for _, name := range []string{"seed", "sink", "functions", "scale"} {
		generate(t, root, name)
		module := build(t, root, name)
		if added := len(module) - bare; name == "seed" && added > maxAddedBytes {
			t.Errorf("%s adds %d bytes to a bare module, more than %d", name, added, maxAddedBytes)
		}
		imports, exports := linked(t, module)
		checkImports(t, imports, runtimeImports)
		for _, want := range []string{"_initialize", "govm_call", "memory"} {
			if !slices.Contains(exports, want) {
				t.Errorf("%s does not export %s, only %v", name, want, exports)
			}
		}
	}
	shims := []string{"vet", "./internal/guest", "./shim_seed", "./shim_sink", "./shim_functions", "./shim_scale"}
	goTool(t, root, nil, shims...)
	goTool(t, root, []string{"GOOS=wasip1", "GOARCH=wasm"}, shims...)
	// A stand-in for TinyGo, whose int has 32 bits.
	goTool(t, root, []string{"GOOS=linux", "GOARCH=386"}, append([]string{"build", "-o", os.DevNull}, shims[2:]...)...)
}

// bareModule writes a program that does nothing, and returns its name.
func bareModule(t *testing.T, root string) string {
	t.Helper()
	folder := filepath.Join(root, "shim_bare")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return "bare"
}

// build compiles root/shim_name as the build driver does.
func build(t *testing.T, root, name string) []byte {
	t.Helper()
	goTool(t, root, []string{"GOOS=wasip1", "GOARCH=wasm"}, "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w", "-o", name+".wasm", "./shim_"+name)
	module, err := os.ReadFile(filepath.Join(root, name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d bytes", name, len(module))
	return module
}

// checkImports checks that a module imports host functions and the given ones of
// WASI only.
func checkImports(t *testing.T, imports, wasi []string) {
	t.Helper()
	for _, name := range imports {
		module, function, _ := strings.Cut(name, ".")
		if module != "govm" && (module != "wasi_snapshot_preview1" || !slices.Contains(wasi, function)) {
			t.Errorf("imports %s", name)
		}
	}
}

// Whatever a contract may import is there, and needs nothing that the host does not
// have.
func TestAllowedPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a large part of the standard library")
	}
	root := newModule(t)
	var source strings.Builder
	source.WriteString("package all\n\nimport (\n")
	for _, path := range shim.AllowedImports() {
		fmt.Fprintf(&source, "\t_ %q\n", path)
	}
	source.WriteString(")\n\nfunc Do() {}\n")
	if err := write(filepath.Join(root, "all", "all.go"), []byte(source.String())); err != nil {
		t.Fatal(err)
	}
	output, err := shim.Generate(shim.Config{Root: root, Dir: "all", Go: "go"})
	if err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(root, "shim_all", "main.go"), output.Shim); err != nil {
		t.Fatal(err)
	}
	imports, _ := linked(t, build(t, root, "all"))
	checkImports(t, imports, append(runtimeImports, osImports...))
}

func TestGeneratedCode(t *testing.T) {
	root := newModule(t)
	generate(t, root, "sink")
	test, err := os.ReadFile("testdata/differential.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(root, "shim_sink", "differential_test.go"), test); err != nil {
		t.Fatal(err)
	}
	out := goTool(t, root, nil, "test", "-count=1", "-v", "./shim_sink")
	for _, name := range []string{"GeneratedCodeAgreesWithReflection", "StoredValuesAgreeWithReflection", "MutatedBytes", "CycleIsAnError"} {
		if !strings.Contains(out, "--- PASS: Test"+name) {
			t.Errorf("%s did not run:\n%s", name, out)
		}
	}
}

// The SDK links none of the packages that make modules large, or that contracts
// must not reach.
func TestDependencies(t *testing.T) {
	root := newModule(t)
	generate(t, root, "seed")
	dependencies := strings.Fields(goTool(t, root, []string{"GOOS=wasip1", "GOARCH=wasm"}, "list", "-deps", "./shim_seed"))
	for _, unwanted := range []string{"reflect", "fmt", "encoding/json", "os", "time", "sort", "strings", "strconv", "errors"} {
		if slices.Contains(dependencies, unwanted) {
			t.Errorf("the shim of the seed contract depends on %s", unwanted)
		}
	}
	if !slices.Contains(dependencies, "github.com/govm-net/vm/internal/guest") {
		t.Errorf("the dependencies are not those of a shim: %v", dependencies)
	}
}

// Sections of a wasm module.
const (
	importSection = 2
	exportSection = 7
)

// linked returns the imports of a wasm module, as module.name, and its exports.
func linked(t *testing.T, module []byte) (imports, exports []string) {
	t.Helper()
	rest := module[8:] // after magic and version
	for len(rest) > 0 {
		id := rest[0]
		size, n := binary.Uvarint(rest[1:])
		section := rest[1+n:][:size]
		rest = rest[1+n+int(size):]
		switch id {
		case importSection:
			imports = entries(section, 2, func(names []string, b []byte) ([]string, []byte) {
				if b[0] != 0 {
					t.Errorf("import %v is not a function", names)
				}
				_, n := binary.Uvarint(b[1:])
				return []string{names[0] + "." + names[1]}, b[1+n:]
			})
		case exportSection:
			exports = entries(section, 1, func(names []string, b []byte) ([]string, []byte) {
				_, n := binary.Uvarint(b[1:])
				return names, b[1+n:]
			})
		}
	}
	return imports, exports
}

// entries reads a vector of entries that begin with some names; rest reads what
// follows them.
func entries(b []byte, names int, rest func([]string, []byte) ([]string, []byte)) (all []string) {
	count, n := binary.Uvarint(b)
	b = b[n:]
	for range count {
		var found []string
		for range names {
			length, n := binary.Uvarint(b)
			found = append(found, string(b[n:][:length]))
			b = b[n+int(length):]
		}
		found, b = rest(found, b)
		all = append(all, found...)
	}
	return all
}
