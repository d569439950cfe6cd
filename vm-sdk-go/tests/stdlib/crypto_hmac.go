package stdlib

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// CryptoHMAC uses package crypto/hmac.
func CryptoHMAC() string {
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte("message"))
	return hex.EncodeToString(mac.Sum(nil))
}
