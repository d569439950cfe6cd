package stdlib

import (
	"math/rand/v2"
	"strconv"
)

// MathRandV2 uses package math/rand/v2.
func MathRandV2() string {
	r := rand.New(rand.NewPCG(7, 8))
	return strconv.Itoa(r.IntN(1000)) + " " + strconv.Itoa(r.IntN(1000))
}
