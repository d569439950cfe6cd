package coretest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/outcome"
	"github.com/govm-net/vm/wire"
)

// callContext is the core.Context of a call.
type callContext struct {
	env              *Env
	sender, contract core.Address
	value            uint64
}

func (c *callContext) Sender() core.Address          { return c.sender }
func (c *callContext) ContractAddress() core.Address { return c.contract }
func (c *callContext) BlockHeight() uint64           { return c.env.height }
func (c *callContext) BlockTime() int64              { return c.env.timeNS }
func (c *callContext) Value() uint64                 { return c.value }
func (c *callContext) GasLeft() uint64               { return c.env.gas }

func (c *callContext) Balance(address core.Address) uint64 { return c.env.Balance(address) }

func (c *callContext) Transfer(to core.Address, amount uint64) error {
	return core.Wrap(c.env.ledger.move(c.contract, to, amount), "transfer")
}

func (c *callContext) Call(contract core.Address, function string, args ...any) ([]byte, error) {
	e := c.env
	for i, arg := range args {
		copied, err := e.copied(arg)
		if err != nil {
			return nil, core.Wrap(err, fmt.Sprintf("call %s: argument %d", function, i))
		}
		args = slices.Clone(args)
		args[i] = copied
	}
	functions, ok := e.contracts[contract]
	switch {
	case slices.Contains(append(slices.Clone(e.stack), c.contract), contract):
		return nil, refuse(core.CodeReentrant, "contract %s is already on the call stack", contract)
	case !ok:
		return nil, refuse(core.CodeContractNotFound, "there is no contract %s", contract)
	case functions[function] == nil:
		return nil, refuse(core.CodeFunctionNotFound, "contract %s has no function %s", contract, function)
	}
	var results []any
	err := e.run(&callContext{env: e, sender: c.contract, contract: contract}, func(ctx core.Context) (err error) {
		results, err = functions[function](ctx, args...)
		return err
	})
	if err != nil {
		return nil, errNested(err)
	}
	w := wire.NewWriter(wire.Borsh)
	for _, result := range results {
		e.types.Put(w, reflect.ValueOf(result))
	}
	return w.Bytes(), w.Err()
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
	recorded := Event{Contract: c.contract, Name: event}
	for i := 0; i < len(keyValues); i += 2 {
		key, ok := keyValues[i].(string)
		if !ok {
			return core.Wrap(core.ErrInvalidArgument, fmt.Sprintf("key %d is not a string", i/2))
		}
		value, err := c.env.copied(keyValues[i+1])
		if err != nil {
			return core.Wrap(err, "value of "+key)
		}
		recorded.Fields = append(recorded.Fields, Field{key, value})
	}
	c.env.ledger.events = append(c.env.ledger.events, recorded)
	return nil
}

func (c *callContext) CreateObject() (core.Object, error) {
	id := c.env.ledger.create(c.contract)
	return &handle{ctx: c, id: id, last: c.env.ledger.objects[id]}, nil
}

func (c *callContext) GetObject(id core.ObjectID) (core.Object, error) {
	return c.opened("get object")(c.env.ledger.readable(id, c.contract))
}

func (c *callContext) GetObjectWithOwner(owner core.Address) (core.Object, error) {
	return c.opened("get object with owner")(c.env.ledger.find(owner, c.contract))
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
	id, _, err := c.env.ledger.writable(id, c.contract, c.sender)
	if err != nil {
		return core.Wrap(err, "delete object")
	}
	delete(c.env.ledger.objects, id)
	return nil
}

// handle is the core.Object of a call.
type handle struct {
	ctx  *callContext
	id   core.ObjectID
	last object // as last seen, for an object that is gone
}

func (h *handle) ID() core.ObjectID      { return h.id }
func (h *handle) Contract() core.Address { return h.last.contract }

func (h *handle) Owner() core.Address {
	if o, ok := h.ctx.env.ledger.objects[h.id]; ok {
		h.last = o
	}
	return h.last.owner
}

func (h *handle) SetOwner(owner core.Address) error {
	return core.Wrap(h.change(func(o *object) error {
		o.owner = owner
		return nil
	}), "set owner")
}

func (h *handle) Get(field string) (any, error) {
	_, o, err := h.ctx.env.ledger.readable(h.id, h.ctx.contract)
	if err != nil {
		return nil, core.Wrap(err, "get "+field)
	}
	data, ok := o.fields[field]
	if !ok {
		return nil, core.Wrap(h.noField(field), "get "+field)
	}
	value, err := h.ctx.env.decoded(data)
	return value, core.Wrap(err, "get "+field)
}

func (h *handle) Set(field string, value any) error {
	data, err := h.ctx.env.encoded(value)
	if err != nil {
		return core.Wrap(err, "set "+field)
	}
	return core.Wrap(h.change(func(o *object) error {
		if field == "" {
			return refuse(core.CodeInvalidArgument, "a field's name is empty")
		}
		o.fields[field] = data
		return nil
	}), "set "+field)
}

func (h *handle) Delete(field string) error {
	return core.Wrap(h.change(func(o *object) error {
		if _, ok := o.fields[field]; !ok {
			return h.noField(field)
		}
		delete(o.fields, field)
		return nil
	}), "delete "+field)
}

func (h *handle) noField(field string) error {
	return refuse(core.CodeFieldNotFound, "object %s has no field %q", h.id, field)
}

// change replaces the object by what edit makes of a copy.
func (h *handle) change(edit func(o *object) error) error {
	ledger := h.ctx.env.ledger
	id, o, err := ledger.writable(h.id, h.ctx.contract, h.ctx.sender)
	if err != nil {
		return err
	}
	if o.fields = maps.Clone(o.fields); o.fields == nil {
		o.fields = map[string]string{}
	}
	if err := edit(&o); err != nil {
		return err
	}
	ledger.objects[id] = o
	return nil
}
