package stdlib

import (
	"encoding/hex"
	"hash/crc64"
)

// HashCrc64 uses package hash/crc64.
func HashCrc64() string {
	h := crc64.New(crc64.MakeTable(crc64.ISO))
	h.Write([]byte("message"))
	return hex.EncodeToString(h.Sum(nil))
}
