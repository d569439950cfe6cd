package stdlib

import (
	"bytes"
	"compress/lzw"
	"io"
	"strconv"
	"strings"
)

// CompressLZW uses package compress/lzw.
func CompressLZW() string {
	var packed bytes.Buffer
	w := lzw.NewWriter(&packed, lzw.LSB, 8)
	io.WriteString(w, strings.Repeat("state ", 50))
	w.Close()
	size := packed.Len()
	out, err := io.ReadAll(lzw.NewReader(&packed, lzw.LSB, 8))
	if err != nil {
		return err.Error()
	}
	return strconv.Itoa(size) + " of " + strconv.Itoa(len(out))
}
