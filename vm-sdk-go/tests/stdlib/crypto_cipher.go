package stdlib

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
)

// CryptoCipher uses package crypto/cipher.
func CryptoCipher() string {
	block, err := aes.NewCipher([]byte("0123456789abcdef"))
	if err != nil {
		return err.Error()
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return err.Error()
	}
	return hex.EncodeToString(gcm.Seal(nil, make([]byte, gcm.NonceSize()), []byte("text"), nil))
}
