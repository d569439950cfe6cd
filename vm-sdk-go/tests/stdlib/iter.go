package stdlib

import (
	"iter"
)

func letters() iter.Seq[string] {
	return func(yield func(string) bool) {
		_ = yield("a") && yield("b") && yield("c")
	}
}

// Iter uses package iter.
func Iter() string {
	next, stop := iter.Pull(letters())
	defer stop()
	a, _ := next()
	b, _ := next()
	return a + b
}
