package stdlib

import (
	"text/template/parse"
)

// TextTemplateParse uses package text/template/parse.
func TextTemplateParse() string {
	trees, err := parse.Parse("t", "{{if .X}}a{{end}}", "", "")
	if err != nil {
		return err.Error()
	}
	return trees["t"].Root.String()
}
