package guest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/wire"
)

// fakeHost has one object and answers from its fields.
type fakeHost struct {
	in, out   []byte
	outputs   int
	owner     [20]byte
	fields    map[string][]byte
	refuse    int32 // the code with which everything fails, if not 0
	message   string
	calls     []string
	sent      []byte
	nested    []byte
	opened    int
	transfers uint64
	value     uint64 // what the last nested call was given
	gasLimit  uint64
	objects   int // how many objects are listed
}

var objectID = [32]byte{31: 7}

func (h *fakeHost) info() (info [72]byte, code int32) {
	copy(info[:], objectID[:])
	copy(info[32:], bytes.Repeat([]byte{0xc0}, 20))
	copy(info[52:], h.owner[:])
	return info, h.refuse
}

func (h *fakeHost) note(what string) int32 {
	h.calls = append(h.calls, what)
	return h.refuse
}

func (h *fakeHost) input() []byte      { return h.in }
func (h *fakeHost) output(data []byte) { h.out, h.outputs = data, h.outputs+1 }
func (h *fakeHost) objectCreate() ([72]byte, int32) {
	h.note("create")
	return h.info()
}
func (h *fakeHost) objectOpen(id [32]byte) ([72]byte, int32) {
	h.opened++
	return h.info()
}
func (h *fakeHost) objectFind(owner [20]byte) ([72]byte, int32) {
	h.note("find " + core.Address(owner).String()[:4])
	return h.info()
}
func (h *fakeHost) objectNext(owner *[20]byte, after [32]byte) (info [72]byte, code int32) {
	what := "next"
	if owner != nil {
		what += " of " + core.Address(*owner).String()[:4]
	}
	h.note(what + " after " + core.ObjectID(after).String()[64:])
	info, code = h.info()
	if info[31] = after[31] + 1; int(info[31]) > h.objects && code == 0 {
		code = int32(core.CodeObjectNotFound)
	}
	return info, code
}
func (h *fakeHost) fieldNext(id [32]byte, after string) (string, int32) {
	h.note("next field of " + core.ObjectID(id).String()[64:] + " after " + after)
	next := ""
	for name := range h.fields {
		if name > after && (next == "" || name < next) {
			next = name
		}
	}
	return next, h.refuse
}
func (h *fakeHost) objectSetOwner(id [32]byte, owner [20]byte) int32 {
	h.owner = owner
	return h.note("set owner " + core.ObjectID(id).String()[64:] + " " + core.Address(owner).String()[:4])
}
func (h *fakeHost) objectDelete(id [32]byte) int32 {
	return h.note("delete object " + core.ObjectID(id).String()[64:])
}
func (h *fakeHost) fieldGet(id [32]byte, name string) ([]byte, int32) {
	h.note("get " + name)
	return h.fields[name], h.refuse
}
func (h *fakeHost) fieldSet(id [32]byte, name string, value []byte) int32 {
	h.fields[name] = value
	return h.note("set " + name)
}
func (h *fakeHost) fieldDelete(id [32]byte, name string) int32 { return h.note("delete " + name) }
func (h *fakeHost) balance(address [20]byte) uint64            { return uint64(address[0]) << 56 }
func (h *fakeHost) transfer(to [20]byte, amount uint64) int32 {
	h.transfers += amount
	return h.note("transfer")
}
func (h *fakeHost) emit(name string, data []byte) int32 {
	h.sent = data
	return h.note("emit " + name)
}
func (h *fakeHost) call(contract [20]byte, function string, args []byte, value, gasLimit uint64) ([]byte, int32) {
	h.sent, h.value, h.gasLimit = args, value, gasLimit
	return h.nested, h.note("call " + function)
}
func (h *fakeHost) lastError() string { return h.message }
func (h *fakeHost) gasLeft() uint64   { return 99 }

