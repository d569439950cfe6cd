package stdlib

import (
	"encoding/csv"
	"strings"
)

// EncodingCSV uses package encoding/csv.
func EncodingCSV() string {
	rows, err := csv.NewReader(strings.NewReader("a,\"b,c\"\nd,e\n")).ReadAll()
	if err != nil {
		return err.Error()
	}
	return strings.Join(rows[0], "|") + " " + strings.Join(rows[1], "|")
}
