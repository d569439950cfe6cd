package stdlib

import (
	"path"
)

// Path uses package path.
func Path() string {
	return path.Join("a", "../b", "c") + " " + path.Base("x/y.txt")
}