// run runs fn as a call with the given arguments on a fake host.
func run(t *testing.T, h *fakeHost, arguments []byte, fn func(ctx core.Context, r *wire.Reader, w *wire.Writer) error) core.Code {
	t.Helper()
	h.fields = map[string][]byte{}
	header := bytes.Repeat([]byte{0xaa}, 20)
	header = append(header, bytes.Repeat([]byte{0xcc}, 20)...)
	for _, v := range []byte{5, 6, 7} {
		header = append(header, v, 0, 0, 0, 0, 0, 0, 0)
	}
	h.in = append(header, arguments...)
	host = h
	t.Cleanup(func() { host = nil })
	code := Run(3, uint32(len(h.in)), wire.Borsh, func(ctx core.Context, function uint32, r *wire.Reader, w *wire.Writer) error {
		if function != 3 {
			t.Errorf("function is %d, want 3", function)
		}
		return fn(ctx, r, w)
	})
	if h.outputs != 1 {
		t.Errorf("the output was set %d times", h.outputs)
	}
	return core.Code(code)
}

func TestRunSucceeds(t *testing.T) {
	var h fakeHost
	code := run(t, &h, []byte{4, 3}, func(ctx core.Context, r *wire.Reader, w *wire.Writer) error {
		if got := r.Uint16(); got != 0x0304 {
			t.Errorf("argument is %#x", got)
		}
		if err := Arguments(r); err != nil {
			return err
		}
		if ctx.Sender()[19] != 0xaa || ctx.ContractAddress()[0] != 0xcc || ctx.Value() != 5 || ctx.BlockHeight() != 6 || ctx.BlockTime() != 7 {
			t.Errorf("the context is %+v", ctx)
		}
		if ctx.GasLeft() != 99 || ctx.Balance(core.Address{1}) != 1<<56 {
			t.Error("gas or balance is not the host's")
		}
		w.Text("done")
		return nil
	})
	if want := "\x04\x00\x00\x00done"; code != 0 || string(h.out) != want {
		t.Errorf("code %d, output %q; want %q", code, h.out, want)
	}
}

func TestRunFails(t *testing.T) {
	for _, test := range []struct {
		name string
		fn   func(ctx core.Context, r *wire.Reader, w *wire.Writer) error
		code core.Code
		out  string
	}{
		{"error", func(core.Context, *wire.Reader, *wire.Writer) error { return errors.New("no") }, core.CodeReverted, "no"},
		{"named error", func(core.Context, *wire.Reader, *wire.Writer) error { return core.ErrFunctionNotFound }, core.CodeFunctionNotFound, "function not found"},
		{"panic", func(core.Context, *wire.Reader, *wire.Writer) error { panic("oh") }, core.CodePanic, "oh"},
		{"arguments left", func(_ core.Context, r *wire.Reader, _ *wire.Writer) error { return Arguments(r) }, core.CodeInvalidArgument, "arguments: 2 unused bytes at byte 0"},
		{"arguments cut", func(_ core.Context, r *wire.Reader, _ *wire.Writer) error { r.Uint64(); return Arguments(r) }, core.CodeInvalidArgument, "arguments: need 8 bytes, have 2 at byte 0"},
		{"result not UTF-8", func(_ core.Context, _ *wire.Reader, w *wire.Writer) error { w.Text("\xff"); return nil }, core.CodeReverted, "results: text is not UTF-8 at byte 0"},
		{"custom result", func(_ core.Context, _ *wire.Reader, w *wire.Writer) error {
			w.Custom(nil, core.ErrLimitExceeded)
			return nil
		}, core.CodeLimitExceeded, "results: limit exceeded"},
		{"half of the results", func(_ core.Context, _ *wire.Reader, w *wire.Writer) error {
			w.Text("half")
			return errors.New("then no")
		}, core.CodeReverted, "then no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var h fakeHost
			if code := run(t, &h, []byte{1, 2}, test.fn); code != test.code || string(h.out) != test.out {
				t.Errorf("code %s, output %q; want %s, %q", code, h.out, test.code, test.out)
			}
		})
	}
}

func TestInputWithoutAHeader(t *testing.T) {
	h := &fakeHost{in: make([]byte, headerBytes-1)}
	host = h
	t.Cleanup(func() { host = nil })
	if code := Run(0, uint32(len(h.in)), wire.Borsh, nil); code != uint32(core.CodeInvalidArgument) || string(h.out) != "input is shorter than its header" {
		t.Errorf("code %d, output %q", code, h.out)
	}
}

