package coretest

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/govm-net/vm/core"
)

// engine is the process that runs compiled contracts: `govm harness`. The tests of
// a package share it. It ends when the pipe to it closes, with the test's process.
type engine struct {
	mutex  sync.Mutex
	in     io.Writer
	out    *bufio.Reader
	chains uint64 // how many there were
}

var startEngine = sync.OnceValues(func() (*engine, error) {
	program := os.Getenv("GOVM_TEST_ENGINE")
	if program == "" {
		program = "govm"
	}
	args := []string{"harness"}
	if dir := os.Getenv("GOVM_TEST_DIR"); dir != "" {
		args = append(args, "--builds", dir, "--gas", dir)
	}
	command := exec.Command(program, args...)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	return &engine{in: in, out: bufio.NewReader(out)}, nil
})

// request is a line to the engine.
type request struct {
	Op        string   `json:"op"`
	Chain     uint64   `json:"chain"`
	Height    uint64   `json:"height"`
	TimeNS    int64    `json:"time_ns"`
	Path      string   `json:"path,omitempty"`
	Deployer  string   `json:"deployer,omitempty"`
	Sender    string   `json:"sender,omitempty"`
	Contract  string   `json:"contract,omitempty"`
	Function  string   `json:"function,omitempty"`
	Args      string   `json:"args,omitempty"`
	Value     any      `json:"value,omitempty"` // of a call a number, of a field bytes
	GasLimit  uint64   `json:"gas_limit,omitempty"`
	Account   string   `json:"account,omitempty"`
	Amount    uint64   `json:"amount,omitempty"`
	Object    string   `json:"object,omitempty"`
	Field     string   `json:"field,omitempty"`
	Owner     string   `json:"owner,omitempty"`
	Snapshot  int      `json:"snapshot"`
	Contracts []string `json:"contracts,omitempty"`
	Accounts  []string `json:"accounts,omitempty"`
}

// reply is a line from the engine.
type reply struct {
	Refused string        `json:"refused"`
	Output  string        `json:"output"`
	Gas     uint64        `json:"gas"`
	Trace   string        `json:"trace"`
	Events  []engineEvent `json:"events"`
	Error   *struct {
		Code    int32  `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	State    *state `json:"state"`
	Snapshot int    `json:"snapshot"`
}

type engineEvent struct {
	Contract string `json:"contract"`
	Name     string `json:"name"`
	Fields   []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"fields"`
}

// state is what the engine says about objects and balances, by id and address.
type state struct {
	Objects  map[string]engineObject `json:"objects"`
	Balances map[string]uint64       `json:"balances"`
}

type engineObject struct {
	Contract string            `json:"contract"`
	Owner    string            `json:"owner"`
	Fields   map[string]string `json:"fields"`
}

// chain is the part of an Env that is in the engine.
type chain struct {
	t      testing.TB
	engine *engine
	id     uint64
}

func openChain(t testing.TB, height uint64, timeNS int64) *chain {
	t.Helper()
	engine, err := startEngine()
	if err != nil {
		t.Fatalf("start the engine: %v; run the test with `govm test`, or name the govm command in GOVM_TEST_ENGINE", err)
	}
	engine.mutex.Lock()
	engine.chains++
	c := &chain{t: t, engine: engine, id: engine.chains}
	engine.mutex.Unlock()
	c.do(request{Op: "open", Height: height, TimeNS: timeNS})
	t.Cleanup(func() { c.do(request{Op: "close"}) })
	return c
}

// do asks the engine for something. It ends the test if that cannot be done.
func (c *chain) do(asked request) *reply {
	c.t.Helper()
	asked.Chain = c.id
	if asked.Value == nil && asked.Op == "call" {
		asked.Value = 0
	}
	got, err := c.engine.exchange(asked)
	if err != nil {
		c.t.Fatalf("the engine: %v", err)
	}
	if got.Refused != "" {
		c.t.Fatalf("the engine: %s: %s", asked.Op, got.Refused)
	}
	return got
}

func (e *engine) exchange(asked request) (*reply, error) {
	line, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if _, err := e.in.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("it ended: %w", err)
	}
	answer, err := e.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("it ended: %w", err)
	}
	got := &reply{}
	return got, json.Unmarshal(answer, got)
}

// state returns objects of contracts and balances of accounts.
func (c *chain) state(contracts, accounts []core.Address) *state {
	c.t.Helper()
	return c.do(request{Op: "state", Contracts: append([]string{}, texts(contracts)...),
		Accounts: append([]string{}, texts(accounts)...)}).State
}

// objects returns the objects of a state in the form of the native ledger.
func (c *chain) objects(s *state) map[core.ObjectID]object {
	c.t.Helper()
	objects := map[core.ObjectID]object{}
	for text, found := range s.Objects {
		id, err := core.ParseObjectID(text)
		if err != nil {
			c.t.Fatalf("the engine: %v", err)
		}
		o := object{contract: c.address(found.Contract), owner: c.address(found.Owner), fields: map[string]string{}}
		for name, value := range found.Fields {
			o.fields[name] = string(c.bytes(value))
		}
		objects[id] = o
	}
	return objects
}

func (c *chain) recorded(e *Env, found engineEvent) recorded {
	c.t.Helper()
	event := recorded{Event: Event{Contract: c.address(found.Contract), Name: found.Name}}
	for _, field := range found.Fields {
		data := string(c.bytes(field.Value))
		event.values = append(event.values, data)
		event.Fields = append(event.Fields, Field{field.Key, e.shown(data)})
	}
	return event
}

func (c *chain) address(text string) core.Address {
	c.t.Helper()
	address, err := core.ParseAddress(text)
	if err != nil {
		c.t.Fatalf("the engine: %v", err)
	}
	return address
}

func (c *chain) bytes(text string) []byte {
	c.t.Helper()
	data, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		c.t.Fatalf("the engine: %v", err)
	}
	return data
}

func hexText(data []byte) string { return "0x" + hex.EncodeToString(data) }

func texts(addresses []core.Address) []string {
	var list []string
	for _, address := range addresses {
		list = append(list, address.String())
	}
	return list
}
