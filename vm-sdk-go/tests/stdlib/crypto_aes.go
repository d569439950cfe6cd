package stdlib

import (
	"crypto/aes"
	"encoding/hex"
)

// CryptoAES uses package crypto/aes.
func CryptoAES() string {
	block, err := aes.NewCipher([]byte("0123456789abcdef"))
	if err != nil {
		return err.Error()
	}
	out := make([]byte, aes.BlockSize)
	block.Encrypt(out, []byte("a block of bytes"))
	return hex.EncodeToString(out)
}
