package stdlib

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
)

// CryptoHKDF uses package crypto/hkdf.
func CryptoHKDF() string {
	key, err := hkdf.Key(sha256.New, []byte("secret"), []byte("salt"), "info", 16)
	if err != nil {
		return err.Error()
	}
	return hex.EncodeToString(key)
}
