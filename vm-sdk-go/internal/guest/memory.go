package guest

import (
	"unsafe"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/wire"
)

// Buffers that host functions read and write. Nothing keeps a slice of them over
// two host calls.
var (
	encoded  wire.Writer           // what is being sent: a field, arguments, event data
	received = make([]byte, 1<<10) // results that fit; larger ones are taken in a second step
	overflow []byte                // those larger ones
	record   = make([]byte, 32+20+20)
	ids      [32]byte // an address or id argument
	owners   [20]byte // the owner argument of functions that take an id too
)

// pointer returns the address of b's bytes, for a host function that is told or
// knows their number.
func pointer(b []byte) *byte { return unsafe.SliceData(b) }

// text returns the address of s's bytes.
func text(s string) *byte { return unsafe.StringData(s) }

// idArgument copies an address or id to where its address can be taken without
// moving the caller's variable to the heap.
func idArgument(id []byte) *byte {
	copy(ids[:], id)
	return &ids[0]
}

// setOutput sets the call's output.
func setOutput(b []byte) { hostOutput(pointer(b), uint32(len(b))) }

// fetched returns the n bytes that field_get, field_next or call announced: from received, or
// taken if they did not fit. They are valid until the next host call.
func fetched(n int64) ([]byte, error) {
	if n <= int64(len(received)) {
		return received[:n], nil
	}
	overflow = resized(overflow, int(n))
	if code := hostTake(pointer(overflow), uint32(n)); code != 0 {
		return nil, refusal(code)
	}
	return overflow, nil
}

// failure returns the error of a host function's code, with the host's message under
// what was tried, and nil for code 0.
func failure(code int32, what, subject string) error {
	if code == 0 {
		return nil
	}
	if subject != "" {
		what += " " + subject
	}
	return core.Wrap(refusal(code), what)
}

// refusal returns the error of a host function that has just failed.
func refusal(code int32) error {
	n := hostLastError(pointer(received), uint32(len(received)))
	return &core.Error{Code: core.Code(code), Message: string(received[:n])}
}

// encodeError returns err, from encoding or decoding a value, as a core error.
func encodeError(err error, what string) error {
	if _, malformed := err.(*wire.Error); malformed {
		err = core.Wrap(core.ErrInvalidArgument, err.Error())
	}
	return core.Wrap(err, what)
}
