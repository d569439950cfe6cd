package shim

import (
	"maps"
	"slices"
)

// AllowedImports returns the packages that a contract may import, sorted.
func AllowedImports() []string { return slices.Sorted(maps.Keys(allowed)) }
