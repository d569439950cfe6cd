package stdlib

import (
	"math/cmplx"
	"strconv"
)

// MathCmplx uses package math/cmplx.
func MathCmplx() string {
	z := cmplx.Exp(complex(0, 1))
	return strconv.FormatComplex(z, 'g', -1, 128)
}
