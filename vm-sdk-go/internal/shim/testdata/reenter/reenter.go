// Package reenter is a contract that calls itself.
//
//govm:reentrant
package reenter

import "github.com/govm-net/vm/core"

// Down calls itself depth times, and returns how many calls there were.
func Down(ctx core.Context, depth uint64) (uint64, error) {
	if depth == 0 {
		return 1, nil
	}
	below, err := ctx.Call(ctx.ContractAddress(), "Down", depth-1)
	if err != nil {
		return 0, err
	}
	calls, err := core.DecodeResult[uint64](below)
	return calls + 1, err
}
