package shim_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/shim"
)

// header is the beginning of most contracts below: lines 1 to 5.
const header = `package bad

import "github.com/govm-net/vm/core"

type Bad struct{}
`

// method makes a contract of one method, in line 7.
func method(signature string) string {
	return header + "\nfunc (b *Bad) " + signature + " { panic(0) }\n"
}

// manyProblems are the first ten of eleven channels in one line.
func manyProblems() (lines []string) {
	for i := range 10 {
		lines = append(lines, fmt.Sprintf("bad.go:3:%d: field T.%c: type chan int is not supported: a channel cannot be encoded", 16+3*i, 'A'+i))
	}
	return lines
}

// broken are contracts with what is wrong with them. A new check gets its case here.
var broken = []struct {
	name   string
	source string
	want   []string
}{
	// Not Go: the words are the compiler's.
	{"undefined name", method("Do(ctx core.Context) { undefinedName() }; func x()"), []string{
		"bad.go:7:38: undefined: undefinedName"}},
	{"several type errors", header + "\nfunc (b *Bad) Do(ctx core.Context) {\n\tvar a int = \"x\"\n\tb.None()\n}\n", []string{
		"bad.go:8:6: declared and not used: a",
		"bad.go:8:14: cannot use \"x\" (untyped string constant) as int value in variable declaration",
		"bad.go:9:4: b.None undefined (type *Bad has no field or method None)"}},
	{"message of several lines", header + "\nfunc (b *Bad) Do(ctx core.Context) {\n\tctx.Transfer(1)\n}\n", []string{
		"bad.go:8:15: not enough arguments in call to ctx.Transfer\n\thave (number)\n\twant (core.Address, uint64)"}},
	{"syntax error", "package bad\n\nfunc Do( {\n}\n", []string{
		"bad.go:3:10: syntax error: unexpected {, expected )"}},
	{"no package clause", "func Do() {}\n", []string{
		"bad.go:1:1: expected 'package', found 'func'"}},

	// Records.
	{"record that is no struct", header + "\nfunc (b *Bad) Do(ctx core.Context) {\n\tcore.Load[uint64](ctx, core.ObjectID{})\n}\n", []string{
		"bad.go:8:7: type argument of Load: uint64 is no struct that the contract's module declares"}},
	{"record that is not exported", header + "\ntype hidden struct{}\n\nfunc (b *Bad) Do(ctx core.Context) {\n\tcore.Emit(ctx, hidden{})\n}\n", []string{
		"bad.go:10:7: type argument of Emit: type hidden is not exported; rename it to Hidden"}},
	{"record with fields that cannot be kept", header + "\ntype Kept struct {\n\ta int\n\tB chan int\n\tC int `govm:\"c\"`\n\tD int `govm:\"c\"`\n\tE int `govm:\"\"`\n}\n\nfunc (b *Bad) Do(ctx core.Context) {\n\tcore.Create(ctx, Kept{})\n}\n", []string{
		"bad.go:8:2: field Kept.a is not exported, so it cannot be kept; export it",
		"bad.go:9:2: field Kept.B: type chan int is not supported: a channel cannot be encoded",
		"bad.go:11:2: field Kept.D has the name c, as has field C",
		"bad.go:12:2: field Kept.E: the name in its tag has 1 to 255 bytes"}},

	// Imports.
	{"network", "package bad\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc Do() { fmt.Println(http.MethodGet) }\n", []string{
		"bad.go:5:2: package net/http cannot be imported by a contract: a contract has no network; pass what it needs as arguments"}},
	{"several imports", "package bad\n\nimport \"os\"\nimport \"unsafe\"\nimport \"C\"\n\nfunc Do() {}\n", []string{
		"bad.go:3:8: package os cannot be imported by a contract: a contract has no files, environment or processes; pass what it needs as arguments and report with ctx.Log",
		"bad.go:4:8: package unsafe cannot be imported by a contract: a contract must not depend on how memory is laid out",
		"bad.go:5:8: package C cannot be imported by a contract: a contract is pure Go"}},
	{"secret random", "package bad\n\nimport \"crypto/rand\"\n\nfunc Do() { rand.Text() }\n", []string{
		"bad.go:3:8: package crypto/rand cannot be imported by a contract: a contract cannot keep a secret from those who run it; for repeatable draws seed a generator of math/rand/v2"}},
	{"third party", "package bad\n\nimport _ \"github.com/pkg/errors\"\n\nfunc Do() {}\n", []string{
		"bad.go:3:10: package github.com/pkg/errors cannot be imported by a contract: it is not part of the standard library; put the contract into a Go module and run `go mod vendor` there, or copy the code you need into the contract's folder"}},
	{"inside of the SDK", "package bad\n\nimport \"github.com/govm-net/vm/internal/guest\"\n\nfunc Do() { guest.Run(0, 0, 0, nil) }\n", []string{
		"bad.go:3:8: package github.com/govm-net/vm/internal/guest cannot be imported by a contract: import github.com/govm-net/vm/core, the package for contracts"}},
	{"test kit", "package bad\n\nimport _ \"github.com/govm-net/vm/coretest\"\n\nfunc Do() {}\n", []string{
		"bad.go:3:10: package github.com/govm-net/vm/coretest cannot be imported by a contract: it is for tests; move the import to a _test.go file"}},
	{"relative", "package bad\n\nimport _ \"./other\"\n\nfunc Do() {}\n", []string{
		"bad.go:3:10: package ./other cannot be imported by a contract: a contract is one package; put its files into one folder, or import the other by its module's path"}},
	{"no such package", "package bad\n\nimport _ \"text/nothing\"\n\nfunc Do() {}\n", []string{
		"bad.go:3:10: package text/nothing cannot be imported by a contract: it is not one of the pure, deterministic packages of the standard library that contracts may use"}},

	// Directives.
	{"linkname", "package bad\n\nfunc Do() {}\n\n//go:linkname nanotime runtime.nanotime\nfunc nanotime() int64\n", []string{
		"bad.go:5:1: //go:linkname is not allowed in a contract: it reaches into other packages; use what they export"}},
	{"wasm directives", "package bad\n\n//go:wasmimport govm output\nfunc output(p, n uint32)\n\n//go:wasmexport do\nfunc Do() {}\n", []string{
		"bad.go:3:1: //go:wasmimport is not allowed in a contract: the host's functions are reached through core.Context only",
		"bad.go:6:1: //go:wasmexport is not allowed in a contract: the functions of a contract are exported by the code that is generated for it"}},
	{"embed", "package bad\n\n//go:embed table.txt\nvar table string\n\nfunc Do() string { return table }\n", []string{
		"bad.go:3:1: //go:embed is not allowed in a contract: put the data into a Go constant"}},
	{"contract directive on a function", "package bad\n\n//govm:contract\nfunc Do() {}\n", []string{
		"bad.go:3:1: //govm:contract has no effect here: it belongs in the doc comment of an exported struct"}},
	{"two marked contracts", header + "\nfunc (b *Bad) Do(ctx core.Context) {}\n\n//govm:contract\ntype Worse struct{}\n\nfunc (Worse) Do(ctx core.Context) {}\n\n//govm:contract\ntype Worst struct{}\n\nfunc (Worst) Do(ctx core.Context) {}\n", []string{
		"bad.go:15:6: types Worse and Worst could both be the contract; a package has one: mark it with //govm:contract, or unexport the other, or its methods"}},
	{"marked contract without a method", header + "\nfunc (b *Bad) Do(ctx core.Context) {}\n\n//govm:contract\ntype Worse struct{}\n", []string{
		"bad.go:10:6: type Worse is marked as the contract and has no exported method"}},
	{"allow nothing", "package bad\n\n//govm:allow\nfunc Do() {}\n", []string{
		"bad.go:3:1: //govm:allow names what it allows and says why, as in //govm:allow global the reason; it can allow import, unsafe, global, ignored-error, float, loop"}},
	{"allow what cannot be", "package bad\n\n//govm:allow type because\nfunc Do(c chan int) {}\n", []string{
		"bad.go:3:1: //govm:allow names what it allows and says why, as in //govm:allow global the reason; it can allow import, unsafe, global, ignored-error, float, loop"}},
	{"allow an import that is refused", "package bad\n\n//govm:allow import because\nimport \"os\"\n\nfunc Do() { os.Exit(1) }\n", []string{
		"bad.go:4:8: package os cannot be imported by a contract: a contract has no files, environment or processes; pass what it needs as arguments and report with ctx.Log"}},
	{"unknown directive", "package bad\n\n//govm:pure\nfunc Do() {}\n", []string{
		"bad.go:3:1: unknown directive //govm:pure; there are //govm:view, //govm:payable, //govm:contract, //govm:codec, //govm:reentrant, //govm:allow"}},
	{"directive without effect", "package bad\n\nfunc Do() {}\n\n// help helps.\n//\n//govm:view\nfunc help() {}\n", []string{
		"bad.go:7:1: //govm:view has no effect here: it belongs in the doc comment of a function that the contract exports"}},
	{"directive with an argument", "package bad\n\n//govm:view yes\nfunc Do() {}\n", []string{
		"bad.go:3:1: //govm:view takes no argument"}},
	{"view and payable", "package bad\n\n//govm:view\n//govm:payable\nfunc Do() {}\n", []string{
		"bad.go:5:6: function Do is both view and payable; a view cannot take value"}},
	{"codec", "//govm:codec json\n\npackage bad\n\nfunc Do() {}\n", []string{
		"bad.go:1:1: //govm:codec takes one of borsh, scale"}},
	{"two codecs", "//govm:codec scale\n\npackage bad\n\n//govm:codec borsh\n\nfunc Do() {}\n", []string{
		"bad.go:5:1: //govm:codec is borsh here and scale elsewhere"}},
	{"codec in a function", "package bad\n\nfunc Do() {\n\t//govm:codec scale\n}\n", []string{
		"bad.go:4:2: //govm:codec belongs outside of functions, such as above the package clause"}},

	// What the contract is.
	{"package main", "package main\n\nfunc main() {}\n\nfunc Do() {}\n", []string{
		"bad.go:1:9: package main is a program; a contract is a library: name the package after the contract, such as package counter"}},
	{"nothing exported", "package bad\n\ntype bad struct{}\n\nfunc (bad) Do() {}\n\nfunc do() {}\n", []string{
		"bad.go:1:9: package bad has no exported function: a contract exports methods of one exported struct, or functions"}},
	{"two contracts", header + "\nfunc (b *Bad) Do(ctx core.Context) {}\n\ntype Worse struct{}\n\nfunc (Worse) Do(ctx core.Context) {}\n", []string{
		"bad.go:9:6: types Bad and Worse could both be the contract; a package has one: mark it with //govm:contract, or unexport the other, or its methods"}},
	{"two structs without a context", "package bad\n\ntype A struct{}\n\nfunc (A) Do() {}\n\ntype B struct{}\n\nfunc (B) Do() {}\n", []string{
		"bad.go:7:6: types A and B could both be the contract; a package has one: mark it with //govm:contract, or unexport the other, or its methods"}},
	{"generic contract", "package bad\n\nimport \"github.com/govm-net/vm/core\"\n\ntype Bad[T any] struct{ V T }\n\nfunc (Bad[T]) Do(ctx core.Context) {}\n", []string{
		"bad.go:5:6: type Bad is generic; a contract cannot be"}},
	{"generic function", "package bad\n\nfunc Do[T any](v T) {}\n", []string{
		"bad.go:3:6: function Do is generic; a function of a contract cannot be"}},

	// Types of parameters and results.
	{"channel", method("Do(ctx core.Context, c chan int)"), []string{
		"bad.go:7:36: parameter c of Do: type chan int is not supported: a channel cannot be encoded"}},
	{"function", method("Do(ctx core.Context, f func(int) error)"), []string{
		"bad.go:7:36: parameter f of Do: type func(int) error is not supported: a function cannot be encoded"}},
	{"complex", method("Do(ctx core.Context) (c complex128, err error)"), []string{
		"bad.go:7:37: result c of Do: type complex128 is not supported: use two floats"}},
	{"uintptr in a slice", method("Do(ctx core.Context, p []uintptr)"), []string{
		"bad.go:7:36: parameter p of Do: type uintptr is not supported: a pointer has no meaning outside of the call; use uint64 for a number"}},
	{"interface", method("Do(ctx core.Context, v interface{ M() })"), []string{
		"bad.go:7:36: parameter v of Do: type interface{M()} is not supported: the only interface that can be encoded is any"}},
	{"error not last", method("Do(ctx core.Context) (error, int)"), []string{
		"bad.go:7:37: result of Do: type error is not supported: an error can only be the last result; to keep one, keep err.Error()"}},
	{"context not first", method("Do(n int, ctx core.Context)"), []string{
		"bad.go:7:25: parameter ctx of Do: type core.Context is not supported: a core.Context can only be the first parameter"}},
	{"object", method("Do(ctx core.Context, o core.Object)"), []string{
		"bad.go:7:36: parameter o of Do: type core.Object is not supported: pass the object's ID()"}},
	{"unnamed struct", method("Do(ctx core.Context, v struct{ X int })"), []string{
		"bad.go:7:36: parameter v of Do: type struct{X int} is not supported: give the struct a name with a type declaration"}},
	{"type of another package", "package bad\n\nimport \"time\"\n\nfunc Do(d time.Duration) {}\n", []string{
		"bad.go:5:9: parameter d of Do: type time.Duration is not supported: it is declared outside of the contract's module"}},
	{"unexported type", header + "\ntype point struct{ X int }\n\nfunc (Bad) Do(ctx core.Context) []point { return nil }\n", []string{
		"bad.go:9:33: result of Do: type point is not supported: it is not exported; rename it to Point"}},
	{"unexported field", header + "\ntype Point struct {\n\tX int\n\ty int\n}\n\nfunc (Bad) Do(ctx core.Context, p Point, q *Point) {}\n", []string{
		"bad.go:9:2: field Point.y, of type int, is not exported, so it cannot be encoded; export it, or give Point methods Encode and Decode"}},
	{"field deep inside", header + "\ntype A struct{ Bs []B }\n\ntype B struct{ C map[string]C }\n\ntype C struct{ F func() }\n\nfunc (Bad) Do(ctx core.Context, a A) {}\n", []string{
		"bad.go:11:16: field C.F: type func() is not supported: a function cannot be encoded"}},
	{"named interface", header + "\ntype Shape interface{ Area() int }\n\nfunc (Bad) Do(ctx core.Context, s Shape) {}\n", []string{
		"bad.go:9:33: parameter s of Do: type Shape is not supported: it is an interface; the only one that can be encoded is any"}},
	{"generic type", header + "\ntype Pair[T any] struct{ A, B T }\n\nfunc (Bad) Do(ctx core.Context, p Pair[int]) {}\n", []string{
		"bad.go:9:33: parameter p of Do: type Pair[int] is not supported: it is generic"}},
	{"name of a core type", header + "\ntype Hash [4]byte\n\nfunc (Bad) Do(ctx core.Context, h Hash) {}\n", []string{
		"bad.go:9:33: parameter h of Do: type Hash has the name of a type of package core; rename it"}},
	{"float key", method("Do(ctx core.Context, m map[float64]int)"), []string{
		"bad.go:7:36: parameter m of Do: a map cannot have keys of type float64: only bool, integers, strings, ids, and arrays and structs of those have an order"}},
	{"pointer in a key", header + "\ntype Key struct{ P *int }\n\nfunc (Bad) Do(ctx core.Context, m map[Key]int) {}\n", []string{
		"bad.go:9:33: parameter m of Do: a map cannot have keys of type Key: only bool, integers, strings, ids, and arrays and structs of those have an order"}},
	{"elements of no bytes", method("Do(ctx core.Context, s []Bad)"), []string{
		"bad.go:7:36: parameter s of Do: type []Bad is not supported: its elements take no bytes, so there is no telling how many there are"}},
	{"huge array", method("Do(ctx core.Context, a [1 << 20][2]int8)"), []string{
		"bad.go:7:36: parameter a of Do: type [1048576][2]int8 is not supported: it takes more than 1048576 bytes; use a slice"}},
	{"more than ten problems", "package bad\n\ntype T struct{ A, B, C, D, E, F, G, H, I, J, K chan int }\n\nfunc Do(t T) {}\n", append(manyProblems(), "too many errors")},
	{"Encode of another form", header + "\ntype T struct{ n int }\n\nfunc (T) Encode() []byte { return nil }\n\nfunc (*T) Decode([]byte) error { return nil }\n\nfunc (Bad) Do(ctx core.Context, t T) {}\n", []string{
		"bad.go:7:16: field T.n, of type int, is not exported, so it cannot be encoded; export it, or give T methods Encode and Decode"}},

	// What is stored, logged or passed on.
	{"store a channel", header + "\nfunc (Bad) Do(ctx core.Context, o core.ObjectID) error {\n\tobj, _ := ctx.GetObject(o)\n\treturn obj.Set(\"c\", make(chan int))\n}\n", []string{
		"bad.go:9:22: argument of Set: type chan int is not supported: a channel cannot be encoded"}},
	{"store an unexported type", header + "\ntype state struct{ N int }\n\nfunc (Bad) Do(ctx core.Context, o core.ObjectID) error {\n\tobj, _ := ctx.GetObject(o)\n\treturn obj.Set(\"s\", &state{})\n}\n", []string{
		"bad.go:11:22: argument of Set: type state is not supported: it is not exported; rename it to State"}},
	{"store a local type", header + "\nfunc (Bad) Do(ctx core.Context, obj core.ObjectID) {\n\ttype Local struct{ N int }\n\tctx.Log(\"x\", \"y\", Local{})\n}\n", []string{
		"bad.go:9:20: argument of Log: type Local is not supported: declare it outside of the function"}},
	{"log an error", header + "\nfunc (Bad) Do(ctx core.Context) {\n\t_, err := ctx.CreateObject()\n\tctx.Log(\"x\", \"err\", err)\n}\n", []string{
		"bad.go:9:22: argument of Log: type error is not supported: an error can only be the last result; to keep one, keep err.Error()"}},
	{"log without a value", header + "\nfunc (Bad) Do(ctx core.Context) {\n\tctx.Log(\"x\", \"a\", 1, \"b\")\n}\n", []string{
		"bad.go:8:23: argument of Log: key \"b\" has no value; pairs of a key and a value follow the event's name"}},
	{"log under a long name", header + "\nfunc (Bad) Do(ctx core.Context) {\n\tctx.Log(\"" + strings.Repeat("e", 256) + "\", \"" + strings.Repeat("k", 256) + "\", 1)\n}\n", []string{
		"bad.go:8:10: argument of Log: the event's name is longer than 255 bytes"}},
	{"log a long key", header + "\nfunc (Bad) Do(ctx core.Context) {\n\tctx.Log(\"E\", \"" + strings.Repeat("k", 256) + "\", 1)\n}\n", []string{
		"bad.go:8:15: argument of Log: the key is longer than 255 bytes"}},
	{"log a key that is no string", header + "\nfunc (Bad) Do(ctx core.Context) {\n\tctx.Log(\"x\", 1, 2)\n}\n", []string{
		"bad.go:8:15: argument of Log: a key is a string, not a value of type int"}},
	{"pass on a function", header + "\nfunc (b Bad) Do(ctx core.Context) {\n\tctx.Call(ctx.Sender(), \"f\", b.Do)\n}\n", []string{
		"bad.go:8:30: argument of Call: type func(ctx core.Context) is not supported: a function cannot be encoded"}},
	{"get an unexported type", header + "\ntype state struct{ N int }\n\nfunc (Bad) Do(ctx core.Context, id core.ObjectID) {\n\tobj, _ := ctx.GetObject(id)\n\tcore.Get[state](obj, \"s\")\n}\n", []string{
		"bad.go:11:7: type argument of Get: type state is not supported: it is not exported; rename it to State"}},
}

func TestBroken(t *testing.T) {
	root := newModule(t)
	for i, test := range broken {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := fmt.Sprintf("broken%d", i)
			if err := write(filepath.Join(root, dir, "bad.go"), []byte(test.source)); err != nil {
				t.Fatal(err)
			}
			_, err := shim.Generate(shim.Config{Root: root, Dir: dir, Go: "go"})
			var problems shim.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("error is %v, want problems", err)
			}
			if got, want := problems.Error(), strings.Join(test.want, "\n"); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}
