package stdlib

import (
	"html"
)

// HTML uses package html.
func HTML() string {
	return html.EscapeString("<a & b>") + html.UnescapeString("&eacute;")
}
