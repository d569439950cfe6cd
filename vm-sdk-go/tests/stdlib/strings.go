package stdlib

import (
	"strings"
)

// Strings uses package strings.
func Strings() string {
	return strings.ToUpper(strings.ReplaceAll("a-b", "-", " ")) + strings.Repeat("!", 3)
}
