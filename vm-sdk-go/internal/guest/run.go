package guest

import (
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/outcome"
	"github.com/govm-net/vm/wire"
)

// Dispatch decodes the arguments of the function with that index from r, calls
// it, and encodes its results to w. A contract's Dispatch is generated.
type Dispatch func(ctx core.Context, function uint32, r *wire.Reader, w *wire.Writer) error

// The header before the arguments, little-endian: sender 20 bytes, contract 20,
// value u64, block height u64, block time i64.
const headerBytes = 20 + 20 + 8 + 8 + 8

var (
	input     []byte // the call's input; kept for the next call
	arguments wire.Reader
	results   wire.Writer
)

// Run runs one call and returns 0 or an error code. The output that it sets is the
// encoded results, or the error's message.
func Run(function, inputBytes uint32, format wire.Format, dispatch Dispatch) uint32 {
	results.Reset(format)
	return uint32(call(function, inputBytes, format, dispatch))
}

// call returns the code of the error or panic in which the call ended.
func call(function, inputBytes uint32, format wire.Format, dispatch Dispatch) (code core.Code) {
	var message string
	defer func() {
		if value := recover(); value != nil {
			code, message = outcome.OfPanic(value)
		}
		output := results.Bytes()
		if code != 0 {
			output = []byte(message)
		}
		// Here the stack of a panic is still whole, and a traced call shows it.
		setOutput(output)
	}()
	input = resized(input, int(inputBytes))
	hostInput(pointer(input))
	if len(input) < headerBytes {
		code, message = core.CodeInvalidArgument, "input is shorter than its header"
		return code
	}
	ctx := readHeader(input[:headerBytes])
	arguments.Reset(input[headerBytes:], format)
	err := dispatch(ctx, function, &arguments, &results)
	if err == nil && results.Err() != nil {
		err = core.Wrap(results.Err(), "results")
	}
	if err != nil {
		code, message = outcome.Of(err)
	}
	return code
}

// Arguments returns the error of a call whose arguments r could not read to the
// last byte.
func Arguments(r *wire.Reader) error {
	if err := r.Finish(); err != nil {
		return &core.Error{Code: core.CodeInvalidArgument, Message: "arguments: " + err.Error()}
	}
	return nil
}

// resized returns buffer with length n; its content is lost if it had to grow.
func resized(buffer []byte, n int) []byte {
	if n > cap(buffer) {
		return make([]byte, n)
	}
	return buffer[:n]
}
