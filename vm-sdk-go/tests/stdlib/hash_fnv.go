package stdlib

import (
	"encoding/hex"
	"hash/fnv"
)

// HashFnv uses package hash/fnv.
func HashFnv() string {
	h := fnv.New64a()
	h.Write([]byte("message"))
	return hex.EncodeToString(h.Sum(nil))
}
