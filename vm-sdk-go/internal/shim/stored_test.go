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
