package shim_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/govm-net/vm/internal/shim"
)

// The page of the checks lists every check, in the same order.
func TestChecksAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, check := range shim.Checks {
		allow := "no"
		if check.CanAllow {
			allow = "yes"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", check.Name, check.Docs, allow)
	}
	if !strings.Contains(string(page), "| --- | --- | --- |\n"+table.String()+"\n") {
		t.Errorf("docs/checks.md should have the table\n%s", table.String())
	}
}
