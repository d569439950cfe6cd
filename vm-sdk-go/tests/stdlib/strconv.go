package stdlib

import (
	"strconv"
)

// Strconv uses package strconv.
func Strconv() string {
	f, err := strconv.ParseFloat("1e-7", 64)
	if err != nil {
		return err.Error()
	}
	return strconv.FormatFloat(f, 'f', -1, 64) + " " + strconv.Quote("\t")
}
