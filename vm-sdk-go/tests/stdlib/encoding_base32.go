package stdlib

import (
	"encoding/base32"
)

// EncodingBase32 uses package encoding/base32.
func EncodingBase32() string {
	return base32.StdEncoding.EncodeToString([]byte("text"))
}
