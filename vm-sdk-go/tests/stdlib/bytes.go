package stdlib

import (
	"bytes"
)

// Bytes uses package bytes.
func Bytes() string {
	return string(bytes.ToUpper(bytes.Join([][]byte{[]byte("a"), []byte("b")}, []byte("-"))))
}
