package stdlib

import (
	"regexp"
)

// Regexp uses package regexp.
func Regexp() string {
	return regexp.MustCompile(`(\w+)@(\w+)`).ReplaceAllString("a@b c@d", "$2.$1")
}
