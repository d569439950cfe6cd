package shim_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/shim"
)

// sdkRoot is the root of this Go module.
const sdkRoot = "../.."

// newModule returns a temporary copy of this Go module, as the build driver makes
// one.
func newModule(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	for _, part := range []string{"go.mod", "core", "wire", "internal"} {
		err := filepath.WalkDir(filepath.Join(sdkRoot, part), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case entry.IsDir() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			relative, err := filepath.Rel(sdkRoot, path)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return write(filepath.Join(root, relative), data)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// addContract copies the contract in testdata/name to root/name. Files that are not
// formatted Go have the extension .txt instead of .go.
func addContract(t testing.TB, root, name string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", name, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no contract %s: %v", name, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		target := strings.TrimSuffix(filepath.Base(file), ".txt")
		if filepath.Ext(target) != ".go" {
			target += ".go"
		}
		if err := write(filepath.Join(root, name, target), data); err != nil {
			t.Fatal(err)
		}
	}
}

// generate generates the shim of testdata/name in root/shim_name.
func generate(t testing.TB, root, name string) *shim.Output {
	t.Helper()
	addContract(t, root, name)
	output, err := shim.Generate(shim.Config{Root: root, Dir: name, Go: "go"})
	if err != nil {
		t.Fatalf("generate %s: %v", name, err)
	}
	if err := write(filepath.Join(root, "shim_"+name, "main.go"), output.Shim); err != nil {
		t.Fatal(err)
	}
	return output
}

// goTool runs the go command in root without a network.
func goTool(t testing.TB, root string, env []string, args ...string) string {
	t.Helper()
	command := exec.Command("go", args...)
	command.Dir = root
	command.Env = append(append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off"), env...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
