package stdlib

import (
	"fmt"
)

// Fmt uses package fmt.
func Fmt() string {
	return fmt.Sprintf("%05.2f %v %x %q", 3.14159, map[string]int{"b": 2, "a": 1}, []byte{1, 255}, "text")
}
