package coretest_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// refused checks that err is a refusal of that kind with that text.
func refused(t *testing.T, err, want error, text string) {
	t.Helper()
	if err == nil || !errors.Is(err, want) || err.Error() != text {
		t.Errorf("error is %v, want %s", err, text)
	}
}

func TestListsOfObjects(t *testing.T) {
	env := coretest.New(t)
	alice, bob := env.Account("alice", 0), env.Account("bob", 0)
	var all, alices []core.ObjectID
	for i := range 7 {
		owner := alice
		if i%3 == 2 {
			owner = bob
		}
		id := create(env, owner)
		if all = append(all, id); owner == alice {
			alices = append(alices, id)
		}
	}
	other := env.DeployFunctions("other", coretest.Functions{"Count": func(ctx core.Context, _ ...any) ([]any, error) {
		page, err := ctx.ListObjects(core.ObjectID{}, 100)
		return []any{len(page)}, err
	}})
	ctx := env.Context(alice)
	standard, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, standard.ID())
	compare := func(a, b core.ObjectID) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(all, compare)
	slices.SortFunc(alices, compare)
	for _, limit := range []int{1, 2, 3, 100} {
		list := func(next func(after core.ObjectID) ([]core.Object, error)) (ids []core.ObjectID) {
			var after core.ObjectID
			for {
				page, err := next(after)
				if err != nil {
					t.Fatal(err)
				}
				for _, object := range page {
					after = object.ID()
					ids = append(ids, after)
				}
				if len(page) < limit {
					return ids
				}
			}
		}
		got := list(func(after core.ObjectID) ([]core.Object, error) { return ctx.ListObjects(after, limit) })
		if !slices.Equal(got, all) {
			t.Errorf("by %d: objects are %v, want %v", limit, got, all)
		}
		got = list(func(after core.ObjectID) ([]core.Object, error) { return ctx.ListObjectsWithOwner(alice, after, limit) })
		if !slices.Equal(got, alices) {
			t.Errorf("by %d: objects of alice are %v, want %v", limit, got, alices)
		}
	}
	if page, err := ctx.ListObjects(core.ObjectID{}, -1); page != nil || err != nil {
		t.Errorf("a page of nothing is %v, %v", page, err)
	}
	result, err := ctx.Call(other, "Count")
	if count, _ := core.DecodeResult[int](result); count != 1 || err != nil {
		t.Errorf("another contract lists %d objects, %v; it has its default object only", count, err)
	}
}

func TestListsOfFields(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 0)
	obj, err := env.Context(alice).CreateObject()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "é", "ab", "a"} {
		if err := obj.Set(name, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		after string
		limit int
		want  []string
	}{
		{"", 9, []string{"a", "ab", "b", "é"}},
		{"", 2, []string{"a", "ab"}},
		{"aa", 2, []string{"ab", "b"}},
		{"é", 1, nil},
		{"", -1, nil},
	} {
		if got, err := obj.Fields(test.after, test.limit); !slices.Equal(got, test.want) || err != nil {
			t.Errorf("%d fields after %q are %q, %v; want %q", test.limit, test.after, got, err, test.want)
		}
	}
	_, err = obj.Fields("\xff", 1)
	refused(t, err, core.ErrInvalidArgument, "list fields: field name is not valid UTF-8")
	if err := env.Context(alice).DeleteObject(obj.ID()); err != nil {
		t.Fatal(err)
	}
	_, err = obj.Fields("", 1)
	refused(t, err, core.ErrObjectNotFound, "list fields: there is no object "+obj.ID().String())
}

func TestNestedCallsWithValue(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 10)
	var other core.Address
	other = env.DeployFunctions("other", coretest.Functions{
		"Keep": func(ctx core.Context, _ ...any) ([]any, error) {
			return []any{ctx.Value(), ctx.Balance(other)}, nil
		},
		"Fail": func(core.Context, ...any) ([]any, error) { return nil, errors.New("no") },
		"Free": func(core.Context, ...any) ([]any, error) { return nil, nil },
	})
	env.MarkPayable(other, "Keep", "Fail")
	err := env.CallWithValue(alice, 10, func(ctx core.Context) error {
		got, err := ctx.CallWith(core.CallOptions{Value: 3, GasLimit: 1}, other, "Keep")
		if want := "\x03\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00"; string(got) != want || err != nil {
			t.Errorf("result is %q, %v", got, err)
		}
		_, err = ctx.CallWith(core.CallOptions{Value: 4}, other, "Fail")
		refused(t, err, core.ErrExecutionReverted, "no")
		_, err = ctx.CallWith(core.CallOptions{Value: 4}, other, "Free")
		refused(t, err, core.ErrNotPayable, "the function Free takes no value")
		_, err = ctx.CallWith(core.CallOptions{Value: 8}, other, "Keep")
		refused(t, err, core.ErrInsufficientFunds, env.Contract().String()+" has 7, needs 8")
		return nil
	})
	if err != nil || env.Balance(alice) != 0 || env.Balance(env.Contract()) != 7 || env.Balance(other) != 3 {
		t.Errorf("balances are %d, %d and %d, %v", env.Balance(alice), env.Balance(env.Contract()), env.Balance(other), err)
	}
}

