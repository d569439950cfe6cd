// Command govm-bindgen writes a Go client of contracts with an ABI:
//
//	govm-bindgen -abi abi.json -out client.go -package shop -prefix Token
//
// Exit status 1 means that there is no client for the ABI, and standard error says
// why; 2 that the command was used wrongly or could not do its work.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/govm-net/vm/internal/bindgen"
)

const (
	exitABI   = 1
	exitFault = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("govm-bindgen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var cfg bindgen.Config
	flags.StringVar(&cfg.Package, "package", "", "`name` of the Go package")
	flags.StringVar(&cfg.Prefix, "prefix", "", "`text` before the names of types")
	abi := flags.String("abi", "abi.json", "`file` with the ABI")
	out := flags.String("out", "client.go", "`file` to write")
	if err := flags.Parse(args); err != nil {
		return exitFault
	}
	document, err := os.ReadFile(*abi)
	if err != nil {
		fmt.Fprintln(stderr, "govm-bindgen:", err)
		return exitFault
	}
	source, err := bindgen.Generate(document, cfg)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitABI
	}
	if err := os.WriteFile(*out, source, 0o644); err != nil {
		fmt.Fprintln(stderr, "govm-bindgen:", err)
		return exitFault
	}
	return 0
}
