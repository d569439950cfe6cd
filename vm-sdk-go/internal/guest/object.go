package guest

import (
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/wire"
)

// object is a handle on a state object: the record that the host gave.
type object struct {
	id              core.ObjectID
	contract, owner core.Address
	seen            uint64 // the value of ownerChanges when owner was read
}

// stored reads a field that was fetched.
var stored wire.Reader

// ownerChanges counts the successful SetOwner calls, so that a handle notices
// that another handle may have changed its object's owner.
var ownerChanges uint64

func (c *callContext) CreateObject() (core.Object, error) {
	return opened(hostObjectCreate(pointer(record)), "create object")
}

func (c *callContext) GetObject(id core.ObjectID) (core.Object, error) {
	return opened(hostObjectOpen(idArgument(id[:]), pointer(record)), "get object")
}

func (c *callContext) GetObjectWithOwner(owner core.Address) (core.Object, error) {
	return opened(hostObjectFind(idArgument(owner[:]), pointer(record)), "get object with owner")
}

func (c *callContext) ListObjects(after core.ObjectID, limit int) ([]core.Object, error) {
	return listed(after, limit, "list objects", func() int32 {
		return hostObjectNext(&ids[0], pointer(record))
	})
}

func (c *callContext) ListObjectsWithOwner(owner core.Address, after core.ObjectID, limit int) ([]core.Object, error) {
	copy(owners[:], owner[:])
	return listed(after, limit, "list objects with owner", func() int32 {
		return hostObjectNextOwned(&owners[0], &ids[0], pointer(record))
	})
}

// listed returns handles of the objects that next writes to the record: the first
// after the id in ids, and so on until it finds none.
func listed(after core.ObjectID, limit int, what string, next func() int32) ([]core.Object, error) {
	var page []core.Object
	for len(page) < limit {
		idArgument(after[:])
		code := next()
		if core.Code(code) == core.CodeObjectNotFound {
			break
		}
		found, err := opened(code, what)
		if err != nil {
			return nil, err
		}
		page = append(page, found)
		after = found.ID()
	}
	return page, nil
}

func (c *callContext) DeleteObject(id core.ObjectID) error {
	return failure(hostObjectDelete(idArgument(id[:])), "delete object", "")
}

// opened returns a handle of the record that the host has just written.
func opened(code int32, what string) (core.Object, error) {
	if code != 0 {
		return nil, failure(code, what, "")
	}
	o := &object{seen: ownerChanges}
	o.readRecord()
	return o, nil
}

func (o *object) readRecord() {
	var r wire.Reader
	r.Reset(record, wire.Borsh)
	o.id, o.contract, o.owner = codec.ObjectID(&r), codec.Address(&r), codec.Address(&r)
}

func (o *object) ID() core.ObjectID      { return o.id }
func (o *object) Contract() core.Address { return o.contract }

// Owner returns the owner, asking the host again if any owner has changed. The
// owner of an object that is gone stays the last one known.
func (o *object) Owner() core.Address {
	if o.seen != ownerChanges && hostObjectOpen(idArgument(o.id[:]), pointer(record)) == 0 {
		o.readRecord()
		o.seen = ownerChanges
	}
	return o.owner
}

func (o *object) SetOwner(owner core.Address) error {
	copy(owners[:], owner[:])
	code := hostObjectSetOwner(idArgument(o.id[:]), &owners[0])
	if code != 0 {
		return failure(code, "set owner", "")
	}
	ownerChanges++
	o.owner, o.seen = owner, ownerChanges
	return nil
}

func (o *object) Get(field string) (any, error) {
	n := hostFieldGet(idArgument(o.id[:]), text(field), uint32(len(field)), pointer(received), uint32(len(received)))
	if n < 0 {
		return nil, failure(int32(-n), "get", field)
	}
	data, err := fetched(n)
	if err != nil {
		return nil, core.Wrap(err, "get "+field)
	}
	stored.Reset(data, wire.Borsh)
	value := codec.Any(&stored)
	if err := stored.Finish(); err != nil {
		return nil, encodeError(err, "get "+field)
	}
	return value, nil
}

func (o *object) Set(field string, value any) error {
	encoded.Reset(wire.Borsh)
	codec.PutAny(&encoded, value)
	if err := encoded.Err(); err != nil {
		return encodeError(err, "set "+field)
	}
	data := encoded.Bytes()
	code := hostFieldSet(idArgument(o.id[:]), text(field), uint32(len(field)), pointer(data), uint32(len(data)))
	return failure(code, "set", field)
}

// Change is Set, but that it leaves a field alone that has the value. Package core looks
// for it; a contract that does not save records does not have it.
func (o *object) Change(field string, value any) (changed bool, err error) {
	encoded.Reset(wire.Borsh)
	codec.PutAny(&encoded, value)
	if encoded.Err() == nil && o.has(field, encoded.Bytes()) {
		return false, nil
	}
	return true, o.Set(field, value)
}

// has reports whether a field's bytes are these.
func (o *object) has(field string, want []byte) bool {
	n := hostFieldGet(idArgument(o.id[:]), text(field), uint32(len(field)), pointer(received), uint32(len(received)))
	if n != int64(len(want)) { // another length, or an error, which Set meets too
		return false
	}
	data, err := fetched(n)
	return err == nil && string(data) == string(want)
}

func (o *object) Delete(field string) error {
	code := hostFieldDelete(idArgument(o.id[:]), text(field), uint32(len(field)))
	return failure(code, "delete", field)
}

func (o *object) Fields(after string, limit int) ([]string, error) {
	var names []string
	for len(names) < limit {
		n := hostFieldNext(idArgument(o.id[:]), text(after), uint32(len(after)), pointer(received), uint32(len(received)))
		if n == 0 {
			break
		}
		if n < 0 {
			return nil, failure(int32(-n), "list fields", "")
		}
		name, err := fetched(n)
		if err != nil {
			return nil, core.Wrap(err, "list fields")
		}
		after = string(name)
		names = append(names, after)
	}
	return names, nil
}
