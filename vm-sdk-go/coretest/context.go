package coretest

import (
	"fmt"
	"slices"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/outcome"
)

// callContext is the core.Context of a call.
type callContext struct {
	env              *Env
	sender, contract core.Address
	value            uint64
	readOnly         bool // whether it is a view
}

// mayWrite refuses in a view.
func (c *callContext) mayWrite() error {
	if c.readOnly {
		return refuse(core.CodeReadOnly, "a view function may not change the state")
	}
	return nil
}

func (c *callContext) Sender() core.Address          { return c.sender }
func (c *callContext) ContractAddress() core.Address { return c.contract }
func (c *callContext) BlockHeight() uint64           { return c.env.next.height }
func (c *callContext) BlockTime() int64              { return c.env.timeNS }
func (c *callContext) Value() uint64                 { return c.value }
func (c *callContext) GasLeft() uint64               { return c.env.gas }

func (c *callContext) Balance(address core.Address) uint64 { return c.env.Balance(address) }

func (c *callContext) Transfer(to core.Address, amount uint64) error {
	if err := c.mayWrite(); err != nil {
		return core.Wrap(err, "transfer")
	}
	return core.Wrap(c.env.ledger.move(c.contract, to, amount), "transfer")
}

func (c *callContext) Call(contract core.Address, function string, args ...any) ([]byte, error) {
	return c.CallWith(core.CallOptions{}, contract, function, args...)
}

// CallWith does without the gas limit, since gas is not counted here.
func (c *callContext) CallWith(options core.CallOptions, contract core.Address, name string, args ...any) ([]byte, error) {
	e := c.env
	args, err := c.arguments(name, args)
	if err != nil {
		return nil, err
	}
	if c.readOnly && options.Value > 0 {
		return nil, refuse(core.CodeReadOnly, "a view function may not send value")
	}
	fn, err := c.callee(contract, name, options.Value)
	if err != nil {
		return nil, err
	}
	nested := &callContext{env: e, sender: c.contract, contract: contract, value: options.Value, readOnly: c.readOnly || fn.view}
	var output []byte
	err = e.run(nested, func(ctx core.Context) (err error) {
		output, err = fn.dynamic(ctx, args)
		return err
	})
	if err != nil {
		return nil, errNested(err)
	}
	return output, nil
}

// arguments returns what arrives of the arguments of a nested call.
func (c *callContext) arguments(name string, args []any) ([]any, error) {
	arrived, size := make([]any, len(args)), 4 // the number of arguments comes first
	for i, arg := range args {
		data, err := c.env.encoded(arg)
		if err == nil {
			arrived[i], err = c.env.decoded(data)
		}
		if err != nil {
			return nil, core.Wrap(err, fmt.Sprintf("call %s: argument %d", name, i))
		}
		size += len(data)
	}
	if err := checkName("function name", name, core.MaxFunctionNameBytes); err != nil {
		return nil, err
	}
	return arrived, atMost("arguments", size, core.MaxArgsBytes)
}

// callee returns the function that a nested call asks for, if it may be called.
func (c *callContext) callee(contract core.Address, name string, value uint64) (*callable, error) {
	e := c.env
	if !e.ledger.contracts[contract] {
		return nil, refuse(core.CodeContractNotFound, "there is no contract at %s", contract)
	}
	fn := e.contracts[contract][name]
	switch {
	case len(e.stack) >= core.MaxCallDepth:
		return nil, refuse(core.CodeLimitExceeded, "calls are nested deeper than %d", core.MaxCallDepth)
	case !e.reentrant[contract] && (contract == c.contract || slices.Contains(e.stack, contract)):
		return nil, refuse(core.CodeReentrant, "%s is running already", contract)
	case fn == nil:
		return nil, refuse(core.CodeFunctionNotFound, "the contract has no function %q", name)
	case value > 0 && !fn.payable:
		return nil, refuse(core.CodeNotPayable, "the function %s takes no value", name)
	}
	return fn, nil
}

func (c *callContext) Log(event string, keyValues ...any) {
	if err := c.log(event, keyValues); err != nil {
		panic(outcome.Abort{Err: core.Wrap(err, "log "+event)})
	}
}

func (c *callContext) log(event string, keyValues []any) error {
	if len(keyValues)%2 != 0 {
		return core.Wrap(core.ErrInvalidArgument, "the last key has no value")
	}
	found, dataBytes := recorded{Event: Event{Contract: c.contract, Name: event}}, 4 // the number of pairs comes first
	for i := 0; i < len(keyValues); i += 2 {
		key, ok := keyValues[i].(string)
		if !ok {
			return core.Wrap(core.ErrInvalidArgument, fmt.Sprintf("key %d is not a string", i/2))
		}
		data, err := c.env.encoded(keyValues[i+1])
		if err != nil {
			return core.Wrap(err, "value of "+key)
		}
		value, err := c.env.decoded(data)
		if err != nil {
			return core.Wrap(err, "value of "+key)
		}
		found.Fields = append(found.Fields, Field{key, value})
		found.values = append(found.values, data)
		dataBytes += 4 + len(key) + len(data)
	}
	if err := c.mayWrite(); err != nil {
		return err
	}
	if err := checkName("event name", event, core.MaxEventNameBytes); err != nil {
		return err
	}
	return c.env.ledger.addEvent(found, dataBytes)
}

func (c *callContext) CreateObject() (core.Object, error) {
	if err := c.mayWrite(); err != nil {
		return nil, core.Wrap(err, "create object")
	}
	id := c.env.createObject(c.contract)
	return &handle{ctx: c, id: id, last: c.env.ledger.objects[id]}, nil
}

func (c *callContext) GetObject(id core.ObjectID) (core.Object, error) {
	return c.opened("get object")(c.env.ledger.readable(id, c.contract))
}

func (c *callContext) GetObjectWithOwner(owner core.Address) (core.Object, error) {
	return c.opened("get object with owner")(c.env.ledger.find(owner, c.contract))
}

func (c *callContext) ListObjects(after core.ObjectID, limit int) ([]core.Object, error) {
	return c.listed(nil, after, limit), nil
}

func (c *callContext) ListObjectsWithOwner(owner core.Address, after core.ObjectID, limit int) ([]core.Object, error) {
	return c.listed(&owner, after, limit), nil
}

func (c *callContext) listed(owner *core.Address, after core.ObjectID, limit int) []core.Object {
	var page []core.Object
	for _, id := range c.env.ledger.list(c.contract, owner, after, limit) {
		page = append(page, &handle{ctx: c, id: id, last: c.env.ledger.objects[id]})
	}
	return page
}

// opened returns a function that makes a handle of what a look-up returned.
func (c *callContext) opened(what string) func(core.ObjectID, object, error) (core.Object, error) {
	return func(id core.ObjectID, o object, err error) (core.Object, error) {
		if err != nil {
			return nil, core.Wrap(err, what)
		}
		return &handle{ctx: c, id: id, last: o}, nil
	}
}

func (c *callContext) DeleteObject(id core.ObjectID) error {
	if err := c.mayWrite(); err != nil {
		return core.Wrap(err, "delete object")
	}
	id, _, err := c.env.ledger.writable(id, c.contract, c.sender)
	if err != nil {
		return core.Wrap(err, "delete object")
	}
	delete(c.env.ledger.objects, id)
	return nil
}
