package coretest

import (
	"maps"

	"github.com/govm-net/vm/core"
)

// Snapshot is a state to come back to.
type Snapshot int

// snapshot is what a Snapshot stands for.
type snapshot struct {
	ledger   *ledger
	next     position
	timeNS   int64
	deployed int
}

// Snapshot begins a new block and remembers the state before it.
func (e *Env) Snapshot() Snapshot {
	e.t.Helper()
	e.next = position{height: e.next.height + 1}
	e.timeNS += blockSpacing.Nanoseconds()
	if e.chain != nil {
		got := e.chain.do(request{Op: "snapshot", Height: e.next.height, TimeNS: e.timeNS})
		if got.Snapshot != len(e.snapshots) {
			e.t.Fatalf("the engine: it counts %d snapshots, not %d", got.Snapshot, len(e.snapshots))
		}
	}
	e.snapshots = append(e.snapshots, snapshot{e.ledger.clone(), e.next, e.timeNS, len(e.deployed)})
	return Snapshot(len(e.snapshots) - 1)
}

// Revert goes back to a state and the block that began with it, as often as the
// test likes. What was done since is undone: events, balances and contracts too.
func (e *Env) Revert(to Snapshot) {
	e.t.Helper()
	s := e.snapshots[to]
	e.ledger, e.next, e.timeNS, e.deployed = s.ledger.clone(), s.next, s.timeNS, e.deployed[:s.deployed]
	if e.chain != nil {
		e.chain.do(request{Op: "revert", Snapshot: int(to)})
	}
}

// SetField gives a field of an object a value, whoever owns it: a test may begin
// with a state that would take many calls to reach. The value's type is that which
// the contract stores.
func (e *Env) SetField(id core.ObjectID, field string, value any) {
	e.t.Helper()
	data, err := e.encoded(value)
	if err != nil {
		e.t.Fatalf("set field %s: %v", field, err)
	}
	e.patch(id, func(o *object) { o.fields[field] = data })
	if e.chain != nil {
		e.chain.do(request{Op: "patch_field", Object: id.String(), Field: field, Value: hexText([]byte(data))})
	}
}

// DeleteField removes a field of an object, whoever owns it.
func (e *Env) DeleteField(id core.ObjectID, field string) {
	e.t.Helper()
	e.Field(id, field)
	e.patch(id, func(o *object) { delete(o.fields, field) })
	if e.chain != nil {
		e.chain.do(request{Op: "patch_field", Object: id.String(), Field: field})
	}
}

// SetOwner gives an object to another owner, whoever owns it.
func (e *Env) SetOwner(id core.ObjectID, owner core.Address) {
	e.t.Helper()
	e.patch(id, func(o *object) { o.owner = owner })
	if e.chain != nil {
		e.chain.do(request{Op: "patch_owner", Object: id.String(), Owner: owner.String()})
	}
}

// patch replaces an object of the native ledger.
func (e *Env) patch(id core.ObjectID, edit func(o *object)) {
	e.t.Helper()
	o := e.object(id)
	if !e.native() {
		return
	}
	if o.fields = maps.Clone(o.fields); o.fields == nil {
		o.fields = map[string]string{}
	}
	edit(&o)
	e.ledger.objects[id] = o
}
