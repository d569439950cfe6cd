package stdlib

import (
	"net/netip"
)

// NetNetip uses package net/netip.
func NetNetip() string {
	return netip.MustParsePrefix("10.1.2.3/8").Masked().String()
}
