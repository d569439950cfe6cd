package stdlib

import (
	"sort"
)

// Sort uses package sort.
func Sort() string {
	s := []string{"c", "a", "b"}
	sort.Sort(sort.Reverse(sort.StringSlice(s)))
	return s[0] + s[1] + s[2]
}
