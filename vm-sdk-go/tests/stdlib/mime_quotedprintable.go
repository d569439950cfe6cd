package stdlib

import (
	"mime/quotedprintable"
	"strings"
)

// MimeQuotedprintable uses package mime/quotedprintable.
func MimeQuotedprintable() string {
	var out strings.Builder
	w := quotedprintable.NewWriter(&out)
	w.Write([]byte("caf\u00e9 = 1"))
	w.Close()
	return out.String()
}
