package coretest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/outcome"
)

// defaultGasLimit is what a call may use if its options do not say, as it is for
// the command `govm call`.
const defaultGasLimit = 1_000_000_000

// deployGasLimit is what a deployment may use: more than the largest module needs.
const deployGasLimit = 100_000_000_000

// Contract is a contract that a test deployed. Its functions are called by name.
type Contract struct {
	env     *Env
	name    string
	address core.Address
	source  *source
	methods map[string]*method
}

// Options say who calls and what goes along.
type Options struct {
	// Sender is who calls.
	Sender core.Address
	// Value is the amount that moves from the sender to the contract, and back if the
	// call fails.
	Value uint64
	// GasLimit is the most gas that the call may use in the engine; 0 stands for what
	// the command govm allows.
	GasLimit uint64
}

// Deploy deploys a contract: a pointer to its struct. In the engine it is what the
// folder of the struct's package compiles to.
//
//	token := env.Deploy(new(token.Token))
func (e *Env) Deploy(contract any) *Contract {
	e.t.Helper()
	t := reflect.TypeOf(contract)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct || t.Elem().PkgPath() == "" {
		e.t.Fatalf("deploy %T: a contract is given as a pointer to its struct, as in new(token.Token); use DeployPackage for one that is functions", contract)
	}
	src := e.sourceOf(t.Elem().PkgPath())
	return e.deploy(t.Elem().PkgPath(), src, methodsOf(t.Elem(), src))
}

// DeployPackage deploys a contract that is the functions of a package, which are
// given: those that the test calls, at least one.
//
//	rules := env.DeployPackage(pricing.Quote, pricing.Rules)
func (e *Env) DeployPackage(functions ...any) *Contract {
	e.t.Helper()
	if len(functions) == 0 || reflect.TypeOf(functions[0]).Kind() != reflect.Func {
		e.t.Fatal("deploy a package: name functions of it")
	}
	path, _ := functionName(reflect.ValueOf(functions[0]))
	src := e.sourceOf(path)
	return e.deploy(path, src, functionsOf(functions, src))
}

func (e *Env) sourceOf(path string) *source {
	e.t.Helper()
	src, err := sourceOf(path)
	if err != nil {
		e.t.Fatalf("deploy %s: %v", path, err)
	}
	return src
}

// Deployer deploys all contracts of an Env.
func (e *Env) Deployer() core.Address { return e.address("deployer") }

func (e *Env) deploy(path string, src *source, methods map[string]*method) *Contract {
	e.t.Helper()
	c := &Contract{env: e, name: path[strings.LastIndex(path, "/")+1:], source: src, methods: methods}
	for _, m := range methods {
		for _, t := range append(append([]reflect.Type(nil), m.params...), m.results...) {
			e.learn(t)
		}
	}
	deployer := e.Deployer()
	e.beginCall()
	c.address = e.ledger.deploy(deployer)
	if e.chain != nil {
		got := e.chain.do(request{Op: "deploy", Path: src.dir, Deployer: deployer.String(), GasLimit: deployGasLimit})
		if got.Error != nil {
			e.t.Fatalf("deploy %s: %s", path, got.Error.Message)
		}
		if want := hexText(c.address[:]); got.Output != want {
			e.t.Fatalf("deploy %s: it is at %s natively and at %s in the engine", path, want, got.Output)
		}
	}
	e.names[c.address] = e.unused(c.name)
	e.deployed = append(e.deployed, c)
	e.reentrant[c.address] = src.reentrant
	e.contracts[c.address] = map[string]*callable{}
	for name, m := range methods {
		e.contracts[c.address][name] = &callable{view: m.view, payable: m.payable,
			dynamic: func(ctx core.Context, args []any) ([]byte, error) { return e.dynamic(m, ctx, args) }}
	}
	return c
}

// unused returns a name that no address has yet: the second contract of a kind is
// "token 2".
func (e *Env) unused(name string) string {
	taken := slices.Collect(maps.Values(e.names))
	unused := name
	for n := 2; slices.Contains(taken, unused); n++ {
		unused = fmt.Sprintf("%s %d", name, n)
	}
	return unused
}

