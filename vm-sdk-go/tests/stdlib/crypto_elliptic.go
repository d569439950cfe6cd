package stdlib

import (
	"crypto/elliptic"
)

// CryptoElliptic uses package crypto/elliptic.
func CryptoElliptic() string {
	x, y := elliptic.P256().ScalarBaseMult([]byte{7})
	return x.Text(16) + " " + y.Text(16)
}
