package coretest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/outcome"
	"github.com/govm-net/vm/internal/reflectcodec"
)

// Env is a ledger in memory with one contract under test. It is not safe for use
// by several goroutines.
type Env struct {
	t         testing.TB
	contract  core.Address
	contracts map[core.Address]Functions // the others, by address
	payable   map[function]bool
	views     map[function]bool
	names     map[core.Address]string
	types     reflectcodec.Types
	height    uint64
	timeNS    int64
	gas       uint64
	ledger    *ledger
	stack     []core.Address // the contracts that are running
}

// function is a function of another contract.
type function struct {
	contract core.Address
	name     string
}

// Block defaults of a new Env. A second passes from block to block.
const (
	firstHeight  = 1
	firstTimeNS  = 1_700_000_000 * int64(time.Second)
	blockSpacing = time.Second
	defaultGas   = 10_000_000
)

// New returns an Env for the test t, with an empty ledger at height 1.
func New(t testing.TB) *Env {
	e := &Env{
		t:         t,
		contracts: map[core.Address]Functions{},
		payable:   map[function]bool{},
		views:     map[function]bool{},
		names:     map[core.Address]string{},
		types:     reflectcodec.Types{},
		height:    firstHeight,
		timeNS:    firstTimeNS,
		gas:       defaultGas,
		ledger:    newLedger(),
	}
	e.contract = e.address("contract under test")
	e.ledger.addContract(e.contract)
	return e
}

// address makes an address that depends on the name only.
func (e *Env) address(name string) core.Address {
	digest := sha256.Sum256([]byte("coretest address\x00" + name))
	address := core.Address(digest[:len(core.Address{})])
	e.names[address] = name
	return address
}

// Account returns the address of the account with that name, which is always the
// same, after adding amount to its balance.
func (e *Env) Account(name string, amount uint64) core.Address {
	e.t.Helper()
	address := e.address(name)
	e.Fund(address, amount)
	return address
}

// Contract returns the address of the contract under test.
func (e *Env) Contract() core.Address { return e.contract }

// Fund adds amount to the balance of an account or a contract.
func (e *Env) Fund(address core.Address, amount uint64) {
	e.t.Helper()
	if err := e.ledger.credit(address, amount); err != nil {
		e.t.Fatalf("fund %s: %v", e.Name(address), err)
	}
}

// Balance returns the balance of an account or a contract.
func (e *Env) Balance(address core.Address) uint64 { return e.ledger.balances[address] }

// Name returns the name that Account or Deploy was given, else the address as text.
func (e *Env) Name(address core.Address) string {
	if name, ok := e.names[address]; ok {
		return name
	}
	return address.String()
}

// Height returns the height of the current block.
func (e *Env) Height() uint64 { return e.height }

// Time returns the time of the current block.
func (e *Env) Time() time.Time { return time.Unix(0, e.timeNS).UTC() }

// NextBlock begins a new block, a second after the current one.
func (e *Env) NextBlock() { e.SetBlock(e.height+1, e.Time().Add(blockSpacing)) }

// SetBlock begins a block of the given height and time.
func (e *Env) SetBlock(height uint64, at time.Time) { e.height, e.timeNS = height, at.UnixNano() }

// SetGasLeft sets what GasLeft returns. Nothing uses it up.
func (e *Env) SetGasLeft(gas uint64) { e.gas = gas }

// Context returns the contract under test's context for a call by sender. What is
// done through it takes effect at once and stays; use Call for a call that is
// undone if it fails.
func (e *Env) Context(sender core.Address) core.Context {
	e.ledger.used = used{}
	return &callContext{env: e, sender: sender, contract: e.contract}
}

// Call runs fn as a call of the contract under test by sender. If fn returns an
// error or panics, what it did is undone and the error is returned; it carries the
// code and text that the caller of the real contract would get.
func (e *Env) Call(sender core.Address, fn func(ctx core.Context) error) error {
	e.t.Helper()
	return e.CallWithValue(sender, 0, fn)
}

// CallWithValue is Call with an amount that moves from sender to the contract, and
// back if the call fails.
func (e *Env) CallWithValue(sender core.Address, value uint64, fn func(ctx core.Context) error) error {
	e.t.Helper()
	return e.run(&callContext{env: e, sender: sender, contract: e.contract, value: value}, fn)
}

// CallView is Call of a view: what would change the state fails with
// core.ErrReadOnly, in nested calls too.
func (e *Env) CallView(sender core.Address, fn func(ctx core.Context) error) error {
	e.t.Helper()
	return e.run(&callContext{env: e, sender: sender, contract: e.contract, readOnly: true}, fn)
}

// MustCall is Call that ends the test if the call fails.
func (e *Env) MustCall(sender core.Address, fn func(ctx core.Context) error) {
	e.t.Helper()
	if err := e.Call(sender, fn); err != nil {
		e.t.Fatalf("call by %s: %v", e.Name(sender), err)
	}
}

// run runs fn in ctx, and undoes what it did if it fails.
func (e *Env) run(ctx *callContext, fn func(core.Context) error) (err error) {
	if len(e.stack) == 0 {
		e.ledger.used = used{}
	}
	before := e.ledger.clone()
	e.stack = append(e.stack, ctx.contract)
	defer func() {
		e.stack = e.stack[:len(e.stack)-1]
		if err != nil {
			e.ledger = before
		}
	}()
	if err := e.ledger.move(ctx.sender, ctx.contract, ctx.value); err != nil {
		return err
	}
	return recovered(func() error { return fn(ctx) })
}

// recovered runs fn and turns a panic into the error that the host would report.
func recovered(fn func() error) (err error) {
	finished := false
	defer func() {
		if finished {
			return
		}
		value := recover()
		if value == nil { // runtime.Goexit, as of t.FailNow
			return
		}
		if abort, ok := value.(outcome.Abort); ok {
			err = abort.Err
			return
		}
		code, message := outcome.OfPanic(value)
		err = &core.Error{Code: code, Message: message}
	}()
	err = fn()
	finished = true
	return err
}

// errNested is how a nested call's error looks to its caller: code and text, not
// the Go value.
func errNested(err error) error {
	code, message := outcome.Of(err)
	return &core.Error{Code: code, Message: message}
}
