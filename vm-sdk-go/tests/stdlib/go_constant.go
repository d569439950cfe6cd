package stdlib

import (
	"go/constant"
	"go/token"
)

// GoConstant uses package go/constant.
func GoConstant() string {
	return constant.Shift(constant.MakeInt64(1), token.SHL, 100).ExactString()
}
