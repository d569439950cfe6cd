package shim_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/shim"
)

// Reasons that several warnings share.
const (
	globalWhy  = "every call starts from the package as it was initialised, so the change is lost when the call ends; keep what must last in a field of an object"
	ignoredWhy = "if it is refused the call goes on as if it had been done, and what was done before stays; return the error"
	floatWhy   = "floating-point numbers round: above 2^53 not even whole numbers are exact, and sums depend on their order; count in the smallest unit with uint64, core.U128 or core.U256"
	loopWhy    = "it gets longer as the collection grows, until no gas limit is enough and the function cannot be called any more; take a part at a time, from where and how many given as arguments"
)

// do makes a contract of one method, whose first statement is in line 8.
func do(body string) string {
	return header + "\nfunc (Bad) Do(ctx core.Context, obj core.ObjectID, n uint64) {\n\t" +
		strings.ReplaceAll(body, "\n", "\n\t") + "\n}\n"
}

// stored begins a contract's method with an object o, in line 8.
func stored(body string) string {
	return do("o, _ := ctx.GetObject(obj)\n" + body)
}

// suspicious are contracts that can be built, with what they are warned of. A new
// warning gets its case here, and what it must not warn of too.
var suspicious = []struct {
	name   string
	source string
	want   []string
}{
	// Package variables.
	{"counter in a variable", "package bad\n\nvar count int\n\nfunc Do() int {\n\tcount++\n\treturn count\n}\n", []string{
		"bad.go:6:2: warning: package variable count is changed by a call: " + globalWhy}},
	{"assigned variables", "package bad\n\nvar a, b int\n\nfunc Do() {\n\ta, b = 1, 2\n\ta += b\n}\n", []string{
		"bad.go:6:2: warning: package variable a is changed by a call: " + globalWhy,
		"bad.go:6:5: warning: package variable b is changed by a call: " + globalWhy,
		"bad.go:7:2: warning: package variable a is changed by a call: " + globalWhy}},
	{"parts of variables", "package bad\n\ntype T struct{ F [2]int }\n\nvar (\n\tm = map[string]int{}\n\tt T\n\tp = &t\n)\n\nfunc Do() {\n\tm[\"x\"] = 1\n\tt.F[1] = 2\n\t(*p).F[0]--\n\tdelete(m, \"x\")\n\tclear(m)\n\tfor t.F[0] = range 3 {\n\t}\n}\n", []string{
		"bad.go:12:2: warning: package variable m is changed by a call: " + globalWhy,
		"bad.go:13:2: warning: package variable t is changed by a call: " + globalWhy,
		"bad.go:14:2: warning: package variable p is changed by a call: " + globalWhy,
		"bad.go:15:9: warning: package variable m is changed by a call: " + globalWhy,
		"bad.go:16:8: warning: package variable m is changed by a call: " + globalWhy,
		"bad.go:17:6: warning: package variable t is changed by a call: " + globalWhy}},
	{"variables of their own", "package bad\n\nvar table = []int{1}\n\nfunc init() { table[0] = 2 }\n\nfunc Do() int {\n\ttable := []int{3}\n\ttable[0]++\n\tx := table\n\tx[0] = 1\n\treturn x[0]\n}\n", nil},

	// Errors.
	{"ignored errors of an object", stored("o.Set(\"a\", n)\n_ = o.SetOwner(ctx.Sender())\ndefer o.Delete(\"a\")"), []string{
		"bad.go:9:2: warning: the error of Set is ignored: " + ignoredWhy,
		"bad.go:10:6: warning: the error of SetOwner is ignored: " + ignoredWhy,
		"bad.go:11:8: warning: the error of Delete is ignored: " + ignoredWhy}},
	{"ignored errors of the context", do("ctx.Transfer(ctx.Sender(), n)\nctx.Call(ctx.Sender(), \"F\")\nresult, _ := ctx.Call(ctx.Sender(), \"F\")\n_ = result\nctx.DeleteObject(obj)\no, _ := ctx.CreateObject()\n_ = o"), []string{
		"bad.go:8:2: warning: the error of Transfer is ignored: " + ignoredWhy,
		"bad.go:9:2: warning: the error of Call is ignored: " + ignoredWhy,
		"bad.go:10:15: warning: the error of Call is ignored: " + ignoredWhy,
		"bad.go:12:2: warning: the error of DeleteObject is ignored: " + ignoredWhy,
		"bad.go:13:10: warning: the error of CreateObject is ignored: " + ignoredWhy}},
	{"errors that are looked at", stored("if err := o.Set(\"a\", n); err != nil {\n\tpanic(err)\n}\nv, _ := core.Get[uint64](o, \"a\")\nctx.Log(\"E\", \"v\", v)"), nil},

	// Floats.
	{"amounts in floats", header + "\ntype Offer struct {\n\tPrice  float64\n\tWeight float64\n}\n\nfunc (Bad) Do(ctx core.Context, minBid float32, o Offer) (payout float64) {\n\tfeeRate, speed := 0.1, 1.5\n\treturn feeRate * speed\n}\n", []string{
		"bad.go:8:2: warning: Price is an amount and a float64: " + floatWhy,
		"bad.go:12:33: warning: minBid is an amount and a float32: " + floatWhy,
		"bad.go:12:59: warning: payout is an amount and a float64: " + floatWhy,
		"bad.go:13:2: warning: feeRate is an amount and a float64: " + floatWhy}},
	{"floats of the ledger", do("share := float64(ctx.Value()) * 0.3\nif err := ctx.Transfer(ctx.Sender(), n+uint64(share)); err != nil {\n\tpanic(err)\n}\n_, err := ctx.CallWith(core.CallOptions{Value: uint64(share)}, ctx.Sender(), \"F\")\nif err != nil {\n\tpanic(err)\n}"), []string{
		"bad.go:8:11: warning: the amount of Value becomes a floating-point number: " + floatWhy,
		"bad.go:9:41: warning: the amount of a transfer is made of a floating-point number: " + floatWhy,
		"bad.go:12:49: warning: the value of a call is made of a floating-point number: " + floatWhy}},
	{"floats that are no amounts", header + "\ntype Point struct{ X, Y float64 }\n\nfunc (Bad) Do(ctx core.Context, p Point, amount uint64) float64 {\n\tcoffee := p.X * 2\n\treturn coffee + float64(amount)\n}\n", nil},

	// Loops.
	{"all of a stored list", stored("list, err := core.Get[[]uint64](o, \"list\")\nif err != nil {\n\tpanic(err)\n}\nfor range list {\n}\nfor i := 0; i < len(list); i++ {\n}\nfor i := range len(list) {\n\t_ = i\n}"), []string{
		"bad.go:13:2: warning: the loop goes over all of a stored collection: " + loopWhy,
		"bad.go:15:2: warning: the loop goes over all of a stored collection: " + loopWhy,
		"bad.go:17:2: warning: the loop goes over all of a stored collection: " + loopWhy}},
	{"up to a stored number", stored("v, _ := o.Get(\"count\")\ncount := v.(uint64)\nfor i := uint64(0); i < count; i++ {\n}"), []string{
		"bad.go:11:2: warning: the loop goes over all of a stored collection: " + loopWhy}},
	{"part of a stored struct", header + "\ntype State struct{ Members map[string]bool }\n\nfunc (Bad) Do(ctx core.Context, obj core.ObjectID) (n int) {\n\to, _ := ctx.GetObject(obj)\n\tstate, _ := core.Get[State](o, \"state\")\n\tfor range state.Members {\n\t\tn++\n\t}\n\treturn n\n}\n", []string{
		"bad.go:12:2: warning: the loop goes over all of a stored collection: " + loopWhy}},
	{"page after page", do("var after core.ObjectID\nfor {\n\tpage, err := ctx.ListObjects(after, 10)\n\tif err != nil || len(page) == 0 {\n\t\treturn\n\t}\n\tafter = page[len(page)-1].ID()\n}"), []string{
		"bad.go:9:2: warning: the loop reads pages until there are no more: " + loopWhy}},
	{"collections on objects", stored("list := core.ListOf[uint64](o, \"l\")\nfor i := range core.Must(list.Len()) {\n\t_ = i\n}\nvar last string\nfor {\n\tkeys, err := core.MapOf[string, bool](o, \"m\").Keys(10, last)\n\tif err != nil || len(keys) == 0 {\n\t\tbreak\n\t}\n\tlast = keys[len(keys)-1]\n}\nlist.Push(1)\ncore.SetOf[string](o, \"s\").Add(\"x\")"), []string{
		"bad.go:10:2: warning: the loop goes over all of a stored collection: " + loopWhy,
		"bad.go:14:2: warning: the loop reads pages until there are no more: " + loopWhy,
		"bad.go:21:2: warning: the error of Push is ignored: " + ignoredWhy,
		"bad.go:22:2: warning: the error of Add is ignored: " + ignoredWhy}},
	{"loops with a bound", stored("list, _ := core.Get[[]uint64](o, \"list\")\nfor i := 0; i < len(list) && i < 100; i++ {\n}\nfor range min(len(list), 10) {\n}\nfor range list[:min(len(list), 3)] {\n}\nfor i := uint64(0); i < n; i++ {\n\tnames, _ := o.Fields(\"\", 10)\n\tfor range names {\n\t}\n}\nfor n > 0 {\n\tn--\n}"), nil},

	// Allowed.
	{"allowed", "package bad\n\nvar count int\n\nfunc Do() int {\n\t//govm:allow global it counts within the call\n\tcount++\n\tcount-- //govm:allow global the same\n\tcount++\n\treturn count\n}\n", []string{
		"bad.go:9:2: warning: package variable count is changed by a call: " + globalWhy}},
	{"allowed above another comment", "package bad\n\nvar count int\n\nfunc Do() int {\n\t//govm:allow global it counts within the call\n\t// and not beyond.\n\n\tcount++\n\treturn count\n}\n", nil},
	{"allows nothing", "package bad\n\nvar count int\n\n//govm:allow global nothing changes it\nfunc Do() int { return count }\n", []string{
		"bad.go:5:1: warning: //govm:allow global silences nothing: there is no such problem in the line that it is about; remove it"}},
	{"another check is allowed", "package bad\n\nvar count int\n\nfunc Do() int {\n\tcount++ //govm:allow loop it is none\n\treturn count\n}\n", []string{
		"bad.go:6:2: warning: package variable count is changed by a call: " + globalWhy,
		"bad.go:6:10: warning: //govm:allow loop silences nothing: there is no such problem in the line that it is about; remove it"}},
	{"a package that is not tested", "package bad\n\nimport \"go/version\" //govm:allow import it is pure\n\nfunc Do() string { return version.Lang(\"go1.24.1\") }\n", nil},
	{"allowed packages", "package bad\n\n//govm:allow unsafe sizes do not depend on memory\nimport \"unsafe\"\n\nimport \"encoding\" // it is on the list\n\nfunc Do(n uint64) int { return int(unsafe.Sizeof(n)) + len([]encoding.TextMarshaler{}) }\n", nil},

	// Nothing to say.
	{"goroutines outside of the strict profile", "package bad\n\nfunc Do() int {\n\tc := make(chan int)\n\tgo func() { c <- 1 }()\n\treturn <-c\n}\n", nil},
	{"a marked contract", header + "\nfunc (b *Bad) Do(ctx core.Context) {}\n\n// Good is the contract.\n//\n//govm:contract\ntype Good struct{}\n\nfunc (Good) Do(ctx core.Context) {}\n", nil},
}

