package guest

import (
	"testing"

	"github.com/govm-net/vm/wire"
)

// TestWarmBuffers checks that a call of ordinary size finds its buffers ready.
func TestWarmBuffers(t *testing.T) {
	results.Reset(wire.Borsh)
	encoded.Reset(wire.Borsh)
	payload := make([]byte, encodedBytes)
	allocations := testing.AllocsPerRun(10, func() {
		encoded.Reset(wire.Borsh)
		encoded.Raw(payload)
		results.Reset(wire.Borsh)
		results.Raw(payload[:resultsBytes])
		input = resized(input, inputBytes)
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want 0", allocations)
	}
}

// TestHandles checks that handles past those that are kept ready are ones of their own.
func TestHandles(t *testing.T) {
	handlesUsed = 0
	seen := map[*object]bool{}
	for range 2 * len(handles) {
		seen[newHandle()] = true
	}
	if len(seen) != 2*len(handles) {
		t.Errorf("%d different handles, want %d", len(seen), 2*len(handles))
	}
}
