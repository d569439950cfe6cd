package stdlib

import (
	"encoding/base64"
)

// EncodingBase64 uses package encoding/base64.
func EncodingBase64() string {
	return base64.StdEncoding.EncodeToString([]byte("text"))
}
