package core_test

import (
	"errors"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// Account is a struct that objects keep.
type Account struct {
	Owner core.Address `govm:"owner"`
	Money uint64
	Notes any `govm:"notes"`
}

type hidden struct{ money uint64 }

func TestRecords(t *testing.T) {
	env := coretest.NewNative(t)
	alice := env.Account("alice", 0)
	want := Account{Owner: alice, Money: 5, Notes: "none"}
	env.MustCall(alice, func(ctx core.Context) error {
		obj, err := core.Create(ctx, want)
		if err != nil {
			return err
		}
		if got, err := core.Load[Account](ctx, obj.ID()); got != want || err != nil {
			t.Errorf("loaded %+v, %v", got, err)
		}
		if fields, _ := obj.Fields("", 9); len(fields) != 3 || fields[0] != "Money" || fields[2] != "owner" {
			t.Errorf("fields are %q", fields)
		}
		core.RequireNo(core.Save(ctx, obj.ID(), Account{Money: 6}))
		if got, err := core.Read[Account](obj); got != (Account{Money: 6}) || err != nil {
			t.Errorf("read %+v, %v", got, err)
		}
		if _, err := core.Load[Account](ctx, core.ObjectID{1}); !errors.Is(err, core.ErrObjectNotFound) {
			t.Errorf("no object: %v", err)
		}
		if err := core.Save(ctx, core.ObjectID{1}, want); !errors.Is(err, core.ErrObjectNotFound) {
			t.Errorf("no object: %v", err)
		}
		core.RequireNo(obj.Set("Money", "much"))
		if got, err := core.Read[Account](obj); got != (Account{}) || err == nil || err.Error() != "field Money is string, wanted uint64: invalid argument" {
			t.Errorf("a field of another type: %+v, %v", got, err)
		}
		core.RequireNo(obj.Delete("Money"))
		if _, err := core.Read[Account](obj); !errors.Is(err, core.ErrFieldNotFound) {
			t.Errorf("a missing field: %v", err)
		}
		if _, err := core.Read[hidden](obj); !errors.Is(err, core.ErrInvalidArgument) {
			t.Errorf("a hidden field: %v", err)
		}
		if _, err := core.Create(ctx, hidden{}); err == nil || err.Error() != "type core_test.hidden is no struct of the contract with exported fields: invalid argument" {
			t.Errorf("a hidden field: %v", err)
		}
		core.Emit(ctx, want)
		return nil
	})
	event := env.Events()[0]
	if event.Name != "Account" || event.Value("owner") != alice || event.Value("Money") != uint64(5) {
		t.Errorf("the event is %v", event)
	}
	err := env.Call(alice, func(ctx core.Context) error { core.Emit(ctx, hidden{}); return nil })
	if !errors.Is(err, core.ErrInvalidArgument) {
		t.Errorf("emit: %v", err)
	}
}

// Require and its like end the call with an error, not with a panic, and undo it.
func TestEndingACall(t *testing.T) {
	boom := core.Wrap(core.ErrUnauthorized, "boom")
	for name, test := range map[string]struct {
		end  func()
		code core.Code
		text string
	}{
		"Require":   {func() { core.Require(true, ""); core.Require(false, "too late") }, core.CodeReverted, "too late"},
		"RequireNo": {func() { core.RequireNo(nil); core.RequireNo(boom) }, core.CodeUnauthorized, "boom: unauthorized"},
		"Must":      {func() { core.Must(1, nil); core.Must(1, boom) }, core.CodeUnauthorized, "boom: unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			env := coretest.NewNative(t)
			alice := env.Account("alice", 0)
			err := env.Call(alice, func(ctx core.Context) error {
				ctx.Log("Done")
				test.end()
				return nil
			})
			if core.CodeOf(err) != test.code || err.Error() != test.text || len(env.Events()) != 0 {
				t.Errorf("it ended with %v, events %v", err, env.Events())
			}
		})
	}
}
