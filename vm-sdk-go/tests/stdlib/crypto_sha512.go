package stdlib

import (
	"crypto/sha512"
	"encoding/hex"
)

// CryptoSHA512 uses package crypto/sha512.
func CryptoSHA512() string {
	digest := sha512.Sum512([]byte("message"))
	return hex.EncodeToString(digest[:])
}
