package coretest

import (
	"reflect"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/wire"
)

// Functions are those of another contract, which the contract under test may call.
// The arguments arrive as they were passed; the results are encoded for the caller
// as those of a real contract are.
type Functions map[string]Function

// Function is a function of another contract.
type Function = func(ctx core.Context, args ...any) (results []any, err error)

// callable is a function of a contract as the native ledger calls it.
type callable struct {
	view, payable bool
	// dynamic calls the function with arguments of whatever types the caller gave
	// them, and returns its encoded results.
	dynamic func(ctx core.Context, args []any) ([]byte, error)
}

// DeployFunctions adds a contract that is made of functions of the test, and
// returns its address. The engine cannot run those: the Env must be native.
func (e *Env) DeployFunctions(name string, functions Functions) core.Address {
	e.t.Helper()
	e.onlyNative("DeployFunctions")
	address := e.address(name)
	e.contracts[address] = map[string]*callable{}
	for name, fn := range functions {
		e.contracts[address][name] = &callable{dynamic: func(ctx core.Context, args []any) ([]byte, error) {
			results, err := fn(ctx, args...)
			if err != nil {
				return nil, err
			}
			return e.results(results)
		}}
	}
	e.ledger.addContract(address)
	return address
}

// results encodes what a function of the test returned.
func (e *Env) results(results []any) ([]byte, error) {
	output := wire.NewWriter(wire.Borsh)
	for _, result := range results {
		e.types.Put(output, reflect.ValueOf(result))
	}
	return finished(output)
}

// finished returns the encoded results of a function, if the host takes them.
func finished(output *wire.Writer) ([]byte, error) {
	if err := output.Err(); err != nil {
		return nil, core.Wrap(argumentError(err), "results")
	}
	return output.Bytes(), atMost("output", len(output.Bytes()), core.MaxOutputBytes)
}

// MarkPayable makes functions of a contract made of functions payable: the others
// refuse value, as those without the directive govm:payable do.
func (e *Env) MarkPayable(contract core.Address, functions ...string) {
	for _, name := range functions {
		e.contracts[contract][name].payable = true
	}
}

// MarkView makes functions of a contract made of functions views: they cannot
// change the state, as those with the directive govm:view cannot.
func (e *Env) MarkView(contract core.Address, functions ...string) {
	for _, name := range functions {
		e.contracts[contract][name].view = true
	}
}
