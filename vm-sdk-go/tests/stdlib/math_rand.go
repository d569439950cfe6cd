package stdlib

import (
	"math/rand"
	"strconv"
)

// MathRand uses package math/rand.
func MathRand() string {
	r := rand.New(rand.NewSource(7))
	return strconv.Itoa(r.Intn(1000)) + " " + strconv.Itoa(r.Intn(1000))
}
