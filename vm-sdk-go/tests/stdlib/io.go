package stdlib

import (
	"io"
	"strings"
)

// IO uses package io.
func IO() string {
	out, err := io.ReadAll(io.LimitReader(strings.NewReader("a long text"), 6))
	if err != nil {
		return err.Error()
	}
	return string(out)
}
