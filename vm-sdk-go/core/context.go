package core

// Context is one call of a contract, seen from inside. It is valid until the
// call returns.
type Context interface {
	// Sender returns who called this contract: an account, or the contract that
	// made a nested call.
	Sender() Address
	// ContractAddress returns the address of the contract that is running.
	ContractAddress() Address
	// BlockHeight returns the height of the block that the call is in.
	BlockHeight() uint64
	// BlockTime returns the block's time in nanoseconds since 1970 UTC.
	BlockTime() int64
	// Value returns the amount that came with the call. It is already part of the
	// contract's balance.
	Value() uint64
	// GasLeft returns the gas that the call may still use.
	GasLeft() uint64

	// Balance returns the balance of an account or a contract.
	Balance(address Address) uint64
	// Transfer moves amount from this contract's balance to an account or a
	// contract. It fails with ErrInsufficientFunds.
	Transfer(to Address, amount uint64) error
	// Call calls an exported function of another contract and returns its encoded
	// results, which [DecodeResult] reads. If the callee fails, what it did is
	// undone, and the error carries its code and message.
	Call(contract Address, function string, args ...any) ([]byte, error)
	// CallWith is Call that sends value along or bounds the callee's gas.
	CallWith(options CallOptions, contract Address, function string, args ...any) ([]byte, error)
	// Log records an event: its name, and pairs of a key, which is a string, and
	// a value. A pair that cannot be recorded ends the call with an error.
	Log(event string, keyValues ...any)

	// CreateObject makes an object that belongs to, and is owned by, this contract.
	CreateObject() (Object, error)
	// GetObject returns the object with that id; the zero id asks for the
	// contract's default object. It fails with ErrObjectNotFound.
	GetObject(id ObjectID) (Object, error)
	// GetObjectWithOwner returns the object with the lowest id among this
	// contract's objects that owner owns. It fails with ErrObjectNotFound.
	GetObjectWithOwner(owner Address) (Object, error)
	// ListObjects returns the next limit of this contract's objects, whoever owns
	// them, in ascending order of their ids: those above after, from the first on
	// if it is zero. The default object is one of them. Fewer than limit are the
	// last.
	ListObjects(after ObjectID, limit int) ([]Object, error)
	// ListObjectsWithOwner is ListObjects of those that owner owns.
	ListObjectsWithOwner(owner Address, after ObjectID, limit int) ([]Object, error)
	// DeleteObject removes an object and its fields.
	DeleteObject(id ObjectID) error
}

// CallOptions says what goes along with a nested call; the zero value is what
// [Context].Call does.
type CallOptions struct {
	// Value moves from this contract's balance to the callee, whose function must
	// be payable, and is back if the call fails.
	Value uint64
	// GasLimit is the most gas that the callee may use. Of the gas that is left the
	// callee gets 63 of 64 parts at most, and that is what 0 stands for.
	GasLimit uint64
}

// Object is a state object: named fields that outlive the call, under an id, with
// an owner. Only the contract that created it reads and writes its fields.
//
// A write (Set, Delete, SetOwner) succeeds only if the owner is the Sender of the
// call or the contract itself; otherwise it fails with ErrUnauthorized.
type Object interface {
	// ID returns the object's id.
	ID() ObjectID
	// Owner returns who owns the object now.
	Owner() Address
	// Contract returns the contract that created the object.
	Contract() Address
	// SetOwner hands the object to another owner.
	SetOwner(owner Address) error
	// Get returns a field's value with the type it was set with. It fails with
	// ErrFieldNotFound.
	Get(field string) (any, error)
	// Set gives a field a value: a basic type, string, []byte, a type of this
	// package, or a type of the contract made of those.
	Set(field string, value any) error
	// Delete removes a field. It fails with ErrFieldNotFound.
	Delete(field string) error
	// Fields returns the next limit names of fields in ascending order of their
	// bytes: those above after, from the first on if it is empty. Fewer than limit
	// are the last. Each costs about as much gas as reading the field.
	Fields(after string, limit int) ([]string, error)
}
