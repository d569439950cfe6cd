package coretest

import (
	"maps"
	"slices"

	"github.com/govm-net/vm/core"
)

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
	return core.Wrap(h.change(nil, func(_ core.ObjectID, o *object) error {
		o.owner = owner
		return nil
	}), "set owner")
}

func (h *handle) Get(field string) (any, error) {
	if err := checkName("field name", field, core.MaxFieldNameBytes); err != nil {
		return nil, core.Wrap(err, about("get", field))
	}
	_, o, err := h.ctx.env.ledger.readable(h.id, h.ctx.contract)
	if err != nil {
		return nil, core.Wrap(err, about("get", field))
	}
	data, ok := o.fields[field]
	if !ok {
		return nil, core.Wrap(h.noField(field), about("get", field))
	}
	value, err := h.ctx.env.decoded(data)
	return value, core.Wrap(err, "get "+field)
}

func (h *handle) Set(field string, value any) error {
	data, err := h.ctx.env.encoded(value)
	if err != nil {
		return core.Wrap(err, "set "+field)
	}
	sizes := func() error {
		if err := checkName("field name", field, core.MaxFieldNameBytes); err != nil {
			return err
		}
		return atMost("field value", len(data), core.MaxFieldValueBytes)
	}
	return core.Wrap(h.change(sizes, func(id core.ObjectID, o *object) error {
		return h.ctx.env.ledger.setField(id, o, field, data)
	}), about("set", field))
}

// Change is Set, but that it leaves a field alone that has the value; package core looks
// for it.
func (h *handle) Change(field string, value any) (changed bool, err error) {
	data, err := h.ctx.env.encoded(value)
	if err == nil {
		_, o, unreadable := h.ctx.env.ledger.readable(h.id, h.ctx.contract)
		if is, ok := o.fields[field]; unreadable == nil && ok && is == string(data) {
			return false, nil
		}
	}
	return true, h.Set(field, value)
}

func (h *handle) Delete(field string) error {
	name := func() error { return checkName("field name", field, core.MaxFieldNameBytes) }
	return core.Wrap(h.change(name, func(_ core.ObjectID, o *object) error {
		if _, ok := o.fields[field]; !ok {
			return h.noField(field)
		}
		delete(o.fields, field)
		return nil
	}), about("delete", field))
}

func (h *handle) Fields(after string, limit int) ([]string, error) {
	if limit <= 0 {
		return nil, nil
	}
	if err := checkName("field name", after, core.MaxFieldNameBytes); err != nil {
		return nil, core.Wrap(err, "list fields")
	}
	_, o, err := h.ctx.env.ledger.readable(h.id, h.ctx.contract)
	if err != nil {
		return nil, core.Wrap(err, "list fields")
	}
	var names []string
	for name := range o.fields {
		if name > after {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names[:min(limit, len(names))], nil
}

// about says what was done to which field, as the real host does.
func about(what, field string) string {
	if field == "" {
		return what
	}
	return what + " " + field
}

func (h *handle) noField(field string) error {
	return refuse(core.CodeFieldNotFound, "object %s has no field %q", h.id, field)
}

// change replaces the object by what edit makes of a copy, after what is asked for has
// been checked as far as it does not depend on the object.
func (h *handle) change(check func() error, edit func(id core.ObjectID, o *object) error) error {
	if err := h.ctx.mayWrite(); err != nil {
		return err
	}
	if check != nil {
		if err := check(); err != nil {
			return err
		}
	}
	ledger := h.ctx.env.ledger
	id, o, err := ledger.writable(h.id, h.ctx.contract, h.ctx.sender)
	if err != nil {
		return err
	}
	if o.fields = maps.Clone(o.fields); o.fields == nil {
		o.fields = map[string]string{}
	}
	if err := edit(id, &o); err != nil {
		return err
	}
	ledger.objects[id] = o
	return nil
}
