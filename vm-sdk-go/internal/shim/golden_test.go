package shim_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// The golden files hold the ABI, indented and without the Go version, and the shim
// of each contract in testdata.
func TestGolden(t *testing.T) {
	root := newModule(t)
	for _, name := range []string{"seed", "sink", "functions", "scale", "records", "reenter"} {
		t.Run(name, func(t *testing.T) {
			output := generate(t, root, name)
			var indented bytes.Buffer
			if err := json.Indent(&indented, output.ABI, "", "  "); err != nil {
				t.Fatal(err)
			}
			abi := bytes.Replace(indented.Bytes(), []byte(runtime.Version()), []byte("GO VERSION"), 1)
			golden(t, name+".abi.json", append(abi, '\n'))
			golden(t, name+".shim.txt", output.Shim)

			again := generate(t, root, name)
			if !bytes.Equal(again.ABI, output.ABI) || !bytes.Equal(again.Shim, output.Shim) {
				t.Error("a second run gave another result")
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, output.ABI); err != nil || !bytes.Equal(compact.Bytes(), output.ABI) {
				t.Errorf("the ABI has white space, error %v", err)
			}
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := write(path, got); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; if that is meant, run go test -update and look at the difference", path)
	}
}
