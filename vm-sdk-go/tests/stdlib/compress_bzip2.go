package stdlib

import (
	"bytes"
	"compress/bzip2"
	"encoding/hex"
	"io"
)

// CompressBzip2 uses package compress/bzip2.
func CompressBzip2() string {
	packed, _ := hex.DecodeString("425a68393141592653594eece83600000251800010400006449080200031064c4101a7a9a580bb9431f8bb9229c28482776741b0")
	out, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return err.Error()
	}
	return string(out)
}
