package coretest_test

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// create makes an object with field n = 1 and gives it to owner.
func create(env *coretest.Env, owner core.Address) (id core.ObjectID) {
	env.MustCall(owner, func(ctx core.Context) error {
		obj, err := ctx.CreateObject()
		if err != nil {
			return err
		}
		id = obj.ID()
		return errors.Join(obj.Set("n", 1), obj.SetOwner(owner))
	})
	return id
}

func TestContextTellsTheCall(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 50)
	env.NextBlock()
	env.SetGasLeft(77)
	err := env.CallWithValue(alice, 20, func(ctx core.Context) error {
		if ctx.Sender() != alice || ctx.ContractAddress() != env.Contract() || ctx.Value() != 20 || ctx.GasLeft() != 77 {
			t.Errorf("sender %s, contract %s, value %d, gas %d", ctx.Sender(), ctx.ContractAddress(), ctx.Value(), ctx.GasLeft())
		}
		if ctx.BlockHeight() != 2 || ctx.BlockTime() != env.Time().UnixNano() {
			t.Errorf("height %d, time %d", ctx.BlockHeight(), ctx.BlockTime())
		}
		if ctx.Balance(env.Contract()) != 20 || ctx.Balance(alice) != 30 {
			t.Error("the value did not move before the call")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	at := time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)
	if env.SetBlock(9, at); env.Height() != 9 || !env.Time().Equal(at) {
		t.Errorf("block is %d at %s", env.Height(), env.Time())
	}
	if env.Account("alice", 0) != alice || env.Account("bob", 0) == alice || env.Name(alice) != "alice" {
		t.Error("an account's name does not fix its address")
	}
}

// What a call that fails did is undone, however it failed.
func TestFailedCallsLeaveNoTrace(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name string
		end  func(ctx core.Context) error
		want error
		text string
	}{
		{"error", func(core.Context) error { return boom }, boom, "boom"},
		{"panic", func(core.Context) error { panic("oh") }, core.ErrPanic, "oh"},
		{"runtime error", func(core.Context) error { var m map[string]int; m["a"] = 1; return nil }, core.ErrPanic, "assignment to entry in nil map"},
		{"bad event", func(ctx core.Context) error { ctx.Log("E", "k"); return nil }, core.ErrInvalidArgument, "log E: the last key has no value: invalid argument"},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := coretest.New(t)
			alice, bob := env.Account("alice", 100), env.Account("bob", 0)
			kept, gone := create(env, alice), create(env, alice)
			var made core.ObjectID
			err := env.CallWithValue(alice, 60, func(ctx core.Context) error {
				obj, err := ctx.GetObject(kept)
				if err != nil {
					return err
				}
				created, err := ctx.CreateObject()
				if err != nil {
					return err
				}
				made = created.ID()
				ctx.Log("Done", "n", 2)
				err = errors.Join(obj.Set("n", 2), obj.Set("m", 3), obj.SetOwner(bob), ctx.DeleteObject(gone), ctx.Transfer(bob, 10))
				if err != nil {
					return err
				}
				return test.end(ctx)
			})
			if !errors.Is(err, test.want) || err.Error() != test.text {
				t.Errorf("error is %v, want %s", err, test.text)
			}
			if env.Balance(alice) != 100 || env.Balance(bob) != 0 || env.Balance(env.Contract()) != 0 {
				t.Error("balances changed")
			}
			if owner, _ := env.Owner(kept); owner != alice || env.Field(kept, "n") != 1 {
				t.Error("the object changed")
			}
			if _, exists := env.Owner(gone); !exists {
				t.Error("the other object was deleted")
			}
			if _, exists := env.Owner(made); exists {
				t.Error("the new object stayed")
			}
			if len(env.Events()) != 0 {
				t.Errorf("events stayed: %v", env.Events())
			}
		})
	}
}

func TestOwnershipRules(t *testing.T) {
	env := coretest.New(t)
	alice, bob := env.Account("alice", 0), env.Account("bob", 0)
	owned := create(env, alice)
	var shared core.ObjectID // stays the contract's
	env.MustCall(alice, func(ctx core.Context) error {
		obj, err := ctx.CreateObject()
		shared = obj.ID()
		return errors.Join(err, obj.Set("n", 1))
	})
	writes := map[string]func(ctx core.Context, obj core.Object) error{
		"Set":          func(_ core.Context, obj core.Object) error { return obj.Set("n", 2) },
		"Delete":       func(_ core.Context, obj core.Object) error { return obj.Delete("n") },
		"SetOwner":     func(_ core.Context, obj core.Object) error { return obj.SetOwner(bob) },
		"DeleteObject": func(ctx core.Context, obj core.Object) error { return ctx.DeleteObject(obj.ID()) },
	}
	undo := errors.New("undo")
	for name, write := range writes {
		for _, test := range []struct {
			id     core.ObjectID
			sender core.Address
			want   error
		}{
			{owned, alice, undo},
			{owned, bob, core.ErrUnauthorized},
			{shared, alice, undo},
			{shared, bob, undo},
		} {
			err := env.Call(test.sender, func(ctx core.Context) error {
				obj, err := ctx.GetObject(test.id)
				if err != nil {
					return err
				}
				if n, err := core.Get[int](obj, "n"); n != 1 || err != nil {
					t.Errorf("%s may not read: %d, %v", env.Name(test.sender), n, err)
				}
				if err := write(ctx, obj); err != nil {
					return err
				}
				return undo
			})
			if !errors.Is(err, test.want) {
				t.Errorf("%s of the object of %s by %s: %v, want %v", name, test.id, env.Name(test.sender), err, test.want)
			}
		}
	}
}

