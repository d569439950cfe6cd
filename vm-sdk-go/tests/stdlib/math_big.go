package stdlib

import (
	"math/big"
)

// MathBig uses package math/big.
func MathBig() string {
	n := new(big.Int).Exp(big.NewInt(3), big.NewInt(200), nil)
	return n.String() + " " + new(big.Int).Mod(n, big.NewInt(1000007)).String()
}
