package stdlib

import (
	"bytes"
	"compress/flate"
	"io"
	"strconv"
	"strings"
)

// CompressFlate uses package compress/flate.
func CompressFlate() string {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, 9)
	io.WriteString(w, strings.Repeat("state ", 50))
	w.Close()
	size := packed.Len()
	out, err := io.ReadAll(flate.NewReader(&packed))
	if err != nil {
		return err.Error()
	}
	return strconv.Itoa(size) + " of " + strconv.Itoa(len(out))
}
