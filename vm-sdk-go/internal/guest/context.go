package guest

import (
	"github.com/govm-net/vm/internal/decimal"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/internal/outcome"
	"github.com/govm-net/vm/wire"
)

// callContext is the core.Context of a call.
type callContext struct {
	sender, contract   core.Address
	value, blockHeight uint64
	blockTimeNS        int64
}

// current is the context of the call that runs: there is one.
var current callContext

// readHeader makes the current call the one of a header.
func readHeader(header []byte) *callContext {
	var r wire.Reader
	r.Reset(header, wire.Borsh)
	c := &current
	c.sender, c.contract = codec.Address(&r), codec.Address(&r)
	c.value, c.blockHeight, c.blockTimeNS = r.Uint64(), r.Uint64(), r.Int64()
	return c
}

func (c *callContext) Sender() core.Address          { return c.sender }
func (c *callContext) ContractAddress() core.Address { return c.contract }
func (c *callContext) BlockHeight() uint64           { return c.blockHeight }
func (c *callContext) BlockTime() int64              { return c.blockTimeNS }
func (c *callContext) Value() uint64                 { return c.value }
func (c *callContext) GasLeft() uint64               { return hostGasLeft() }

func (c *callContext) Balance(address core.Address) uint64 {
	return hostBalance(idArgument(address[:]))
}

func (c *callContext) Transfer(to core.Address, amount uint64) error {
	return failure(hostTransfer(idArgument(to[:]), amount), "transfer", "")
}

func (c *callContext) Call(contract core.Address, function string, args ...any) ([]byte, error) {
	return c.CallWith(core.CallOptions{}, contract, function, args...)
}

func (c *callContext) CallWith(options core.CallOptions, contract core.Address, function string, args ...any) ([]byte, error) {
	encoded.Reset(wire.Borsh)
	encoded.Count(len(args))
	for i, arg := range args {
		codec.PutAny(&encoded, arg)
		if err := encoded.Err(); err != nil {
			return nil, encodeError(err, "call "+function+": argument "+decimal.Int(int64(i)))
		}
	}
	data := encoded.Bytes()
	n := hostCall(idArgument(contract[:]), text(function), uint32(len(function)), pointer(data), uint32(len(data)),
		options.Value, options.GasLimit, pointer(received), uint32(len(received)))
	if n < 0 {
		return nil, refusal(int32(-n))
	}
	result, err := fetched(n)
	if err != nil {
		return nil, core.Wrap(err, "call "+function)
	}
	return append([]byte(nil), result...), nil
}

// Log ends the call if the event cannot be recorded: it has no error to return,
// and an event that silently went missing would be worse.
func (c *callContext) Log(event string, keyValues ...any) {
	if err := emit(event, keyValues); err != nil {
		panic(outcome.Abort{Err: core.Wrap(err, "log "+event)})
	}
}

func emit(event string, keyValues []any) error {
	if len(keyValues)%2 != 0 {
		return core.Wrap(core.ErrInvalidArgument, "the last key has no value")
	}
	encoded.Reset(wire.Borsh)
	encoded.Count(len(keyValues) / 2)
	for i := 0; i < len(keyValues); i += 2 {
		key, ok := keyValues[i].(string)
		if !ok {
			return core.Wrap(core.ErrInvalidArgument, "key "+decimal.Int(int64(i/2))+" is not a string")
		}
		encoded.Text(key)
		codec.PutAny(&encoded, keyValues[i+1])
		if err := encoded.Err(); err != nil {
			return encodeError(err, "value of "+key)
		}
	}
	data := encoded.Bytes()
	if code := hostEmit(text(event), uint32(len(event)), pointer(data), uint32(len(data))); code != 0 {
		return refusal(code)
	}
	return nil
}
