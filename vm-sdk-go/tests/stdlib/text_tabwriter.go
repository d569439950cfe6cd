package stdlib

import (
	"io"
	"strings"
	"text/tabwriter"
)

// TextTabwriter uses package text/tabwriter.
func TextTabwriter() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 8, 1, '.', 0)
	io.WriteString(w, "a\tb\nlong\tc\n")
	w.Flush()
	return out.String()
}
