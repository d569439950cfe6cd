package stdlib

import (
	"strconv"
	"structs"
)

type laidOut struct {
	_ structs.HostLayout
	n int
}

// Structs uses package structs.
func Structs() string {
	v := laidOut{n: 3}
	return strconv.Itoa(v.n)
}
