package stdlib

import (
	"crypto/sha256"
	"encoding/hex"
)

// CryptoSHA256 uses package crypto/sha256.
func CryptoSHA256() string {
	digest := sha256.Sum256([]byte("message"))
	return hex.EncodeToString(digest[:])
}
