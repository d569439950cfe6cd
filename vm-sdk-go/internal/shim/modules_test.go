package shim_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/shim"
)

// ledgerModule is a contract of two packages, with a vendored dependency that has one
// itself.
var ledgerModule = map[string]string{
	"go.mod":                             "module example.com/ledger // the contract's\n\ngo 1.24\n\nrequire example.org/sum v1.2.3\n\nrequire example.org/deep v0.1.0 // indirect\n",
	"book/book.go":                       "// Package book is the contract.\npackage book\n\nimport (\n\t\"example.com/ledger/internal/rules\"\n\t\"github.com/govm-net/vm/core\"\n)\n\ntype Book struct{}\n\nfunc (Book) Total(ctx core.Context, a, b uint64) (uint64, error) { return rules.Total(a, b) }\n",
	"book/more.go":                       "package book\n\nconst more = 1\n",
	"book/book_test.go":                  "package book\n\nthis is no Go\n",
	"internal/rules/rules.go":            "package rules\n\nimport (\n\t\"errors\"\n\n\t\"example.org/sum\"\n)\n\nfunc Total(a, b uint64) (uint64, error) {\n\tif a > 1000 {\n\t\treturn 0, errors.New(\"too much\")\n\t}\n\treturn sum.Of(a, b), nil\n}\n",
	"internal/rules/x_js.go":             "package rules\n\nimport \"syscall/js\"\n",
	"vendor/modules.txt":                 "# example.org/sum v1.2.3 => ../sum\n## explicit; go 1.21\nexample.org/sum\n# example.org/deep v0.1.0\n## explicit\nexample.org/deep/add\n# example.org/sum => ../sum\n",
	"vendor/example.org/sum/sum.go":      "package sum\n\nimport \"example.org/deep/add\"\n\nfunc Of(a, b uint64) uint64 { return add.Two(a, b) }\n",
	"vendor/example.org/deep/add/add.go": "package add\n\nfunc Two(a, b uint64) uint64 { return a + b }\n",
}

