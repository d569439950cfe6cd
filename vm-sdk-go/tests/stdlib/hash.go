package stdlib

import (
	"hash"
	"hash/fnv"
	"strconv"
)

// Hash uses package hash.
func Hash() string {
	var h hash.Hash64 = fnv.New64()
	h.Write([]byte("message"))
	return strconv.FormatUint(h.Sum64(), 16)
}
