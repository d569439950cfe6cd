package stdlib

import (
	"log"
	"strings"
)

// Log uses package log.
func Log() string {
	var out strings.Builder
	log.New(&out, "contract: ", log.Lmsgprefix).Printf("at %d", 7)
	return out.String()
}
