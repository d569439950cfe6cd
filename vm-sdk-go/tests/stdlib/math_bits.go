package stdlib

import (
	"math/bits"
	"strconv"
)

// MathBits uses package math/bits.
func MathBits() string {
	hi, lo := bits.Mul64(1<<63, 6)
	return strconv.Itoa(bits.OnesCount(255)) + " " + strconv.FormatUint(hi, 10) + " " + strconv.FormatUint(lo, 10)
}
