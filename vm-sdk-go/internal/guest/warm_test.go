package guest

import (
	"testing"

	"github.com/govm-net/vm/wire"
)

// TestWarmBuffers checks that a call of ordinary size finds its buffers ready.
func TestWarmBuffers(t *testing.T) {
	results.Reset(wire.Borsh)
	encoded.Reset(wire.Borsh)
	payload := make([]byte, readyBytes)
	allocations := testing.AllocsPerRun(10, func() {
		encoded.Reset(wire.Borsh)
		encoded.Raw(payload)
		results.Reset(wire.Borsh)
		results.Raw(payload)
		input = resized(input, readyBytes)
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want 0", allocations)
	}
}
