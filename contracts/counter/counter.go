// Package counter is a contract that counts. Anyone can create a counter; it then
// belongs to who created it, and only the owner can change it.
//
// The contract does not check who calls. Each counter is an object, and the host
// lets a call write to an object only if the caller owns it.
package counter

import (
	"math"

	"github.com/govm-net/vm/core"
)

// fieldCount is the field of a counter's object that holds the count, a uint64.
const fieldCount = "count"

// Counter keeps counters, each in an object of its own. The functions take the id
// that Initialize returned.
type Counter struct{}

// Initialize creates a counter at zero that the caller owns, and returns its id.
func (Counter) Initialize(ctx core.Context) (core.ObjectID, error) {
	obj, err := ctx.CreateObject()
	if err != nil {
		return core.ObjectID{}, core.Wrap(err, "create counter")
	}
	if err := obj.Set(fieldCount, uint64(0)); err != nil {
		return core.ObjectID{}, core.Wrap(err, "create counter")
	}
	// The last step: from here on the owner's rights apply, not the contract's.
	if err := obj.SetOwner(ctx.Sender()); err != nil {
		return core.ObjectID{}, core.Wrap(err, "create counter")
	}
	ctx.Log("Created", "counter", obj.ID(), "owner", ctx.Sender())
	return obj.ID(), nil
}

// Increment adds one to a counter that the caller owns, and returns the new count.
func (c Counter) Increment(ctx core.Context, id core.ObjectID) (uint64, error) {
	return c.Add(ctx, id, 1)
}

// Add adds n to a counter that the caller owns, and returns the new count. A count
// that would not fit 64 bits is refused.
func (Counter) Add(ctx core.Context, id core.ObjectID, n uint64) (uint64, error) {
	obj, count, err := open(ctx, id)
	if err != nil {
		return 0, err
	}
	if n > math.MaxUint64-count {
		return 0, core.Wrap(core.ErrLimitExceeded, "the count would not fit 64 bits")
	}
	return count + n, change(ctx, obj, count, count+n)
}

// Get returns the count of any counter.
//
//govm:view
func (Counter) Get(ctx core.Context, id core.ObjectID) (uint64, error) {
	_, count, err := open(ctx, id)
	return count, err
}

// Owner returns who owns a counter.
//
//govm:view
func (Counter) Owner(ctx core.Context, id core.ObjectID) (core.Address, error) {
	obj, _, err := open(ctx, id)
	if err != nil {
		return core.Address{}, err
	}
	return obj.Owner(), nil
}

// Reset sets a counter that the caller owns back to zero.
func (Counter) Reset(ctx core.Context, id core.ObjectID) error {
	obj, count, err := open(ctx, id)
	if err != nil {
		return err
	}
	return change(ctx, obj, count, 0)
}

// TransferOwnership hands a counter that the caller owns to another owner. The zero
// address is refused: nobody could ever change the counter again.
func (Counter) TransferOwnership(ctx core.Context, id core.ObjectID, to core.Address) error {
	if to.IsZero() {
		return core.Wrap(core.ErrInvalidArgument, "the new owner is the zero address")
	}
	obj, _, err := open(ctx, id)
	if err != nil {
		return err
	}
	from := obj.Owner()
	if err := obj.SetOwner(to); err != nil {
		return core.Wrap(err, "hand over counter")
	}
	ctx.Log("OwnershipTransferred", "counter", id, "from", from, "to", to)
	return nil
}

// open returns a counter's object and count.
func open(ctx core.Context, id core.ObjectID) (core.Object, uint64, error) {
	if id.IsZero() { // the contract's default object, which is no counter
		return nil, 0, core.Wrap(core.ErrInvalidArgument, "the counter's id is zero")
	}
	obj, err := ctx.GetObject(id)
	if err != nil {
		return nil, 0, core.Wrap(err, "open counter")
	}
	count, err := core.Get[uint64](obj, fieldCount)
	if err != nil {
		return nil, 0, core.Wrap(err, "open counter")
	}
	return obj, count, nil
}

// change sets a counter and logs it.
func change(ctx core.Context, obj core.Object, from, to uint64) error {
	if err := obj.Set(fieldCount, to); err != nil {
		return core.Wrap(err, "change counter")
	}
	ctx.Log("Changed", "counter", obj.ID(), "from", from, "to", to)
	return nil
}
