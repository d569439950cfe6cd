package stdlib

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
)

// CryptoPBKDF2 uses package crypto/pbkdf2.
func CryptoPBKDF2() string {
	key, err := pbkdf2.Key(sha256.New, "password", []byte("salt"), 10, 16)
	if err != nil {
		return err.Error()
	}
	return hex.EncodeToString(key)
}
