package stdlib

import (
	"cmp"
)

// Cmp uses package cmp.
func Cmp() string {
	if cmp.Compare("a", "b") < 0 && cmp.Less(1, 2) {
		return cmp.Or("", "ordered")
	}
	return "not"
}
