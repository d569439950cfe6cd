package redact_test

import (
	"reflect"
	"testing"

	"github.com/govm-net/vm/contracts/redact"
	"github.com/govm-net/vm/coretest"
)

func TestRedact(t *testing.T) {
	env := coretest.New(t)
	plugin, host := env.DeployPackage(redact.Redact), env.Account("host", 0)
	for _, test := range []struct {
		text, want string
		findings   []redact.Finding
	}{
		{"", "", nil},
		{"nothing to see", "nothing to see", nil},
		{"pay 4111 1111 1111 1111 now", "pay **** **** **** **** now", []redact.Finding{{"card", 4}}},
		{"4111-1111-1111-1111", "****-****-****-****", []redact.Finding{{"card", 0}}},
		{"4111111111111112 has a wrong check digit", "4111111111111112 has a wrong check digit", nil},
		{"order 123456789012", "order 123456789012", nil},
		{"x4111111111111111", "x4111111111111111", nil},
		{"4111111111111111x", "4111111111111111x", nil},
		{"5500005555555559 and 5500005555555559", "**************** and ****************", []redact.Finding{{"card", 0}, {"card", 21}}},
		{"write to jo.doe@example.org.", "write to ******************.", []redact.Finding{{"mail", 9}}},
		{"jo@example", "jo@example", nil},
		{"@example.org, jo@, jo@x.y", "@example.org, jo@, jo@x.y", nil},
		{"é jo@example.org", "é **************", []redact.Finding{{"mail", 3}}},
	} {
		result := plugin.Must(host, "Redact", test.text)
		if result.Values[0] != test.want || !reflect.DeepEqual(result.Values[1], test.findings) {
			t.Errorf("%q: got %v, want %q, %v", test.text, result.Values, test.want, test.findings)
		}
	}
}

// Whatever the text, it keeps its length, and what was found is in order.
func FuzzRedact(f *testing.F) {
	f.Add("pay 4111 1111 1111 1111 to jo@example.org")
	f.Fuzz(func(t *testing.T, text string) {
		out, findings := redact.Redact(text)
		if len(out) != len(text) || len(findings) == 0 && out != text {
			t.Errorf("%q became %q, %v", text, out, findings)
		}
		for i, finding := range findings {
			if out[finding.At] != '*' || i > 0 && finding.At <= findings[i-1].At {
				t.Errorf("%q has %v", text, findings)
			}
		}
	})
}
