package stdlib

import (
	"encoding/hex"
	"hash/crc32"
)

// HashCrc32 uses package hash/crc32.
func HashCrc32() string {
	h := crc32.NewIEEE()
	h.Write([]byte("message"))
	return hex.EncodeToString(h.Sum(nil))
}