func TestViewsChangeNothing(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 10)
	env.Fund(env.Contract(), 10)
	id := create(env, alice)
	// What a view cannot do, by the text before the refusal.
	writes := map[string]func(ctx core.Context) error{
		"create object": func(ctx core.Context) error { _, err := ctx.CreateObject(); return err },
		"delete object": func(ctx core.Context) error { return ctx.DeleteObject(id) },
		"transfer":      func(ctx core.Context) error { return ctx.Transfer(alice, 1) },
		"log E":         func(ctx core.Context) error { ctx.Log("E"); return nil },
		"set n":         func(ctx core.Context) error { return open(ctx, id).Set("n", 2) },
		"delete n":      func(ctx core.Context) error { return open(ctx, id).Delete("n") },
		"set owner":     func(ctx core.Context) error { return open(ctx, id).SetOwner(alice) },
	}
	for what, write := range writes {
		refused(t, env.CallView(alice, write), core.ErrReadOnly, what+": a view function may not change the state")
		if err := env.Call(alice, write); err != nil {
			t.Errorf("%s in a call that is no view: %v", what, err)
		}
		id = create(env, alice)
	}

	write := func(ctx core.Context, _ ...any) ([]any, error) { return nil, ctx.Transfer(alice, 0) }
	other := env.DeployFunctions("other", coretest.Functions{"Write": write, "View": write})
	env.MarkView(other, "View")
	call := func(function string, options core.CallOptions) func(ctx core.Context) error {
		return func(ctx core.Context) error { _, err := ctx.CallWith(options, other, function); return err }
	}
	const text = "transfer: a view function may not change the state"
	refused(t, env.Call(alice, call("View", core.CallOptions{})), core.ErrReadOnly, text)
	refused(t, env.CallView(alice, call("Write", core.CallOptions{})), core.ErrReadOnly, text)
	refused(t, env.CallView(alice, call("Write", core.CallOptions{Value: 1})), core.ErrReadOnly, "a view function may not send value")
	if err := env.Call(alice, call("Write", core.CallOptions{})); err != nil {
		t.Error(err)
	}
}

func open(ctx core.Context, id core.ObjectID) core.Object {
	obj, err := ctx.GetObject(id)
	if err != nil {
		panic(err)
	}
	return obj
}

