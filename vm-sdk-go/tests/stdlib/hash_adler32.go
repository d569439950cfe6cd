package stdlib

import (
	"encoding/hex"
	"hash/adler32"
)

// HashAdler32 uses package hash/adler32.
func HashAdler32() string {
	h := adler32.New()
	h.Write([]byte("message"))
	return hex.EncodeToString(h.Sum(nil))
}
