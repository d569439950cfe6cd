package stdlib

import (
	"crypto"
	"strconv"
)

// Crypto uses package crypto.
func Crypto() string {
	return crypto.SHA256.String() + " " + strconv.Itoa(crypto.SHA256.Size())
}
