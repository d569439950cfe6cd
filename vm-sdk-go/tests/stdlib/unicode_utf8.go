package stdlib

import (
	"strconv"
	"unicode/utf8"
)

// UnicodeUTF8 uses package unicode/utf8.
func UnicodeUTF8() string {
	return strconv.Itoa(utf8.RuneCountInString("h\u00e9llo")) + " " + strconv.FormatBool(utf8.ValidString("\xff"))
}
