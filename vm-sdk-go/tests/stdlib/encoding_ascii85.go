package stdlib

import (
	"encoding/ascii85"
)

// EncodingAscii85 uses package encoding/ascii85.
func EncodingAscii85() string {
	out := make([]byte, ascii85.MaxEncodedLen(4))
	return string(out[:ascii85.Encode(out, []byte("text"))])
}
