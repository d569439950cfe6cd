package stdlib

import (
	"crypto/sha3"
	"encoding/hex"
)

// CryptoSHA3 uses package crypto/sha3.
func CryptoSHA3() string {
	digest := sha3.Sum256([]byte("message"))
	return hex.EncodeToString(digest[:])
}