func TestSuspicious(t *testing.T) {
	root := newModule(t)
	for i, test := range suspicious {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := fmt.Sprintf("suspicious%d", i)
			if err := write(filepath.Join(root, dir, "bad.go"), []byte(test.source)); err != nil {
				t.Fatal(err)
			}
			output, err := shim.Generate(shim.Config{Root: root, Dir: dir, Go: "go"})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := output.Warnings.Error(), strings.Join(test.want, "\n"); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestStrictProfile(t *testing.T) {
	root := newModule(t)
	source := "package bad\n\nfunc Do() (n int) {\n\tc := make(chan int)\n\tgo func() { c <- 1 }()\n\tselect {\n\tcase n = <-c:\n\t}\n\tdefer func() { recover() }()\n\treturn n\n}\n"
	if err := write(filepath.Join(root, "bad", "bad.go"), []byte(source)); err != nil {
		t.Fatal(err)
	}
	if _, err := shim.Generate(shim.Config{Root: root, Dir: "bad", Go: "go"}); err != nil {
		t.Errorf("outside of the strict profile: %v", err)
	}
	_, err := shim.Generate(shim.Config{Root: root, Dir: "bad", Go: "go", Strict: true})
	var problems shim.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is %v, want problems", err)
	}
	const why = " is not allowed in a strict contract: the strict profile has none of them, though the VM makes them deterministic; build without --strict to use it"
	want := []string{
		"bad.go:4:12: a channel", "bad.go:5:2: a go statement", "bad.go:5:16: a send statement", "bad.go:6:2: a select statement",
		"bad.go:7:11: a receive operation", "bad.go:9:17: recover",
	}
	if got, want := problems.Error(), strings.Join(want, why+"\n")+why; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What is marked, and the line of the source that it is in.
func TestPlaces(t *testing.T) {
	root := newModule(t)
	for i, test := range []struct{ source, want string }{
		{"package bad\n\nimport \"os\"\n\nfunc Do() { os.Exit(1) }\n", `import "os"|"os"`},
		{"package bad\n\n//go:linkname x y\nfunc Do() {}\n", `//go:linkname x y|//go:linkname`},
		{"package bad\n\nfunc Do(cé chan int) {}\n", "func Do(cé chan int) {}|cé"},
		{"package bad\n\nfunc Do() { none() }\n", "func Do() { none() }|none"},
		{"package bad\n\nfunc Do( {\n}\n", "func Do( {|{"},
	} {
		dir := fmt.Sprintf("places%d", i)
		if err := write(filepath.Join(root, dir, "bad.go"), []byte(test.source)); err != nil {
			t.Fatal(err)
		}
		_, err := shim.Generate(shim.Config{Root: root, Dir: dir, Go: "go"})
		var problems shim.Problems
		if !errors.As(err, &problems) {
			t.Fatalf("error is %v, want problems", err)
		}
		p := problems[0]
		if got := p.Source + "|" + p.Source[p.Pos.Column-1:p.EndColumn-1]; got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
