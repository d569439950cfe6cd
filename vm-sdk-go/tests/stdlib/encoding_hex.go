package stdlib

import (
	"encoding/hex"
)

// EncodingHex uses package encoding/hex.
func EncodingHex() string {
	return hex.EncodeToString([]byte("text"))
}