func TestOtherContractsCannotTouchAnObject(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 0)
	id := create(env, alice)
	other := env.DeployFunctions("other", coretest.Functions{
		"Open": func(ctx core.Context, args ...any) ([]any, error) {
			_, err := ctx.GetObject(args[0].(core.ObjectID))
			return nil, err
		},
		"Delete": func(ctx core.Context, args ...any) ([]any, error) {
			return nil, ctx.DeleteObject(args[0].(core.ObjectID))
		},
		"Find": func(ctx core.Context, args ...any) ([]any, error) {
			_, err := ctx.GetObjectWithOwner(alice)
			return nil, err
		},
	})
	for function, want := range map[string]error{"Open": core.ErrUnauthorized, "Delete": core.ErrUnauthorized, "Find": core.ErrObjectNotFound} {
		err := env.Call(alice, func(ctx core.Context) error {
			_, err := ctx.Call(other, function, id)
			return err
		})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", function, err, want)
		}
	}
}

func TestLookingUpObjects(t *testing.T) {
	env := coretest.New(t)
	alice, bob := env.Account("alice", 0), env.Account("bob", 0)
	first, second := create(env, alice), create(env, alice)
	lowest := first
	if second.String() < first.String() {
		lowest = second
	}
	ctx := env.Context(alice)
	if obj, err := ctx.GetObjectWithOwner(alice); err != nil || obj.ID() != lowest {
		t.Errorf("the first object of alice is %v, %v; want %s", obj, err, lowest)
	}
	if _, err := ctx.GetObjectWithOwner(bob); !errors.Is(err, core.ErrObjectNotFound) {
		t.Errorf("object of bob: %v", err)
	}
	if _, err := ctx.GetObject(core.ObjectID{1}); !errors.Is(err, core.ErrObjectNotFound) {
		t.Errorf("unknown object: %v", err)
	}
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil || obj.ID().IsZero() || obj.Owner() != env.Contract() || obj.Contract() != env.Contract() {
		t.Errorf("the default object is %v, %v", obj, err)
	}
	other, _ := ctx.GetObject(first)
	again, _ := ctx.GetObject(first)
	if err := other.SetOwner(bob); err != nil || again.Owner() != bob {
		t.Errorf("another handle says the owner is %s, %v", env.Name(again.Owner()), err)
	}
}

func TestFields(t *testing.T) {
	env := coretest.New(t)
	obj, err := env.Context(env.Account("alice", 0)).CreateObject()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := obj.Get("none"); !errors.Is(err, core.ErrFieldNotFound) {
		t.Errorf("get: %v", err)
	}
	if err := obj.Delete("none"); !errors.Is(err, core.ErrFieldNotFound) {
		t.Errorf("delete: %v", err)
	}
	if err := obj.Set("", 1); !errors.Is(err, core.ErrInvalidArgument) {
		t.Errorf("empty name: %v", err)
	}
	if err := errors.Join(obj.Set("a", uint8(1)), obj.Set("a", "two"), obj.Set("b", 3), obj.Delete("b")); err != nil {
		t.Fatal(err)
	}
	if got, err := obj.Get("a"); got != "two" || err != nil {
		t.Errorf("a is %v, %v", got, err)
	}
	if _, err := obj.Get("b"); !errors.Is(err, core.ErrFieldNotFound) {
		t.Errorf("get b: %v", err)
	}
}

type (
	// Level is a named type.
	Level uint8
	// Part is recursive.
	Part struct {
		Name  string
		Parts []Part
		Level Level
	}
	hidden struct{ N int }
	// Partly cannot be built into a contract.
	Partly struct{ n int }
)

func TestValuesAreCopied(t *testing.T) {
	env := coretest.New(t)
	obj, err := env.Context(env.Account("alice", 0)).CreateObject()
	if err != nil {
		t.Fatal(err)
	}
	data, list, table := []byte{1}, []Part{{Name: "a", Parts: []Part{{Level: 3}}}}, map[Level]*string{1: nil}
	for _, test := range []struct {
		value  any
		change func()
	}{
		{data, func() { data[0] = 9 }},
		{list, func() { list[0].Parts[0].Level = 9 }},
		{table, func() { table[2] = nil }},
		{Level(3), func() {}},
		{any(nil), func() {}},
		{core.U256From(7), func() {}},
		{[]any{1, "x", []Part{}}, func() {}},
	} {
		if err := obj.Set("v", test.value); err != nil {
			t.Fatal(err)
		}
		want, err := obj.Get("v")
		if err != nil {
			t.Fatal(err)
		}
		test.change()
		got, err := obj.Get("v")
		if !reflect.DeepEqual(got, want) || err != nil {
			t.Errorf("%v became %v, %v", want, got, err)
		}
		if reflect.TypeOf(got) != reflect.TypeOf(test.value) {
			t.Errorf("%T came back as %T", test.value, got)
		}
	}
}