func TestCall(t *testing.T) {
	h := fakeHost{nested: bytes.Repeat([]byte{9}, 3000)}
	code := run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
		got, err := ctx.Call(core.Address{1}, "Do", uint8(1), "a")
		if !bytes.Equal(got, h.nested) || err != nil {
			t.Errorf("result is % x, %v", got, err)
		}
		if want := "\x02\x00\x00\x00\x02\x01\x10\x01\x00\x00\x00a"; string(h.sent) != want {
			t.Errorf("arguments are %q, want %q", h.sent, want)
		}
		if h.value != 0 || h.gasLimit != 0 {
			t.Errorf("a plain call has value %d and gas limit %d", h.value, h.gasLimit)
		}
		_, err = ctx.CallWith(core.CallOptions{Value: 5, GasLimit: 6}, core.Address{1}, "Do")
		if h.value != 5 || h.gasLimit != 6 || string(h.sent) != "\x00\x00\x00\x00" || err != nil {
			t.Errorf("value %d, gas limit %d, arguments %q, %v", h.value, h.gasLimit, h.sent, err)
		}
		_, err = ctx.Call(core.Address{1}, "Do", 1, make(chan int))
		if want := "call Do: argument 1: type chan int has no encoding: invalid argument"; err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
		h.refuse, h.message = int32(core.CodeOutOfGas), "callee ran out"
		_, err = ctx.Call(core.Address{1}, "Do")
		return err
	})
	// What the host says of the callee is a revert of the caller.
	if code != core.CodeReverted || string(h.out) != "callee ran out" {
		t.Errorf("code %s, output %q", code, h.out)
	}
}

func TestRefusalsCarryTheHostsMessage(t *testing.T) {
	h := fakeHost{refuse: int32(core.CodeUnauthorized), message: "not the owner"}
	run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
		o := &object{}
		_, created := ctx.CreateObject()
		_, gotten := o.Get("f")
		for want, err := range map[string]error{
			"create object":           created,
			"get f":                   gotten,
			"set f":                   o.Set("f", 1),
			"delete f":                o.Delete("f"),
			"set owner":               o.SetOwner(core.Address{}),
			"delete object":           ctx.DeleteObject(core.ObjectID{}),
			"transfer":                ctx.Transfer(core.Address{}, 1),
			"get object":              second(ctx.GetObject(core.ObjectID{})),
			"get object with owner":   second(ctx.GetObjectWithOwner(core.Address{})),
			"list objects":            second(ctx.ListObjects(core.ObjectID{}, 1)),
			"list objects with owner": second(ctx.ListObjectsWithOwner(core.Address{}, core.ObjectID{}, 1)),
			"list fields":             second(o.Fields("", 1)),
		} {
			if err == nil || err.Error() != want+": not the owner" || !errors.Is(err, core.ErrUnauthorized) {
				t.Errorf("error is %v, want %s: not the owner", err, want)
			}
		}
		return nil
	})
}

func second[A, B any](_ A, b B) B { return b }

func TestLog(t *testing.T) {
	var h fakeHost
	code := run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
		ctx.Log("Moved", "n", uint8(1), "", "x")
		return nil
	})
	if want := "\x02\x00\x00\x00" + "\x01\x00\x00\x00n\x02\x01" + "\x00\x00\x00\x00\x10\x01\x00\x00\x00x"; code != 0 || string(h.sent) != want || h.calls[0] != "emit Moved" {
		t.Errorf("code %s, data %q, want %q", code, h.sent, want)
	}
	for _, test := range []struct {
		name   string
		refuse core.Code
		pairs  []any
		code   core.Code
		out    string
	}{
		{"odd", 0, []any{"a", 1, "b"}, core.CodeInvalidArgument, "log E: the last key has no value: invalid argument"},
		{"key", 0, []any{"a", 1, 2, 3}, core.CodeInvalidArgument, "log E: key 1 is not a string: invalid argument"},
		{"value", 0, []any{"a", []int{1}}, core.CodeInvalidArgument, "log E: value of a: type []int has no encoding: invalid argument"},
		{"read-only", core.CodeReadOnly, nil, core.CodeReadOnly, "log E: not in a view"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := fakeHost{refuse: int32(test.refuse), message: "not in a view"}
			code := run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
				ctx.Log("E", test.pairs...)
				return nil
			})
			if code != test.code || string(h.out) != test.out {
				t.Errorf("code %s, output %q; want %s, %q", code, h.out, test.code, test.out)
			}
		})
	}
}
