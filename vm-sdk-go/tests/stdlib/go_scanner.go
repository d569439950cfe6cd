package stdlib

import (
	"go/scanner"
	"go/token"
)

// GoScanner uses package go/scanner.
func GoScanner() string {
	source := []byte("x := 1 // one")
	files := token.NewFileSet()
	var s scanner.Scanner
	s.Init(files.AddFile("", files.Base(), len(source)), source, nil, 0)
	out := ""
	for {
		_, kind, _ := s.Scan()
		if kind == token.EOF {
			return out
		}
		out += kind.String() + " "
	}
}
