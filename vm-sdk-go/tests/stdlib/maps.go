package stdlib

import (
	"maps"
	"slices"
	"strings"
)

// Maps uses package maps.
func Maps() string {
	return strings.Join(slices.Sorted(maps.Keys(map[string]int{"b": 2, "a": 1})), ",")
}
