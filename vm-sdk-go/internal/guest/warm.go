package guest

import "github.com/govm-net/vm/wire"

// A call starts from the snapshot that the host takes after initialisation, so what
// initialisation has prepared, no call has to prepare again: every call would pay for
// it, in gas and in pages of memory to put back.

// Most of what calls encode fits these sizes; what does not grows.
const (
	inputBytes   = 512
	encodedBytes = 512
	resultsBytes = 512
)

// warmBytes are the sizes of small objects in the classes that Go's allocator keeps
// (sizeclasses.go of package runtime), up to the size that calls often need.
var warmBytes = [...]int{8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512}

// kept is where a prepared object is stored, so that it is on the heap.
var (
	keptBytes    []byte
	keptPointers []*byte
)

func init() {
	input = make([]byte, inputBytes)
	encoded = *wire.NewWriterSize(wire.Borsh, encodedBytes)
	results = *wire.NewWriterSize(wire.Borsh, resultsBytes)
	// The first object of a class makes the allocator fetch memory for more of them. Objects
	// with pointers and without have classes of their own.
	for _, n := range warmBytes {
		keptBytes = make([]byte, n)
		keptPointers = make([]*byte, n/8)
	}
	keptBytes, keptPointers = nil, nil
}
