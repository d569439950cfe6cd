package shim

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// TinyGo is the TinyGo that compiles a contract instead of Go. The checks are made
// with Go all the same: TinyGo has no types for them.
type TinyGo struct {
	// Command is the path of the tinygo command.
	Command string
	// Version is its version, such as 0.43.0. It goes into the ABI.
	Version string
	// Cache is a folder for what TinyGo keeps between builds.
	Cache string
}

// tinyGoTag is the build tag that TinyGo sets: files that it chooses are those that
// are checked.
const tinyGoTag = "tinygo"

// tinyGoFlags are what makes a module that the host takes of the shim.
var tinyGoFlags = []string{
	// A WASI reactor: _initialize instead of _start, and the functions that go:wasmexport names.
	"-target=wasip1", "-buildmode=c-shared",
	// Goroutines, as a contract may use them; and recover, which TinyGo makes of the same transformation.
	"-scheduler=asyncify",
	// What nothing recovers is told on standard output, which the trace shows, and traps.
	"-panic=print",
	"-opt=z", "-no-debug",
	// No paths of this machine in the module.
	"-trimpath",
}

// compile compiles the shim in a folder of the module root.
func (t *TinyGo) compile(root, goCommand, folder, wasm string) (stderr []byte, err error) {
	arguments := append([]string{"build"}, tinyGoFlags...)
	command := exec.Command(t.Command, append(arguments, "-o", wasm, "./"+folder)...)
	command.Dir = root
	command.Env = slices.Concat(os.Environ(), settings, t.environment(goCommand))
	var buffer bytes.Buffer
	command.Stdout, command.Stderr = &buffer, &buffer
	err = command.Run()
	return buffer.Bytes(), err
}

// environment is what TinyGo needs and Go does not: the go command, which it asks for
// packages, and wasm-opt, which is beside it, by name; and a home for its cache.
func (t *TinyGo) environment(goCommand string) []string {
	folders := []string{filepath.Dir(t.Command), filepath.Dir(goCommand)}
	return []string{
		"PATH=" + strings.Join(folders, string(filepath.ListSeparator)),
		"HOME=" + t.Cache, "XDG_CACHE_HOME=" + t.Cache,
	}
}

// problem says that TinyGo did not compile what Go takes.
func (t *TinyGo) problem(printed []byte, err error) Problems {
	text := fmt.Sprintf("TinyGo %s did not compile the contract (%v), which Go finds nothing wrong with", t.Version, err)
	if printed := strings.TrimSpace(string(printed)); printed != "" {
		text += "\n" + printed
	}
	return Problems{{Severity: SeverityError, Check: checkCompiler, Text: text}}
}
