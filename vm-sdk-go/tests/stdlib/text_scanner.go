package stdlib

import (
	"strings"
	"text/scanner"
)

// TextScanner uses package text/scanner.
func TextScanner() string {
	var s scanner.Scanner
	s.Init(strings.NewReader("x = 3.5"))
	out := ""
	for s.Scan() != scanner.EOF {
		out += "[" + s.TokenText() + "]"
	}
	return out
}
