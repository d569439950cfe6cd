package stdlib

import (
	"encoding/asn1"
	"encoding/hex"
)

// EncodingASN1 uses package encoding/asn1.
func EncodingASN1() string {
	out, err := asn1.Marshal(struct {
		N int
		S string
	}{258, "text"})
	if err != nil {
		return err.Error()
	}
	return hex.EncodeToString(out)
}
