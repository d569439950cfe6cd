package coretest

import (
	"crypto/sha256"
	"os"
	"runtime/debug"
	"testing"
	"time"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/outcome"
	"github.com/govm-net/vm/internal/reflectcodec"
)

// Mode is how the contracts of an Env run.
type Mode string

// The modes. A test runs in the mode that the environment variable GOVM_TEST names,
// which the command `govm test` sets, and natively if it is not set.
const (
	// Native is plain Go, in the test's own process.
	Native Mode = "native"
	// Wasm is the compiled contract in the real engine.
	Wasm Mode = "wasm"
	// Both is the one and then the other; a difference ends the test.
	Both Mode = "both"
)

// Env is a ledger with the contracts that a test deploys. It is not safe for use by
// several goroutines; tests that run in parallel have an Env each.
type Env struct {
	t         testing.TB
	mode      Mode
	contract  core.Address
	contracts map[core.Address]map[string]*callable
	reentrant map[core.Address]bool
	deployed  []*Contract
	names     map[core.Address]string
	types     reflectcodec.Types
	timeNS    int64
	gas       uint64
	next      position // of the next call
	running   position // of the call that runs
	ledger    *ledger
	stack     []core.Address // the contracts that are running
	snapshots []snapshot
	trace     string // the stack of the last panic
	chain     *chain // in the engine; nil natively
}

// Block defaults of a new Env. A second passes from block to block.
const (
	firstHeight  = 1
	firstTimeNS  = 1_700_000_000 * int64(time.Second)
	blockSpacing = time.Second
	defaultGas   = 10_000_000
)

// New returns an Env for the test t, with an empty ledger at height 1, in the mode
// that the environment asks for.
func New(t testing.TB) *Env {
	t.Helper()
	mode := Mode(os.Getenv("GOVM_TEST"))
	switch mode {
	case "":
		mode = Native
	case Native, Wasm, Both:
	default:
		t.Fatalf("GOVM_TEST is %q; the modes are %s, %s and %s", mode, Native, Wasm, Both)
	}
	return newEnv(t, mode)
}

// NewNative returns an Env that is native whatever the environment asks for: for
// tests of what only plain Go has, such as calls of functions of the test itself,
// and for fuzzing.
func NewNative(t testing.TB) *Env { return newEnv(t, Native) }

func newEnv(t testing.TB, mode Mode) *Env {
	t.Helper()
	e := &Env{
		t:         t,
		mode:      mode,
		contracts: map[core.Address]map[string]*callable{},
		reentrant: map[core.Address]bool{},
		names:     map[core.Address]string{},
		types:     reflectcodec.Types{},
		timeNS:    firstTimeNS,
		gas:       defaultGas,
		next:      position{height: firstHeight},
		ledger:    newLedger(),
	}
	e.learnBasics()
	e.contract = e.address("contract under test")
	if mode == Native {
		e.ledger.addContract(e.contract)
		return e
	}
	e.chain = openChain(t, e.next.height, e.timeNS)
	return e
}

// Mode returns how the contracts run.
func (e *Env) Mode() Mode { return e.mode }

// native reports whether the contracts run as plain Go, perhaps beside the engine.
func (e *Env) native() bool { return e.mode != Wasm }

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

// Contract returns the address of the contract under test: the one that functions
// of the test stand for, see Call.
func (e *Env) Contract() core.Address { return e.contract }

// Fund adds amount to the balance of an account or a contract.
func (e *Env) Fund(address core.Address, amount uint64) {
	e.t.Helper()
	if amount == 0 {
		return
	}
	if err := e.ledger.credit(address, amount); err != nil {
		e.t.Fatalf("fund %s: %v", e.Name(address), err)
	}
	if e.chain != nil {
		e.chain.do(request{Op: "fund", Account: address.String(), Amount: amount})
	}
}

// Balance returns the balance of an account or a contract.
func (e *Env) Balance(address core.Address) uint64 {
	e.t.Helper()
	if e.native() {
		return e.ledger.balances[address]
	}
	return e.chain.state(nil, []core.Address{address}).Balances[address.String()]
}

// Name returns the name that Account or Deploy was given, else the address as text.
func (e *Env) Name(address core.Address) string {
	if name, ok := e.names[address]; ok {
		return name
	}
	return address.String()
}

// Height returns the height of the current block.
func (e *Env) Height() uint64 { return e.next.height }

// Time returns the time of the current block.
func (e *Env) Time() time.Time { return time.Unix(0, e.timeNS).UTC() }

