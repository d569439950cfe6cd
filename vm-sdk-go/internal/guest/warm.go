package guest

// A call starts from the snapshot that the host takes after initialisation, so what
// initialisation has prepared, no call has to prepare again: every call would pay for
// it, in gas and in pages of memory to put back.

const (
	// readyBytes is the size of the buffers that are ready: most of what calls encode
	// fits; a buffer that is too small grows.
	readyBytes = 512
	// smallWords is the size of the largest objects that the allocator is made ready for,
	// in units of 16 bytes, of which all size classes but two (8 and 24) are multiples.
	smallWords = 32
)

// kept is where the prepared objects are stored, so that they are on the heap.
var (
	kept         []byte
	keptPointers []any
)

func init() {
	input = make([]byte, readyBytes)
	encoded.Raw(input)
	results.Raw(input)
	// The first object of each size class makes Go's allocator fetch memory for more of them.
	// Objects with pointers and without have classes of their own.
	for n := range smallWords + 1 {
		kept = make([]byte, 16*n)
		keptPointers = make([]any, n)
	}
}