func TestValuesThatCannotBeStored(t *testing.T) {
	env := coretest.New(t)
	obj, err := env.Context(env.Account("alice", 0)).CreateObject()
	if err != nil {
		t.Fatal(err)
	}
	loop := &Part{}
	loop.Parts = []Part{*loop}
	loop.Parts[0].Parts = loop.Parts
	for _, test := range []struct {
		value any
		want  string
	}{
		{hidden{}, "set v: coretest_test.hidden: type coretest_test.hidden is not exported: invalid argument"},
		{[]Partly{}, "set v: []coretest_test.Partly: field coretest_test.Partly.n is not exported: invalid argument"},
		{func() {}, "set v: func(): type func() has no encoding: invalid argument"},
		{map[string]error{}, "set v: map[string]error: type error has no encoding: invalid argument"},
		{loop, "set v: value nests deeper than 64 at byte 286: invalid argument"},
		{"\xff", "set v: text is not UTF-8 at byte 1: invalid argument"},
	} {
		err := obj.Set("v", test.value)
		if err == nil || err.Error() != test.want || !errors.Is(err, core.ErrInvalidArgument) {
			t.Errorf("error is %v, want %s", err, test.want)
		}
	}
}

func TestTransfers(t *testing.T) {
	env := coretest.New(t)
	alice, rich := env.Account("alice", 10), env.Account("rich", math.MaxUint64)
	ctx := env.Context(alice)
	if err := ctx.Transfer(alice, 1); !errors.Is(err, core.ErrInsufficientFunds) {
		t.Errorf("from an empty contract: %v", err)
	}
	env.Fund(env.Contract(), 5)
	if err := ctx.Transfer(rich, 5); !errors.Is(err, core.ErrLimitExceeded) {
		t.Errorf("beyond 64 bits: %v", err)
	}
	if err := ctx.Transfer(alice, 5); err != nil || ctx.Balance(alice) != 15 || ctx.Balance(env.Contract()) != 0 {
		t.Errorf("balances are %d and %d, %v", ctx.Balance(alice), ctx.Balance(env.Contract()), err)
	}
	if err := env.CallWithValue(alice, 16, func(core.Context) error { t.Error("the call ran"); return nil }); !errors.Is(err, core.ErrInsufficientFunds) {
		t.Errorf("more value than there is: %v", err)
	}
}

func TestNestedCalls(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 0)
	var other core.Address
	other = env.DeployFunctions("other", coretest.Functions{
		"Double": func(ctx core.Context, args ...any) ([]any, error) {
			if ctx.Sender() != env.Contract() || ctx.ContractAddress() != other {
				t.Errorf("sender %s, contract %s", env.Name(ctx.Sender()), env.Name(ctx.ContractAddress()))
			}
			ctx.Log("Doubled", "by", ctx.Sender())
			return []any{args[0].(uint16) * 2, "done"}, nil
		},
		"Fail": func(ctx core.Context, args ...any) ([]any, error) {
			ctx.Log("Lost")
			return nil, core.Wrap(core.ErrUnauthorized, "not you")
		},
		"Panic": func(core.Context, ...any) ([]any, error) { panic("oh") },
		"Back": func(ctx core.Context, _ ...any) ([]any, error) {
			_, err := ctx.Call(env.Contract(), "Any")
			return nil, err
		},
	})
	env.MustCall(alice, func(ctx core.Context) error {
		got, err := ctx.Call(other, "Double", uint16(21))
		if want := "\x2a\x00\x04\x00\x00\x00done"; string(got) != want || err != nil {
			t.Errorf("result is %q, %v; want %q", got, err, want)
		}
		for _, test := range []struct {
			contract core.Address
			function string
			want     error
			text     string
		}{
			{other, "Fail", core.ErrUnauthorized, "not you: unauthorized"},
			{other, "Panic", core.ErrPanic, "oh"},
			{other, "Back", core.ErrReentrant, env.Contract().String() + " is running already"},
			{env.Contract(), "Any", core.ErrReentrant, env.Contract().String() + " is running already"},
			{other, "None", core.ErrFunctionNotFound, `the contract has no function "None"`},
			{alice, "None", core.ErrContractNotFound, "there is no contract at " + alice.String()},
		} {
			if _, err := ctx.Call(test.contract, test.function); !errors.Is(err, test.want) || err.Error() != test.text {
				t.Errorf("%s: error is %v, want %s", test.function, err, test.text)
			}
		}
		return nil
	})
	want := []coretest.Event{{Contract: other, Name: "Doubled", Fields: []coretest.Field{{Key: "by", Value: env.Contract()}}}}
	if got := env.Events(); !reflect.DeepEqual(got, want) {
		t.Errorf("events are %v, want %v", got, want)
	}
}
