package stdlib

import (
	"crypto/md5"
	"encoding/hex"
)

// CryptoMD5 uses package crypto/md5.
func CryptoMD5() string {
	digest := md5.Sum([]byte("message"))
	return hex.EncodeToString(digest[:])
}
