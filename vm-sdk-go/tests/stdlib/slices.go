package stdlib

import (
	"slices"
	"strconv"
)

// Slices uses package slices.
func Slices() string {
	s := []int{3, 1, 2}
	slices.Sort(s)
	at, found := slices.BinarySearch(s, 2)
	return strconv.Itoa(at) + " " + strconv.FormatBool(found)
}
