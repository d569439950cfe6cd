package stdlib

import (
	"io/fs"
)

// IOFS uses package io/fs.
func IOFS() string {
	if fs.ValidPath("a/b") && !fs.ValidPath("../b") {
		return fs.FileMode(0o755 | fs.ModeDir).String()
	}
	return "wrong"
}
