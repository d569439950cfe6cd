package stdlib

import (
	"crypto/subtle"
)

// CryptoSubtle uses package crypto/subtle.
func CryptoSubtle() string {
	if subtle.ConstantTimeCompare([]byte("same"), []byte("same")) == 1 {
		return "equal"
	}
	return "different"
}