func TestSizesAreBounded(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 0)
	other := env.DeployFunctions("other", coretest.Functions{
		"Echo": func(_ core.Context, args ...any) ([]any, error) { return args, nil },
		"Grow": func(_ core.Context, args ...any) ([]any, error) { return []any{args[0], args[0]}, nil },
	})
	// A value is its tag and length, 5 bytes, and then the text's.
	value := func(size int) string { return strings.Repeat("v", size-5) }
	name := strings.Repeat("n", core.MaxFieldNameBytes)
	event := func(size int) string { return value(size - 4 - 4 - len("k")) } // and the number of pairs, and the key
	for _, test := range []struct {
		fits, over func(ctx core.Context, obj core.Object) error
		want       string
	}{
		{
			func(_ core.Context, obj core.Object) error { return obj.Set(name, value(core.MaxFieldValueBytes)) },
			func(_ core.Context, obj core.Object) error { return obj.Set(name, value(core.MaxFieldValueBytes+1)) },
			"set " + name + ": field value of 262145 bytes, at most 262144 are allowed",
		},
		{
			func(_ core.Context, obj core.Object) error { return obj.Set(name, 1) },
			func(_ core.Context, obj core.Object) error { return obj.Set(name+"n", 1) },
			"set " + name + "n: field name of 129 bytes, at most 128 are allowed",
		},
		{
			func(ctx core.Context, _ core.Object) error {
				ctx.Log(strings.Repeat("n", core.MaxEventNameBytes))
				return nil
			},
			func(ctx core.Context, _ core.Object) error { ctx.Log(name); return nil },
			"log " + name + ": event name of 128 bytes, at most 64 are allowed",
		},
		{
			func(ctx core.Context, _ core.Object) error {
				ctx.Log("E", "k", event(core.MaxEventDataBytes))
				return nil
			},
			func(ctx core.Context, _ core.Object) error {
				ctx.Log("E", "k", event(core.MaxEventDataBytes+1))
				return nil
			},
			"log E: event data of 16385 bytes, at most 16384 are allowed",
		},
		{
			func(ctx core.Context, _ core.Object) error { return logMany(ctx, core.MaxEventsPerCall, "") },
			func(ctx core.Context, _ core.Object) error { return logMany(ctx, core.MaxEventsPerCall+1, "") },
			"log E: a call may report at most 1024 events",
		},
		{
			func(ctx core.Context, _ core.Object) error { return logMany(ctx, 63, event(core.MaxEventDataBytes)) },
			func(ctx core.Context, _ core.Object) error { return logMany(ctx, 64, event(core.MaxEventDataBytes)) },
			"log E: events of a call of 1048640 bytes, at most 1048576 are allowed",
		},
		{
			func(_ core.Context, obj core.Object) error { return setMany(obj, 63) },
			func(_ core.Context, obj core.Object) error { return setMany(obj, 64) },
			"set f: fields written by a call of 16777280 bytes, at most 16777216 are allowed",
		},
		{
			func(ctx core.Context, _ core.Object) error {
				_, err := ctx.Call(other, "Echo", value(core.MaxArgsBytes-4))
				return err
			},
			func(ctx core.Context, _ core.Object) error {
				_, err := ctx.Call(other, "Echo", value(core.MaxArgsBytes-3))
				return err
			},
			"arguments of 1048577 bytes, at most 1048576 are allowed",
		},
		{
			func(ctx core.Context, _ core.Object) error {
				_, err := ctx.Call(other, "Grow", strings.Repeat("v", core.MaxOutputBytes/2-4))
				return err
			},
			func(ctx core.Context, _ core.Object) error {
				_, err := ctx.Call(other, "Grow", strings.Repeat("v", core.MaxOutputBytes/2-3))
				return err
			},
			"output of 1048578 bytes, at most 1048576 are allowed",
		},
	} {
		call := func(do func(ctx core.Context, obj core.Object) error) error {
			return env.Call(alice, func(ctx core.Context) error { return do(ctx, open(ctx, core.ObjectID{})) })
		}
		if err := call(test.fits); err != nil {
			t.Errorf("before %s: %v", test.want, err)
		}
		refused(t, call(test.over), core.ErrLimitExceeded, test.want)
	}
}

func logMany(ctx core.Context, n int, value string) error {
	for range n {
		ctx.Log("E", "k", value)
	}
	return nil
}

func setMany(obj core.Object, n int) error {
	value := strings.Repeat("v", core.MaxFieldValueBytes-5)
	for range n {
		if err := obj.Set("f", value); err != nil {
			return err
		}
	}
	return nil
}

func TestBoundsAreThoseOfOneCall(t *testing.T) {
	env := coretest.New(t)
	alice := env.Account("alice", 0)
	for range 3 {
		env.MustCall(alice, func(ctx core.Context) error { return logMany(ctx, core.MaxEventsPerCall, "") })
	}
	other := env.DeployFunctions("other", coretest.Functions{
		"Log": func(ctx core.Context, _ ...any) ([]any, error) { return nil, logMany(ctx, 1000, "") },
		"Lose": func(ctx core.Context, _ ...any) ([]any, error) {
			return nil, errors.Join(logMany(ctx, 1000, ""), errors.New("no"))
		},
	})
	err := env.Call(alice, func(ctx core.Context) error {
		for _, test := range []struct {
			function string
			want     error
		}{{"Lose", core.ErrExecutionReverted}, {"Log", nil}, {"Log", core.ErrLimitExceeded}} {
			if _, err := ctx.Call(other, test.function); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.function, err, test.want)
			}
		}
		return logMany(ctx, core.MaxEventsPerCall-1000, "")
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCallsAreNestedSixteenDeep(t *testing.T) {
	env := coretest.New(t)
	var chain []core.Address
	for i := range core.MaxCallDepth {
		chain = append(chain, env.DeployFunctions(fmt.Sprint("link ", i), coretest.Functions{
			"Go": func(ctx core.Context, _ ...any) ([]any, error) {
				if i+1 == len(chain) {
					return nil, nil
				}
				_, err := ctx.Call(chain[i+1], "Go")
				return nil, err
			},
		}))
	}
	call := func(first core.Address) error {
		return env.Call(env.Account("alice", 0), func(ctx core.Context) error { _, err := ctx.Call(first, "Go"); return err })
	}
	if err := call(chain[1]); err != nil {
		t.Error(err)
	}
	refused(t, call(chain[0]), core.ErrLimitExceeded, "calls are nested deeper than 16")
	if got := env.Events(); !reflect.DeepEqual(got, []coretest.Event(nil)) {
		t.Errorf("events are %v", got)
	}
}