// NextBlock begins a new block, a second after the current one.
func (e *Env) NextBlock() {
	e.t.Helper()
	e.SetBlock(e.next.height+1, e.Time().Add(blockSpacing))
}

// Wait begins a new block, so much later than the current one.
func (e *Env) Wait(d time.Duration) {
	e.t.Helper()
	e.SetBlock(e.next.height+1, e.Time().Add(d))
}

// SetBlock begins a block of the given height, which is above the current one, and
// time.
func (e *Env) SetBlock(height uint64, at time.Time) {
	e.t.Helper()
	if height <= e.next.height {
		e.t.Fatalf("block %d does not follow block %d; to go back, use Snapshot and Revert", height, e.next.height)
	}
	e.next, e.timeNS = position{height: height}, at.UnixNano()
	if e.chain != nil {
		e.chain.do(request{Op: "block", Height: height, TimeNS: e.timeNS})
	}
}

// SetGasLeft sets what GasLeft returns natively. Nothing uses it up.
func (e *Env) SetGasLeft(gas uint64) { e.gas = gas }

// Context returns the contract under test's context for a call by sender, natively.
// What is done through it takes effect at once and stays; use Call for a call that
// is undone if it fails.
func (e *Env) Context(sender core.Address) core.Context {
	e.t.Helper()
	e.onlyNative("Context")
	e.beginCall()
	return &callContext{env: e, sender: sender, contract: e.contract}
}

// onlyNative ends the test if contracts do not run natively alone.
func (e *Env) onlyNative(what string) {
	e.t.Helper()
	if e.mode != Native {
		e.t.Fatalf("%s runs a function of the test, which the engine has not: deploy the contract and call it by name, or make the Env with NewNative", what)
	}
}

// Call runs fn as a call of the contract under test by sender, natively. If fn
// returns an error or panics, what it did is undone and the error is returned; it
// carries the code and text that the caller of the real contract would get.
func (e *Env) Call(sender core.Address, fn func(ctx core.Context) error) error {
	e.t.Helper()
	return e.CallWithValue(sender, 0, fn)
}

// CallWithValue is Call with an amount that moves from sender to the contract, and
// back if the call fails.
func (e *Env) CallWithValue(sender core.Address, value uint64, fn func(ctx core.Context) error) error {
	e.t.Helper()
	e.onlyNative("Call")
	return e.run(&callContext{env: e, sender: sender, contract: e.contract, value: value}, fn)
}

// CallView is Call of a view: what would change the state fails with
// core.ErrReadOnly, in nested calls too.
func (e *Env) CallView(sender core.Address, fn func(ctx core.Context) error) error {
	e.t.Helper()
	e.onlyNative("CallView")
	return e.run(&callContext{env: e, sender: sender, contract: e.contract, readOnly: true}, fn)
}

// MustCall is Call that ends the test if the call fails.
func (e *Env) MustCall(sender core.Address, fn func(ctx core.Context) error) {
	e.t.Helper()
	if err := e.Call(sender, fn); err != nil {
		e.t.Fatalf("call by %s: %v", e.Name(sender), err)
	}
}

// beginCall takes the next place in the block.
func (e *Env) beginCall() {
	e.running = e.next
	e.next.index++
	e.ledger.used = used{}
	e.trace = ""
}

// createObject makes an object that the contract owns and returns its id.
func (e *Env) createObject(contract core.Address) core.ObjectID {
	id := objectID(contract, e.running)
	e.running.created++
	e.ledger.objects[id] = object{contract: contract, owner: contract}
	return id
}

// run runs fn in ctx, and undoes what it did if it fails.
func (e *Env) run(ctx *callContext, fn func(core.Context) error) (err error) {
	if len(e.stack) == 0 {
		e.beginCall()
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
	return e.recovered(func() error { return fn(ctx) })
}

// recovered runs fn and turns a panic into the error that the host would report. It
// keeps the stack of a panic, for who looks for its cause.
func (e *Env) recovered(fn func() error) (err error) {
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
		err = &panicked{core.Error{Code: code, Message: message}}
		e.trace = string(debug.Stack())
	}()
	err = fn()
	finished = true
	return err
}

// panicked is the error of a panic. Its text is the panic's, even if that is empty.
type panicked struct{ err core.Error }

func (p *panicked) Error() string { return p.err.Message }
func (p *panicked) Unwrap() error { return &p.err }

// errNested is how a nested call's error looks to its caller: code and text, not
// the Go value.
func errNested(err error) error {
	code, message := outcome.Of(err)
	return &core.Error{Code: code, Message: message}
}
