package coretest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/govm-net/vm/core"
)

// ledger is the state that a failed call leaves as it was.
type ledger struct {
	balances map[core.Address]uint64
	objects  map[core.ObjectID]object
	created  uint64 // how many objects were ever created
	events   []Event
}

// object is a state object. Values are copied when the ledger is cloned, so fields
// is replaced, never changed.
type object struct {
	contract, owner core.Address
	fields          map[string]string // encoded self-describing values
}

func newLedger() *ledger {
	return &ledger{balances: map[core.Address]uint64{}, objects: map[core.ObjectID]object{}}
}

func (l *ledger) clone() *ledger {
	return &ledger{
		balances: maps.Clone(l.balances),
		objects:  maps.Clone(l.objects),
		created:  l.created,
		events:   slices.Clone(l.events),
	}
}

// addContract makes the default object of a contract.
func (l *ledger) addContract(contract core.Address) {
	l.objects[defaultObject(contract)] = object{contract: contract, owner: contract}
}

func defaultObject(contract core.Address) core.ObjectID {
	return sha256.Sum256(append([]byte("coretest default object\x00"), contract[:]...))
}

// create makes an object that the contract owns and returns its id.
func (l *ledger) create(contract core.Address) core.ObjectID {
	l.created++
	seed := append([]byte("coretest object\x00"), contract[:]...)
	id := core.ObjectID(sha256.Sum256(binary.LittleEndian.AppendUint64(seed, l.created)))
	l.objects[id] = object{contract: contract, owner: contract}
	return id
}

// readable returns the object with that id, if contract may read it; the zero id
// asks for the contract's default object.
func (l *ledger) readable(id core.ObjectID, contract core.Address) (core.ObjectID, object, error) {
	if id.IsZero() {
		id = defaultObject(contract)
	}
	o, ok := l.objects[id]
	switch {
	case !ok:
		return id, o, refuse(core.CodeObjectNotFound, "there is no object %s", id)
	case o.contract != contract:
		return id, o, refuse(core.CodeUnauthorized, "object %s was created by contract %s, not by %s", id, o.contract, contract)
	}
	return id, o, nil
}

// writable returns the object with that id, if a call of contract by sender may
// change it.
func (l *ledger) writable(id core.ObjectID, contract, sender core.Address) (core.ObjectID, object, error) {
	id, o, err := l.readable(id, contract)
	if err == nil && o.owner != sender && o.owner != contract {
		err = refuse(core.CodeUnauthorized, "object %s is owned by %s, not by the caller %s", id, o.owner, sender)
	}
	return id, o, err
}

// find returns the contract's object with the lowest id among those of owner.
func (l *ledger) find(owner, contract core.Address) (core.ObjectID, object, error) {
	var found []core.ObjectID
	for id, o := range l.objects {
		if o.owner == owner && o.contract == contract {
			found = append(found, id)
		}
	}
	if len(found) == 0 {
		return core.ObjectID{}, object{}, refuse(core.CodeObjectNotFound, "%s owns no object of this contract", owner)
	}
	first := slices.MinFunc(found, func(a, b core.ObjectID) int { return slices.Compare(a[:], b[:]) })
	return first, l.objects[first], nil
}

func (l *ledger) credit(to core.Address, amount uint64) error {
	if amount > math.MaxUint64-l.balances[to] {
		return refuse(core.CodeLimitExceeded, "the balance of %s would exceed 64 bits", to)
	}
	l.balances[to] += amount
	return nil
}

func (l *ledger) move(from, to core.Address, amount uint64) error {
	if have := l.balances[from]; amount > have {
		return refuse(core.CodeInsufficientFunds, "%s has %d, not %d", from, have, amount)
	}
	l.balances[from] -= amount
	if err := l.credit(to, amount); err != nil {
		l.balances[from] += amount
		return err
	}
	return nil
}

// refuse returns an error as the host reports it.
func refuse(code core.Code, format string, args ...any) error {
	return &core.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