// Address returns the contract's address.
func (c *Contract) Address() core.Address { return c.address }

// DefaultObject returns the id of the contract's default object, which the contract
// asks for as the zero id.
func (c *Contract) DefaultObject() core.ObjectID { return defaultObject(c.address) }

// Call calls a function by name. An argument may be of any integer type that the
// number fits; else its type is that of the parameter. How the call ended is in the
// result.
func (c *Contract) Call(sender core.Address, function string, args ...any) *Result {
	c.env.t.Helper()
	return c.CallWith(Options{Sender: sender}, function, args...)
}

// CallWith is Call with value or a limit of gas.
func (c *Contract) CallWith(options Options, function string, args ...any) *Result {
	e := c.env
	e.t.Helper()
	m := c.methods[function]
	if m == nil {
		e.t.Fatalf("contract %s has no function %s", c.name, function)
	}
	data, err := e.encodeArgs(m, args)
	if err != nil {
		e.t.Fatalf("call %s.%s: %v", c.name, function, err)
	}
	what := fmt.Sprintf("%s.%s called by %s", c.name, function, e.Name(options.Sender))
	var native, compiled *outcomeOf
	if e.native() {
		native = e.callNative(c, m, options, data)
	}
	if e.chain != nil {
		if !e.native() {
			e.beginCall()
		}
		compiled = e.callEngine(c, m, options, data)
	}
	if e.mode == Both {
		e.compare(what, native, compiled)
	}
	return e.result(what, m, native, compiled)
}

// Must is Call that ends the test if the call fails.
func (c *Contract) Must(sender core.Address, function string, args ...any) *Result {
	c.env.t.Helper()
	return c.Call(sender, function, args...).Must()
}

// Fails is Call that ends the test if the call does not fail with the code of an
// error of package core.
func (c *Contract) Fails(want error, sender core.Address, function string, args ...any) *Result {
	c.env.t.Helper()
	return c.Call(sender, function, args...).Fails(want)
}

// outcomeOf is how a call ended in one of the ways to run it.
type outcomeOf struct {
	err    *core.Error
	output []byte
	events []recorded
	gas    uint64
	trace  string
	state  *state // of the engine
}

func (e *Env) callNative(c *Contract, m *method, options Options, data []byte) *outcomeOf {
	logged := len(e.ledger.events)
	ctx := &callContext{env: e, sender: options.Sender, contract: c.address, value: options.Value, readOnly: m.view}
	done := &outcomeOf{}
	if options.Value > 0 && !m.payable {
		e.beginCall()
		done.err = refuse(core.CodeNotPayable, "the function %s takes no value", m.name).(*core.Error)
		return done
	}
	err := e.run(ctx, func(ctx core.Context) (err error) {
		done.output, err = e.runMethod(m, ctx, data)
		return err
	})
	if err != nil {
		code, message := outcome.Of(err)
		return &outcomeOf{err: &core.Error{Code: code, Message: message}, trace: e.trace}
	}
	done.events = e.ledger.events[logged:]
	return done
}

func (e *Env) callEngine(c *Contract, m *method, options Options, data []byte) *outcomeOf {
	limit := options.GasLimit
	if limit == 0 {
		limit = defaultGasLimit
	}
	asked := request{Op: "call", Sender: options.Sender.String(), Contract: c.address.String(), Function: m.name,
		Args: hexText(data), Value: options.Value, GasLimit: limit}
	if e.mode == Both {
		asked.Contracts, asked.Accounts = texts(e.addresses()), texts(e.accounts())
	}
	got := e.chain.do(asked)
	done := &outcomeOf{gas: got.Gas, trace: got.Trace, output: e.chain.bytes(got.Output), state: got.State}
	if got.Error != nil {
		done.err = &core.Error{Code: core.Code(got.Error.Code), Message: got.Error.Message}
	}
	for _, event := range got.Events {
		done.events = append(done.events, e.chain.recorded(e, event))
	}
	if !e.native() {
		e.ledger.events = append(e.ledger.events, done.events...)
	}
	return done
}
