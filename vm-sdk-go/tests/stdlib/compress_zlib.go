package stdlib

import (
	"bytes"
	"compress/zlib"
	"io"
	"strconv"
	"strings"
)

// CompressZlib uses package compress/zlib.
func CompressZlib() string {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	io.WriteString(w, strings.Repeat("state ", 50))
	w.Close()
	size := packed.Len()
	r, err := zlib.NewReader(&packed)
	if err != nil {
		return err.Error()
	}
	out, err := io.ReadAll(r)
	if err != nil {
		return err.Error()
	}
	return strconv.Itoa(size) + " of " + strconv.Itoa(len(out))
}
