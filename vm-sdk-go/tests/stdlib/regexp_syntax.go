package stdlib

import (
	"regexp/syntax"
)

// RegexpSyntax uses package regexp/syntax.
func RegexpSyntax() string {
	re, err := syntax.Parse("a(b|c)*", syntax.Perl)
	if err != nil {
		return err.Error()
	}
	return re.Simplify().String()
}
