package stdlib

import (
	"unicode"
)

// Unicode uses package unicode.
func Unicode() string {
	if unicode.IsUpper('\u00c9') && unicode.Is(unicode.Han, '\u4e16') {
		return string(unicode.ToLower('\u00c9'))
	}
	return "wrong"
}
