package outcome_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/outcome"
)

func TestOfError(t *testing.T) {
	for _, test := range []struct {
		err  error
		code core.Code
		text string
	}{
		{errors.New("no"), core.CodeReverted, "no"},
		{errors.New(""), core.CodeReverted, ""},
		{core.ErrExecutionReverted, core.CodeReverted, "reverted"},
		{core.Wrap(core.ErrUnauthorized, "not yours"), core.CodeUnauthorized, "not yours: unauthorized"},
		{fmt.Errorf("x: %w", core.ErrReadOnly), core.CodeReadOnly, "x: read only"},
		{&core.Error{Code: core.CodePanic, Message: "index"}, core.CodePanic, "index"},
		{core.ErrOutOfGas, core.CodeReverted, "out of gas"},          // only the host says so
		{core.ErrorOf(30), core.CodeReverted, "invalid module"},      // likewise
		{core.ErrorOf(-5), core.CodeReverted, "code -5"},             // no code at all
		{errors.New("é\xffü\uFFFD"), core.CodeReverted, "é?ü\uFFFD"}, // text is UTF-8
	} {
		code, text := outcome.Of(test.err)
		if code != test.code || text != test.text {
			t.Errorf("%q is %s %q, want %s %q", test.err, code, text, test.code, test.text)
		}
	}
}

type (
	stringer  struct{}
	named     uint8
	rude      struct{}
	rudeError struct{}
)

func (stringer) String() string { return "a stringer" }
func (rude) String() string     { panic("rude") }
func (rudeError) Error() string { panic("ruder") }

func TestOfPanic(t *testing.T) {
	var empty []int
	for _, test := range []struct {
		name  string
		panic func()
		code  core.Code
		text  string
	}{
		{"index", func() { empty[len(empty)+3]++ }, core.CodePanic, "runtime error: index out of range [3] with length 0"},
		{"nil map", func() { map[string]int(nil)["a"] = len(empty) }, core.CodePanic, "assignment to entry in nil map"},
		{"error", func() { panic(core.ErrUnauthorized) }, core.CodePanic, "unauthorized"},
		{"stringer", func() { panic(stringer{}) }, core.CodePanic, "a stringer"},
		{"string", func() { panic("text") }, core.CodePanic, "text"},
		{"bool", func() { panic(true) }, core.CodePanic, "true"},
		{"int", func() { panic(-7) }, core.CodePanic, "-7"},
		{"smallest int64", func() { panic(int64(math.MinInt64)) }, core.CodePanic, "-9223372036854775808"},
		{"largest uint64", func() { panic(uint64(math.MaxUint64)) }, core.CodePanic, "18446744073709551615"},
		{"zero", func() { panic(uint8(0)) }, core.CodePanic, "0"},
		{"float64", func() { panic(-1234.5678) }, core.CodePanic, "-1.234568e+003"},
		{"float32", func() { panic(float32(0.25)) }, core.CodePanic, "+2.500000e-001"},
		{"float rounded up", func() { panic(9.9999999) }, core.CodePanic, "+1.000000e+001"},
		{"float zero", func() { panic(math.Copysign(0, -1)) }, core.CodePanic, "-0.000000e+000"},
		{"NaN", func() { panic(math.NaN()) }, core.CodePanic, "NaN"},
		{"infinite", func() { panic(math.Inf(-1)) }, core.CodePanic, "-Inf"},
		{"named type", func() { panic(named(1)) }, core.CodePanic, "panic value of type outcome_test.named"},
		{"struct", func() { panic([]struct{}{}) }, core.CodePanic, "panic value of type []struct {}"},
		{"String panics", func() { panic(rude{}) }, core.CodePanic, "panic value of type outcome_test.rude"},
		{"Error panics", func() { panic(rudeError{}) }, core.CodePanic, "panic value of type outcome_test.rudeError"},
		{"nil", func() { panic(nil) }, core.CodePanic, new(runtime.PanicNilError).Error()},
		{"abort", func() { panic(outcome.Abort{Err: core.Wrap(core.ErrReadOnly, "log")}) }, core.CodeReadOnly, "log: read only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				code, text := outcome.OfPanic(recover())
				if code != test.code || text != test.text {
					t.Errorf("is %s %q, want %s %q", code, text, test.code, test.text)
				}
			}()
			test.panic()
		})
	}
}
