package stdlib

import (
	"html/template"
	"strings"
)

// HTMLTemplate uses package html/template.
func HTMLTemplate() string {
	t, err := template.New("t").Parse("<b>{{.}}</b>")
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	if err := t.Execute(&out, "<i>"); err != nil {
		return err.Error()
	}
	return out.String()
}
