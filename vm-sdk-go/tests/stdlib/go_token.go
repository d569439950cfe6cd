package stdlib

import (
	"go/token"
)

// GoToken uses package go/token.
func GoToken() string {
	return token.Lookup("func").String() + " " + token.ADD.String()
}
