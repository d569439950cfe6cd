package stdlib

import (
	"strings"
	"text/template"
)

// TextTemplate uses package text/template.
func TextTemplate() string {
	t, err := template.New("t").Parse("{{range .}}<{{.}}>{{end}}")
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	if err := t.Execute(&out, []int{1, 2}); err != nil {
		return err.Error()
	}
	return out.String()
}
