package coretest

import (
	"testing"

	"github.com/govm-net/vm/core"
)

// The values are those that vm-core/src/derive.rs is pinned to.
func TestIdsAreThoseOfTheRealLedger(t *testing.T) {
	var deployer core.Address
	for i := range deployer {
		deployer[i] = 1
	}
	contract := contractAddress(deployer, 0)
	for got, want := range map[string]string{
		contract.String():                                          "0x25ec319e9d506567f24b5c854b19260fa421fc49",
		defaultObject(contract).String():                           "0x35105bb60fa80b88ed6e8b8c2e572013d8d026eb3105c16377fc1d350da2503d",
		objectID(contract, position{height: 7, index: 2}).String(): "0xb029fdf7d82ebca319e91e82255eaf38b217d4dd0c54a7eada290d442b17ca53",
	} {
		if got != want {
			t.Errorf("derived %s, want %s", got, want)
		}
	}
}
