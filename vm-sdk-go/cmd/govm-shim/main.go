// Command govm-shim checks a contract package, writes the shim that makes it a wasm
// module, and its ABI, and compiles both. It runs in the root of the Go module that
// holds the SDK and a copy of the contract:
//
//	govm-shim -contract contract -display path/of/user -problems problems.json -abi abi.json -wasm contract.wasm
//
// Exit status 1 means that something is wrong with the contract; what it is goes to
// standard error in the form of Go's own messages, warnings too, and if -problems is
// given to that file, as JSON. Exit status 2 means that the generator was used wrongly
// or could not do its work.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/govm-net/vm/internal/shim"
)

const (
	exitContract = 1
	exitFault    = 2
)

// strip leaves the names of functions out of a module.
const strip = "-s -w"

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// options says what to do.
type options struct {
	shim.Config
	out, abi, wasm, problems, named, links string
	tinyGo                                 shim.TinyGo
}

func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("govm-shim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var o options
	flags.StringVar(&o.Dir, "contract", "contract", "`folder` of the contract, inside the working directory")
	flags.StringVar(&o.Display, "display", "", "`path` that stands for the contract's folder in messages")
	flags.StringVar(&o.File, "file", "", "`name` of the contract's only file in messages, if the copy has another")
	flags.StringVar(&o.Module, "module", "", "`folder` of the Go module that the contract comes from")
	flags.StringVar(&o.Source, "source", "", "`folder` in the module that the contract comes from")
	flags.BoolVar(&o.Strict, "strict", false, "refuse go, select, channels and recover")
	flags.StringVar(&o.Go, "go", "go", "the go `command`")
	flags.StringVar(&o.tinyGo.Command, "tinygo", "", "the tinygo `command`, by which TinyGo compiles the contract instead of Go")
	flags.StringVar(&o.tinyGo.Version, "tinygo-version", "", "its `version`")
	flags.StringVar(&o.tinyGo.Cache, "tinygo-cache", "", "`folder` for what TinyGo keeps between builds")
	flags.StringVar(&o.problems, "problems", "", "`file` to write errors and warnings to, as JSON")
	flags.StringVar(&o.out, "out", "shim", "`folder` to write the shim to")
	flags.StringVar(&o.abi, "abi", "", "`file` to write the ABI to; without it the contract is only checked")
	flags.StringVar(&o.wasm, "wasm", "", "`file` to write the module to; without it nothing is compiled")
	flags.StringVar(&o.named, "named", "", "`file` to write the module with the names of its functions to")
	flags.StringVar(&o.links, "links", "links.txt", "`file` to write to which symbol the linker needed which other for, if there is -named")
	if err := flags.Parse(args); err != nil {
		return exitFault
	}
	if flags.NArg() != 0 || !filepath.IsLocal(o.Dir) {
		fmt.Fprintln(stderr, "govm-shim: -contract is a folder inside the working directory, and there are no other arguments")
		return exitFault
	}
	if o.tinyGo.Command != "" {
		o.TinyGo = &o.tinyGo
	}
	return o.finish(stderr, o.generate(stderr))
}

// generate checks the contract, and writes what was asked for.
func (o *options) generate(stderr io.Writer) error {
	output, err := shim.Generate(o.Config)
	if err != nil {
		return err
	}
	if len(output.Warnings) != 0 {
		fmt.Fprintln(stderr, output.Warnings)
	}
	if err := o.writeProblems(output.Warnings); err != nil || o.abi == "" {
		return err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.out, "main.go"), output.Shim, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(o.abi, output.ABI, 0o644); err != nil || o.wasm == "" {
		return err
	}
	if _, err := output.Compile(o.out, o.wasm, strip); err != nil || o.named == "" {
		return err
	}
	links, err := output.Compile(o.out, o.named, "-dumpdep")
	if err != nil {
		return err
	}
	return os.WriteFile(o.links, []byte(links), 0o644)
}

// finish says what is wrong and returns the exit status.
func (o *options) finish(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	var problems shim.Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(stderr, problems)
		if err = o.writeProblems(problems); err == nil {
			return exitContract
		}
	}
	fmt.Fprintln(stderr, "govm-shim:", err)
	return exitFault
}

// problem is a problem as JSON. Its place is left out if it has none.
type problem struct {
	Severity  shim.Severity `json:"severity"`
	Check     string        `json:"check"`
	File      string        `json:"file,omitempty"`
	Line      int           `json:"line,omitempty"`
	Column    int           `json:"column,omitempty"`
	EndColumn int           `json:"end_column,omitempty"`
	Text      string        `json:"text"`
	Why       string        `json:"why,omitempty"`
	Help      string        `json:"help,omitempty"`
	Source    string        `json:"source,omitempty"`
}

func (o *options) writeProblems(problems shim.Problems) error {
	if o.problems == "" {
		return nil
	}
	document := make([]problem, 0, len(problems))
	for _, p := range problems {
		document = append(document, problem{p.Severity, p.Check, p.Pos.Filename, p.Pos.Line, p.Pos.Column, p.EndColumn,
			p.Text, p.Why, p.Help, p.Source})
	}
	data, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return os.WriteFile(o.problems, data, 0o644)
}
