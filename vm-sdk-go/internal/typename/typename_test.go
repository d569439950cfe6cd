package typename_test

import (
	"io"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/typename"
)

type generic[T any] struct{ v T }

func TestOf(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "nil"},
		{uint8(1), "uint8"},
		{core.Address{}, "core.Address"},
		{map[string][]*int{}, "map[string][]*int"},
		{func(any) error { return nil }, "func(interface {}) error"},
		{generic[string]{}, "typename_test.generic[string]"},
	} {
		if got := typename.Of(test.value); got != test.want {
			t.Errorf("type of %v is %s, want %s", test.value, got, test.want)
		}
	}
}

func TestFor(t *testing.T) {
	for got, want := range map[string]string{
		typename.For[int]():       "int",
		typename.For[any]():       "interface {}",
		typename.For[io.Reader](): "io.Reader",
		typename.For[**string]():  "**string",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
