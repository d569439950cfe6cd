package coretest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/govm-net/vm/core"
)

// ledger is the state that a failed call leaves as it was.
type ledger struct {
	balances    map[core.Address]uint64
	deployments map[core.Address]uint64 // how many contracts an account has deployed
	contracts   map[core.Address]bool
	objects     map[core.ObjectID]object
	events      []recorded
	used        used
}

// recorded is an event with its values as they were encoded.
type recorded struct {
	Event
	values []string
}

// used is what the running call has used of the bounds on its whole.
type used struct{ events, eventBytes, fieldBytes int }

// object is a state object. Values are copied when the ledger is cloned, so fields
// is replaced, never changed.
type object struct {
	contract, owner core.Address
	fields          map[string]string // encoded self-describing values
}

func newLedger() *ledger {
	return &ledger{
		balances:    map[core.Address]uint64{},
		deployments: map[core.Address]uint64{},
		contracts:   map[core.Address]bool{},
		objects:     map[core.ObjectID]object{},
	}
}

func (l *ledger) clone() *ledger {
	return &ledger{
		balances:    maps.Clone(l.balances),
		deployments: maps.Clone(l.deployments),
		contracts:   maps.Clone(l.contracts),
		objects:     maps.Clone(l.objects),
		events:      slices.Clone(l.events),
		used:        l.used,
	}
}

// addContract makes a contract with its default object.
func (l *ledger) addContract(contract core.Address) {
	l.contracts[contract] = true
	l.objects[defaultObject(contract)] = object{contract: contract, owner: contract}
}

// deploy makes the next contract of an account and returns its address.
func (l *ledger) deploy(deployer core.Address) core.Address {
	contract := contractAddress(deployer, l.deployments[deployer])
	l.deployments[deployer]++
	l.addContract(contract)
	return contract
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
	found := l.list(contract, &owner, core.ObjectID{}, 1)
	if len(found) == 0 {
		return core.ObjectID{}, object{}, refuse(core.CodeObjectNotFound, "%s owns no object of this contract", owner)
	}
	return found[0], l.objects[found[0]], nil
}

// list returns the ids of the contract's objects above after, in order and limit at
// most; only those of an owner if there is one.
func (l *ledger) list(contract core.Address, owner *core.Address, after core.ObjectID, limit int) []core.ObjectID {
	var found []core.ObjectID
	for id, o := range l.objects {
		if o.contract == contract && (owner == nil || o.owner == *owner) && compare(id, after) > 0 {
			found = append(found, id)
		}
	}
	slices.SortFunc(found, compare)
	return found[:max(0, min(limit, len(found)))]
}

func compare(a, b core.ObjectID) int { return slices.Compare(a[:], b[:]) }

func (l *ledger) credit(to core.Address, amount uint64) error {
	if amount > math.MaxUint64-l.balances[to] {
		return refuse(core.CodeLimitExceeded, "the balance of %s would not fit 64 bits", to)
	}
	l.balances[to] += amount
	return nil
}

func (l *ledger) move(from, to core.Address, amount uint64) error {
	if have := l.balances[from]; amount > have {
		return refuse(core.CodeInsufficientFunds, "%s has %d, needs %d", from, have, amount)
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

// addEvent records an event whose data has that many bytes when encoded.
func (l *ledger) addEvent(event recorded, dataBytes int) error {
	if err := atMost("event data", dataBytes, core.MaxEventDataBytes); err != nil {
		return err
	}
	if l.used.events == core.MaxEventsPerCall {
		return refuse(core.CodeLimitExceeded, "a call may report at most %d events", core.MaxEventsPerCall)
	}
	eventBytes := l.used.eventBytes + len(event.Name) + dataBytes
	if err := atMost("events of a call", eventBytes, core.MaxEventBytesPerCall); err != nil {
		return err
	}
	l.used.events++
	l.used.eventBytes = eventBytes
	l.events = append(l.events, event)
	return nil
}

// setField gives an object, which is a copy with fields of its own, a field.
func (l *ledger) setField(id core.ObjectID, o *object, field, data string) error {
	if field == "" {
		return refuse(core.CodeInvalidArgument, "a field's name is empty")
	}
	if _, replaced := o.fields[field]; !replaced && len(o.fields) == core.MaxFieldsPerObject {
		return refuse(core.CodeLimitExceeded, "object %s has %d fields, more are not allowed", id, core.MaxFieldsPerObject)
	}
	fieldBytes := l.used.fieldBytes + len(field) + len(data)
	if err := atMost("fields written by a call", fieldBytes, core.MaxFieldBytesPerCall); err != nil {
		return err
	}
	l.used.fieldBytes = fieldBytes
	o.fields[field] = data
	return nil
}

// atMost refuses a size over its bound.
func atMost(what string, found, most int) error {
	if found <= most {
		return nil
	}
	return refuse(core.CodeLimitExceeded, "%s of %d bytes, at most %d are allowed", what, found, most)
}

// checkName refuses a name that is too long or no text.
func checkName(what, name string, most int) error {
	if err := atMost(what, len(name), most); err != nil {
		return err
	}
	if !utf8.ValidString(name) {
		return refuse(core.CodeInvalidArgument, "%s is not valid UTF-8", what)
	}
	return nil
}
