package core_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/govm-net/vm/core"
)

func TestNamedErrors(t *testing.T) {
	for _, test := range []struct {
		err  error
		code core.Code
		text string
	}{
		{core.ErrExecutionReverted, 1, "reverted"},
		{core.ErrPanic, 2, "panic"},
		{core.ErrOutOfGas, 3, "out of gas"},
		{core.ErrStackOverflow, 4, "stack overflow"},
		{core.ErrOutOfMemory, 5, "out of memory"},
		{core.ErrTrap, 6, "trap"},
		{core.ErrExited, 7, "exited"},
		{core.ErrInvalidArgument, 10, "invalid argument"},
		{core.ErrUnauthorized, 11, "unauthorized"},
		{core.ErrInsufficientFunds, 12, "insufficient funds"},
		{core.ErrContractNotFound, 13, "contract not found"},
		{core.ErrFunctionNotFound, 14, "function not found"},
		{core.ErrObjectNotFound, 15, "object not found"},
		{core.ErrFieldNotFound, 16, "field not found"},
		{core.ErrUnsupported, 17, "unsupported"},
		{core.ErrLimitExceeded, 18, "limit exceeded"},
		{core.ErrReentrant, 19, "reentrant"},
		{core.ErrNotPayable, 20, "not payable"},
		{core.ErrReadOnly, 21, "read only"},
	} {
		if got := core.CodeOf(test.err); got != test.code {
			t.Errorf("%v has code %d, want %d", test.err, got, test.code)
		}
		if got := test.err.Error(); got != test.text {
			t.Errorf("code %d has text %q, want %q", test.code, got, test.text)
		}
		if got := core.ErrorOf(test.code); !errors.Is(got, test.err) || got.Error() != test.text {
			t.Errorf("the error of code %d is %v", test.code, got)
		}
	}
}

func TestCodeOf(t *testing.T) {
	wrapped := core.Wrap(core.ErrUnauthorized, "not yours")
	for _, test := range []struct {
		name string
		err  error
		want core.Code
	}{
		{"nil", nil, 0},
		{"plain", errors.New("x"), core.CodeReverted},
		{"wrapped", wrapped, core.CodeUnauthorized},
		{"wrapped by fmt", fmt.Errorf("x: %w", wrapped), core.CodeUnauthorized},
		{"joined", errors.Join(errors.New("x"), wrapped), core.CodeUnauthorized},
		{"first of several", fmt.Errorf("%w, %w", core.ErrReadOnly, wrapped), core.CodeReadOnly},
		{"wraps nothing", fmt.Errorf("%w", nil), core.CodeReverted},
		{"code without a named error", core.ErrorOf(30), core.CodeInvalidModule},
	} {
		if got := core.CodeOf(test.err); got != test.want {
			t.Errorf("%s: code is %d, want %d", test.name, got, test.want)
		}
	}
}

func TestWrap(t *testing.T) {
	err := core.Wrap(core.ErrObjectNotFound, "open counter")
	if err.Error() != "open counter: object not found" || !errors.Is(err, core.ErrObjectNotFound) || errors.Is(err, core.ErrReadOnly) {
		t.Errorf("error is %v", err)
	}
	if core.Wrap(nil, "x") != nil || core.ErrorOf(0) != nil {
		t.Error("nothing became an error")
	}
	if got := core.Code(99).String(); got != "code 99" {
		t.Errorf("an unknown code is %q", got)
	}
}

// field is an object of one field.
type field struct {
	core.Object
	value any
}

func (f field) Get(string) (any, error) { return f.value, nil }

func TestGet(t *testing.T) {
	if got, err := core.Get[uint64](field{value: uint64(7)}, "n"); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if got, err := core.Get[any](field{value: nil}, "n"); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	_, wrongWidth := core.Get[uint64](field{value: uint32(7)}, "n")
	_, fromNil := core.Get[*string](field{value: nil}, "n")
	_, composite := core.Get[map[string][]core.Hash](field{value: []core.Address{}}, "n")
	for _, test := range []struct {
		err  error
		want string
	}{
		{wrongWidth, "field n is uint32, wanted uint64: invalid argument"},
		{fromNil, "field n is nil, wanted *string: invalid argument"},
		{composite, "field n is []core.Address, wanted map[string][]core.Hash: invalid argument"},
	} {
		if test.err == nil || test.err.Error() != test.want || !errors.Is(test.err, core.ErrInvalidArgument) {
			t.Errorf("error is %v, want %s", test.err, test.want)
		}
	}
}
