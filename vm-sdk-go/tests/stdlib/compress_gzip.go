package stdlib

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"
	"strings"
)

// CompressGzip uses package compress/gzip.
func CompressGzip() string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, strings.Repeat("state ", 50))
	w.Close()
	size := packed.Len()
	r, err := gzip.NewReader(&packed)
	if err != nil {
		return err.Error()
	}
	out, err := io.ReadAll(r)
	if err != nil {
		return err.Error()
	}
	return strconv.Itoa(size) + " of " + strconv.Itoa(len(out))
}
