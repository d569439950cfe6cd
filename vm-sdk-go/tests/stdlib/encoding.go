package stdlib

import (
	"encoding"
)

type mark string

func (m mark) MarshalText() ([]byte, error) { return []byte("<" + m + ">"), nil }

// Encoding uses package encoding.
func Encoding() string {
	var m encoding.TextMarshaler = mark("text")
	out, _ := m.MarshalText()
	return string(out)
}
