// Command govm-shim checks a contract package and writes the shim that makes it a
// wasm module, and its ABI. It runs in the root of the Go module that holds the SDK
// and a copy of the contract:
//
//	govm-shim -contract contract -out shim -abi abi.json -display path/of/user
//
// Exit status 1 means that something is wrong with the contract; what it is goes to
// standard error in the form of Go's own messages. Exit status 2 means that the
// generator was used wrongly or could not do its work.
package main

import (
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

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("govm-shim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var cfg shim.Config
	flags.StringVar(&cfg.Dir, "contract", "contract", "`folder` of the contract, inside the working directory")
	flags.StringVar(&cfg.Display, "display", "", "`path` that stands for the contract's folder in messages")
	flags.StringVar(&cfg.File, "file", "", "`name` of the contract's only file in messages, if the copy has another")
	flags.StringVar(&cfg.Go, "go", "go", "the go `command`")
	out := flags.String("out", "shim", "`folder` to write the shim to")
	abi := flags.String("abi", "abi.json", "`file` to write the ABI to")
	if err := flags.Parse(args); err != nil {
		return exitFault
	}
	if flags.NArg() != 0 || !filepath.IsLocal(cfg.Dir) {
		fmt.Fprintln(stderr, "govm-shim: -contract is a folder inside the working directory, and there are no other arguments")
		return exitFault
	}
	if err := generate(cfg, *out, *abi); err != nil {
		var problems shim.Problems
		if errors.As(err, &problems) {
			fmt.Fprintln(stderr, problems)
			return exitContract
		}
		fmt.Fprintln(stderr, "govm-shim:", err)
		return exitFault
	}
	return 0
}

func generate(cfg shim.Config, out, abi string) error {
	output, err := shim.Generate(cfg)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "main.go"), output.Shim, 0o644); err != nil {
		return err
	}
	return os.WriteFile(abi, output.ABI, 0o644)
}
