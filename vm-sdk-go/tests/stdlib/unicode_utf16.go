package stdlib

import (
	"strconv"
	"unicode/utf16"
)

// UnicodeUTF16 uses package unicode/utf16.
func UnicodeUTF16() string {
	pair := utf16.Encode([]rune("\U0001f600"))
	return strconv.FormatUint(uint64(pair[0]), 16) + " " + strconv.FormatUint(uint64(pair[1]), 16)
}