// inModule generates from the contract in a folder of a module, whose files are these
// with the changed ones put over them; "" removes a file.
func inModule(t *testing.T, files map[string]string, changed map[string]string, folder string) (string, *shim.Output, error) {
	t.Helper()
	module, root := t.TempDir(), newModule(t)
	for _, all := range []map[string]string{files, changed} {
		for name, text := range all {
			path := filepath.Join(module, filepath.FromSlash(name))
			if text == "" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else if err := write(path, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	source := filepath.Join(module, folder)
	entries, err := os.ReadDir(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			data, err := os.ReadFile(filepath.Join(source, name))
			if err == nil {
				err = write(filepath.Join(root, "contract", name), data)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	output, err := shim.Generate(shim.Config{Root: root, Dir: "contract", Display: folder, Module: module, Source: source, Go: "go"})
	return root, output, err
}

// compile compiles what was generated, to the bytes of the module.
func compile(t *testing.T, root string, output *shim.Output) []byte {
	t.Helper()
	if err := write(filepath.Join(root, "shim", "main.go"), output.Shim); err != nil {
		t.Fatal(err)
	}
	if _, err := output.Compile("shim", "contract.wasm", "-s -w"); err != nil {
		t.Fatal(err)
	}
	wasm, err := os.ReadFile(filepath.Join(root, "contract.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func TestModuleOfSeveralPackages(t *testing.T) {
	root, output, err := inModule(t, ledgerModule, nil, "book")
	if err != nil {
		t.Fatal(err)
	}
	if len(output.Warnings) != 0 || !strings.Contains(string(output.ABI), `"name":"Total"`) {
		t.Errorf("warnings %v, ABI %s", output.Warnings, output.ABI)
	}
	first := compile(t, root, output)
	root, output, err = inModule(t, ledgerModule, nil, "book")
	if err != nil {
		t.Fatal(err)
	}
	if second := compile(t, root, output); !slices.Equal(first, second) {
		t.Errorf("another folder gives another module")
	}
}

// A contract of one package is the same inside and outside of a module.
func TestModuleOfOnePackage(t *testing.T) {
	lone := map[string]string{"lone/lone.go": "package lone\n\nfunc Do(n uint64) uint64 { return n }\n"}
	var modules [][]byte
	for _, files := range []map[string]string{lone, {"go.mod": "module example.com/lone\n", "lone/lone.go": lone["lone/lone.go"]}} {
		root, output, err := inModule(t, files, nil, "lone")
		if err != nil {
			t.Fatal(err)
		}
		modules = append(modules, compile(t, root, output))
	}
	if !slices.Equal(modules[0], modules[1]) {
		t.Errorf("the module that it is in changes its bytes")
	}
}

func TestProblemsOfModules(t *testing.T) {
	rules := func(imports, body string) map[string]string {
		return map[string]string{"internal/rules/rules.go": "package rules\n\nimport \"example.org/sum\"\n" + imports +
			"\nfunc Total(a, b uint64) (uint64, error) {\n\t" + body + "\n\treturn sum.Of(a, b), nil\n}\n"}
	}
	for _, test := range []struct {
		name    string
		changed map[string]string
		folder  string
		want    string
	}{
		{"refused in another package", rules("import \"os\"\n", "os.Exit(1)"), "book",
			"internal/rules/rules.go:4:8: package os cannot be imported by a contract: a contract has no files, environment or processes; " +
				"pass what it needs as arguments and report with ctx.Log; the contract needs it through example.com/ledger/internal/rules"},
		{"refused in a dependency", map[string]string{"vendor/example.org/deep/add/more.go": "package add\n\nimport \"unsafe\"\n\nvar size = unsafe.Sizeof(1)\n"}, "book",
			"vendor/example.org/deep/add/more.go:3:8: package unsafe cannot be imported by a contract: a contract must not depend on how memory is laid out; " +
				"the contract needs it through example.com/ledger/internal/rules, which imports example.org/sum, which imports example.org/deep/add"},
		{"directive in a dependency", map[string]string{"vendor/example.org/deep/add/more.go": "package add\n\n//go:linkname now runtime.nanotime\nfunc now() int64\n"}, "book",
			"vendor/example.org/deep/add/more.go:3:1: //go:linkname is not allowed in a contract: it reaches into other packages; use what they export"},
		{"assembly in a dependency", map[string]string{"vendor/example.org/deep/add/add_wasm.s": "TEXT x(SB), 0, $0\n"}, "book",
			"vendor/example.org/deep/add/add_wasm.s:1:1: a contract is made of Go files only; remove this file"},
		{"not vendored", map[string]string{"vendor/modules.txt": "# example.org/sum v1.2.3\n## explicit\nexample.org/sum\n"}, "book",
			"vendor/example.org/sum/sum.go:3:8: package example.org/deep/add cannot be imported by a contract: it is not in the vendor folder of the contract's module; " +
				"run `go mod vendor` there, after `go get` if go.mod does not name it yet; the contract needs it through example.com/ledger/internal/rules, which imports example.org/sum"},
		{"no such package", rules("import _ \"example.com/ledger/none\"\n", ""), "book",
			"internal/rules/rules.go:4:10: package example.com/ledger/none cannot be imported by a contract: there is no folder none; " +
				"the contract needs it through example.com/ledger/internal/rules"},
		{"package of another module", map[string]string{"internal/rules/rules.go": "package rules\n\nimport \"example.com/ledger/nested\"\n\nfunc Total(a, b uint64) (uint64, error) { return nested.Total(a, b) }\n",
			"nested/nested.go": "package nested\n\nfunc Total(a, b uint64) (uint64, error) { return a + b, nil }\n", "nested/go.mod": "module example.com/ledger/nested\n"}, "book",
			"internal/rules/rules.go:3:8: package example.com/ledger/nested cannot be imported by a contract: it is not in the vendor folder of the contract's module; " +
				"run `go mod vendor` there, after `go get` if go.mod does not name it yet; the contract needs it through example.com/ledger/internal/rules"},
		{"type error in another package", rules("", "a = \"x\""), "book",
			"internal/rules/rules.go:6:6: cannot use \"x\" (untyped string constant) as uint64 value in assignment"},
		{"type error in a dependency", map[string]string{"vendor/example.org/deep/add/more.go": "package add\n\nvar s string = 1\n"}, "book",
			"vendor/example.org/deep/add/more.go:3:16: cannot use 1 (untyped int constant) as string value in variable declaration"},
		{"syntax error in a dependency", map[string]string{"vendor/example.org/deep/add/more.go": "package add\n\nvar s = \n"}, "book",
			"vendor/example.org/deep/add/more.go:4:1: syntax error: unexpected EOF, expected expression"},
		{"type error in the contract", map[string]string{"book/more.go": "package book\n\nvar s string = 1\n"}, "book",
			"book/more.go:3:16: cannot use 1 (untyped int constant) as string value in variable declaration"},
		{"only the compiler finds it", map[string]string{"internal/rules/more.go": "package rules\n\nvar table [1 << 50]byte\n\nfunc first() byte { return table[0] }\n"}, "book",
			"internal/rules/more.go:3:5: type [1125899906842624]byte larger than address space"},
		{"a type of another package is stored", map[string]string{"internal/rules/store.go": "package rules\n\nimport \"github.com/govm-net/vm/core\"\n\ntype State struct{ N int }\n\n" +
			"func Store(obj core.Object) error { return obj.Set(\"s\", State{}) }\n"}, "book",
			"internal/rules/store.go:7:57: argument of Set: type rules.State is not supported: its package is internal, and the code that encodes it is outside"},
		{"a type of a dependency", map[string]string{"book/more.go": "package book\n\nimport \"example.org/sum\"\n\nfunc (Book) Sum(s sum.Sum) {}\n",
			"vendor/example.org/sum/type.go": "package sum\n\ntype Sum uint64\n"}, "book",
			"book/more.go:5:17: parameter s of Sum: type sum.Sum is not supported: it is declared outside of the contract's module"},
		{"two types of one name", map[string]string{"book/more.go": "package book\n\nimport \"example.com/ledger/page\"\n\ntype Page struct{ N uint64 }\n\nfunc (Book) Turn(a Page, b page.Page) {}\n",
			"page/page.go": "package page\n\ntype Page struct{ Text string }\n"}, "book",
			"book/more.go:7:26: parameter b of Turn: type page.Page has the name of another type of the contract, and the ABI knows types by name; rename it"},
		{"a record of a dependency", map[string]string{"book/more.go": "package book\n\nimport (\n\t\"example.org/sum\"\n\t\"github.com/govm-net/vm/core\"\n)\n\nfunc (Book) Log(ctx core.Context) { core.Emit(ctx, sum.Sum{}) }\n",
			"vendor/example.org/sum/type.go": "package sum\n\ntype Sum struct{ N uint64 }\n"}, "book",
			"book/more.go:8:42: type argument of Emit: sum.Sum is no struct that the contract's module declares"},
		{"a record of an internal package", map[string]string{"internal/rules/store.go": "package rules\n\nimport \"github.com/govm-net/vm/core\"\n\ntype State struct{ N uint64 }\n\n" +
			"func Keep(obj core.Object) error { return core.Write(obj, State{}) }\n"}, "book",
			"internal/rules/store.go:7:48: type argument of Write: the package of type rules.State is internal, and the code that reads and writes it is outside"},
		{"import cycle", map[string]string{"internal/rules/more.go": "package rules\n\nimport \"example.com/ledger/book\"\n\nvar B book.Book\n"}, "book",
			"internal/rules/more.go:3:8: import cycle: package example.com/ledger/book is imported by what it imports"},
		{"contract in an internal folder", map[string]string{
			"internal/book/book.go": "package book\n\nimport \"example.com/ledger/internal/rules\"\n\nfunc Total(a, b uint64) (uint64, error) { return rules.Total(a, b) }\n"}, "internal/book",
			"package example.com/ledger/internal/book is internal, and what dispatches calls to it is outside: move it out of the folder named internal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := inModule(t, ledgerModule, test.changed, test.folder)
			var problems shim.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("error is %v, want problems", err)
			}
			if got := problems.Error(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// Types of the module's other packages cross the border as the contract's own do.
func TestTypesOfOtherPackages(t *testing.T) {
	changed := map[string]string{
		"page/page.go": "// Package page has pages.\npackage page\n\nimport \"github.com/govm-net/vm/core\"\n\n// Page is a page.\ntype Page struct {\n\tText string\n\tNext *Page\n}\n\n" +
			"// Colour is the colour of a page.\ntype Colour uint8\n\nconst White Colour = 1\n\nfunc Keep(obj core.Object, p Page) error { return obj.Set(\"page\", p) }\n",
		"book/more.go": "package book\n\nimport (\n\t\"example.com/ledger/page\"\n\t\"github.com/govm-net/vm/core\"\n)\n\n" +
			"func (Book) Turn(ctx core.Context, p page.Page, m map[page.Colour]bool) ([]page.Page, error) {\n\tobj, err := ctx.CreateObject()\n\tif err != nil {\n\t\treturn nil, err\n\t}\n\treturn []page.Page{p}, page.Keep(obj, p)\n}\n",
	}
	root, output, err := inModule(t, ledgerModule, changed, "book")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"name":"Page","docs":"Page is a page.","kind":"struct","fields":[{"name":"Text","type":"string"},{"name":"Next","type":"*Page"}]}`,
		`{"name":"Colour","docs":"Colour is the colour of a page.","kind":"enum","base":"uint8","values":[{"name":"White","value":"1"}]}`,
		`"params":[{"name":"p","type":"Page"},{"name":"m","type":"map[Colour]bool"}],"results":[{"name":"","type":"[]Page"}]`,
	} {
		if !strings.Contains(string(output.ABI), want) {
			t.Errorf("the ABI lacks %s:\n%s", want, output.ABI)
		}
	}
	compile(t, root, output)
}

// Records may be declared, and used, in other packages of the module, and have the name of
// another one.
func TestRecordsOfOtherPackages(t *testing.T) {
	changed := map[string]string{
		"page/page.go": "package page\n\nimport \"github.com/govm-net/vm/core\"\n\ntype Page struct {\n\tText string `govm:\"text\"`\n\tNumber uint16\n}\n\n" +
			"type Turned struct{ To uint16 }\n\nfunc Turn(ctx core.Context, obj core.Object) error {\n\tp, err := core.Read[Page](obj)\n\tcore.Emit(ctx, Turned{p.Number + 1})\n\treturn err\n}\n",
		"book/more.go": "package book\n\nimport (\n\t\"example.com/ledger/page\"\n\t\"github.com/govm-net/vm/core\"\n)\n\ntype Page struct{ Title string }\n\n" +
			"func (Book) Turn(ctx core.Context) error {\n\tobj, err := core.Create(ctx, page.Page{Text: \"a\"})\n\tif err != nil {\n\t\treturn err\n\t}\n" +
			"\treturn core.Write(obj, Page{\"b\"})\n}\n",
	}
	root, output, err := inModule(t, ledgerModule, changed, "book")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"case *part2.Page:\n\t\tif v.Text, err = core.Get[string](obj, \"text\"); err != nil {\n\t\t\treturn true, err\n\t\t}\n\t\tif v.Number, err = core.Get[uint16](obj, \"Number\"); err != nil {",
		"case contract.Page:\n\t\treturn \"Page\", []any{\"Title\", v.Title}",
		"case part2.Page:\n\t\treturn \"Page\", []any{\"text\", v.Text, \"Number\", v.Number}",
		"case part2.Turned:\n\t\treturn \"Turned\", []any{\"To\", v.To}",
	} {
		if !strings.Contains(string(output.Shim), want) {
			t.Errorf("the shim lacks %q:\n%s", want, output.Shim)
		}
	}
	if want := `"events":[{"name":"Turned","fields":[{"name":"To","type":"uint16"}]}]`; !strings.Contains(string(output.ABI), want) {
		t.Errorf("the ABI lacks %s:\n%s", want, output.ABI)
	}
	compile(t, root, output)
}

// What the module's other packages store is encoded too.
func TestStoredByOtherPackages(t *testing.T) {
	changed := map[string]string{"internal/rules/store.go": "package rules\n\nimport \"github.com/govm-net/vm/core\"\n\n" +
		"func Store(obj core.Object) error { return obj.Set(\"sum\", core.U256From(1)) }\n"}
	root, output, err := inModule(t, ledgerModule, changed, "book")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(output.Shim), "case core.U256:") {
		t.Errorf("the shim cannot encode a core.U256:\n%s", output.Shim)
	}
	compile(t, root, output)
}

// What an import in the contract's module allows holds for all that it brings along.
func TestAllowedInDependencies(t *testing.T) {
	changed := map[string]string{
		"vendor/example.org/deep/add/more.go": "package add\n\nimport \"unsafe\"\n\nvar size = unsafe.Sizeof(1)\n",
		"internal/rules/rules.go":             "package rules\n\n//govm:allow unsafe it takes the size of numbers only\nimport \"example.org/sum\"\n\nvar last uint64\n\nfunc Total(a, b uint64) (uint64, error) {\n\tlast = a\n\treturn sum.Of(a, b), nil\n}\n",
	}
	_, output, err := inModule(t, ledgerModule, changed, "book")
	if err != nil {
		t.Fatal(err)
	}
	want := "internal/rules/rules.go:9:2: warning: package variable last is changed by a call: " + globalWhy
	if got := output.Warnings.Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
