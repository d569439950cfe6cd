package stdlib

import (
	"encoding/pem"
)

// EncodingPEM uses package encoding/pem.
func EncodingPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "MARK", Bytes: []byte("text")}))
}
