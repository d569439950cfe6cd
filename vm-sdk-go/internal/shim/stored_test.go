package shim_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/shim"
)

// A type whose description is too long for an any can still be a parameter. It used to
// be registered with a description that was cut off, which nobody could read again.
func TestTypeTooLargeToDescribe(t *testing.T) {
	var source strings.Builder
	source.WriteString("package large\n\ntype Leaf struct {\n")
	for i := range 40 {
		fmt.Fprintf(&source, "\tFieldWithAFairlyLongName%02d uint8\n", i)
	}
	source.WriteString("}\n\ntype Big struct{ A, B, C, D Leaf }\n\nfunc Do(big Big) Big { return big }\n")
	root := newModule(t)
	if err := write(filepath.Join(root, "large", "large.go"), []byte(source.String())); err != nil {
		t.Fatal(err)
	}
	output, err := shim.Generate(shim.Config{Root: root, Dir: "large", Go: "go"})
	if err != nil {
		t.Fatal(err)
	}
	code := string(output.Shim)
	for text, want := range map[string]bool{"func encodeBig(": true, "\ttypeLeaf = ": true, "\ttypeBig = ": false} {
		if strings.Contains(code, text) != want {
			t.Errorf("that the shim has %q is %v", text, !want)
		}
	}
}

// What a call with several results returns is stored too, if it ends up in an any.
func TestResultsThatBecomeAny(t *testing.T) {
	const source = `package several

import "github.com/govm-net/vm/core"

func returned() ([]uint16, error) { return nil, nil }
func assigned() ([]int16, error)  { return nil, nil }
func kept() ([]int32, error)      { return nil, nil }

func told() (any, error) { return returned() }

func Do(ctx core.Context) error {
	value, err := told()
	ctx.Log("Told", "value", value)
	if err == nil {
		value, err = assigned()
	}
	ctx.Log("Told", "value", value)
	_, err = kept()
	return err
}
`
	root := newModule(t)
	if err := write(filepath.Join(root, "several", "several.go"), []byte(source)); err != nil {
		t.Fatal(err)
	}
	output, err := shim.Generate(shim.Config{Root: root, Dir: "several", Go: "go"})
	if err != nil {
		t.Fatal(err)
	}
	code := string(output.Shim)
	for text, want := range map[string]bool{"case []uint16:": true, "case []int16:": true, "case []int32:": false} {
		if strings.Contains(code, text) != want {
			t.Errorf("that the shim has %q is %v", text, !want)
		}
	}
}
