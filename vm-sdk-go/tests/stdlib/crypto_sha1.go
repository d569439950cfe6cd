package stdlib

import (
	"crypto/sha1"
	"encoding/hex"
)

// CryptoSHA1 uses package crypto/sha1.
func CryptoSHA1() string {
	digest := sha1.Sum([]byte("message"))
	return hex.EncodeToString(digest[:])
}
