package bindgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/bindgen"
)

// update is set to write the golden files anew.
var update = os.Getenv("GOVM_UPDATE") != ""

// golden are clients with their ABIs, which are those of the shim generator's tests
// and one of a contract that uses every way to write a client.
var golden = []struct {
	abi, client string
	cfg         bindgen.Config
}{
	{"testdata/shop.abi.json", "testdata/shop.client.txt", bindgen.Config{}},
	{"testdata/shop.abi.json", "testdata/shop_prefix.client.txt", bindgen.Config{Package: "market", Prefix: "Shop"}},
	{"../shim/testdata/golden/scale.abi.json", "testdata/scale.client.txt", bindgen.Config{}},
}

func TestGolden(t *testing.T) {
	for _, test := range golden {
		abi, err := os.ReadFile(test.abi)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bindgen.Generate(abi, test.cfg)
		if err != nil {
			t.Fatalf("%s: %v", test.abi, err)
		}
		if update {
			if err := os.WriteFile(test.client, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(test.client)
		if err != nil || string(want) != string(got) {
			t.Errorf("%s is not what is generated (%v); it would be\n%s", test.client, err, got)
		}
	}
}

// Every client that is generated is valid Go.
func TestClientsCompile(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	mod := "module example.com/clients\n\ngo 1.24\n\nrequire github.com/govm-net/vm v0.1.0\n\nreplace github.com/govm-net/vm => " + root + "\n"
	if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte(mod), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range golden {
		abi, err := os.ReadFile(test.abi)
		if err != nil {
			t.Fatal(err)
		}
		source, err := bindgen.Generate(abi, test.cfg)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(module, strings.TrimSuffix(filepath.Base(test.client), ".client.txt"))
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "client.go"), source, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("go", "vet", "./...")
	command.Dir = module
	command.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// abiOf is an ABI with one function, and types.
func abiOf(params, results, types string) string {
	return `{"abi_version":1,"name":"x","codec":"borsh","functions":[{"name":"F","params":[` + params + `],"results":[` + results + `]}],"types":[` + types + `]}`
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ abi, want string }{
		{`nothing`, "this is no ABI: invalid character"},
		{`{"abi_version":2,"codec":"borsh"}`, "the ABI has version 2, and 1 is known"},
		{`{"abi_version":1,"codec":"json"}`, `the ABI's codec is "json", and borsh and scale are known`},
		{abiOf(`{"name":"a","type":"Missing"}`, ``, ``), `function F: the ABI does not define type "Missing"`},
		{abiOf(`{"name":"a","type":"[x]bool"}`, ``, ``), `function F: type "[x]bool" is no array`},
		{abiOf(`{"name":"a","type":"map[bool"}`, ``, ``), `function F: type "map[bool" is no map`},
		{abiOf(`{"name":"a","type":"bool]"}`, ``, ``), `function F: type "bool]" goes on with "]"`},
		{abiOf(`{"name":"a","type":"`+strings.Repeat("*", 40)+`bool"}`, ``, ``), "nested too deep"},
		{abiOf(``, ``, `{"name":"Client","kind":"struct"}`), "type Client: the name cannot be that of a type of the client; choose a prefix"},
		{abiOf(``, ``, `{"name":"T int; func init","kind":"struct"}`), "the name cannot be that of a type"},
		{abiOf(``, ``, `{"name":"T","kind":"struct","fields":[{"name":"A int }; type B struct { C","type":"bool"}]}`), "is no exported name in Go"},
		{abiOf(``, ``, `{"name":"T","kind":"enum","base":"uint8","values":[{"name":"A","value":"1; func init() {}"}]}`), "is no constant"},
		{abiOf(``, ``, `{"name":"T","kind":"union"}`), `type T: its kind "union" is not known`},
		{`{"abi_version":1,"name":"x","codec":"borsh","functions":[{"name":"f()"}]}`, `"f()" is no exported name in Go`},
	} {
		_, err := bindgen.Generate([]byte(test.abi), bindgen.Config{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.abi, err, test.want)
		}
	}
	_, err := bindgen.Generate([]byte(abiOf(``, ``, ``)), bindgen.Config{Package: "my shop"})
	if err == nil || err.Error() != `"my shop" cannot be the package: it is no name in Go` {
		t.Errorf("error is %v", err)
	}
}

// A function whose result a client cannot read is left out, and said to be.
func TestLeftOut(t *testing.T) {
	for _, test := range []struct{ result, types string }{
		{"any", ""},
		{"[]T", `{"name":"T","kind":"struct","fields":[{"name":"Next","type":"*T"},{"name":"V","type":"any"}]}`},
	} {
		got, err := bindgen.Generate([]byte(abiOf(``, `{"name":"","type":"`+test.result+`"}`, test.types)), bindgen.Config{})
		if err != nil || !strings.Contains(string(got), "// F is left out: a client cannot read results of type any.\n") ||
			strings.Contains(string(got), ") F(") || strings.Contains(string(got), "func read") {
			t.Errorf("%s: %v\n%s", test.result, err, got)
		}
	}
}

// Docs are text that others wrote: nothing of it becomes code or a directive.
func TestDocsStayComments(t *testing.T) {
	abi := `{"abi_version":1,"name":"x","docs":"one\n*/ func init() {}\r\n//go:linkname a b","codec":"borsh","functions":[]}`
	got, err := bindgen.Generate([]byte(abi), bindgen.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(got)) {
		if strings.Contains(line, "func init") && !strings.HasPrefix(line, "// ") || strings.HasPrefix(line, "//go:") {
			t.Errorf("%q", line)
		}
	}
}
