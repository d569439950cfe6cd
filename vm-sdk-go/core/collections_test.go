package core_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

// object returns an object to keep collections in.
func object(t testing.TB) (core.Object, *coretest.Env) {
	env := coretest.NewNative(t)
	obj, err := env.Context(env.Account("alice", 0)).CreateObject()
	if err != nil {
		t.Fatal(err)
	}
	return obj, env
}

// checkMap does to a map and to one of Go's the same, and compares.
func checkMap[K core.Key](t *testing.T, keys []K, compare func(a, b K) int) {
	obj, _ := object(t)
	random := rand.New(rand.NewPCG(1, 2))
	got, want := core.MapOf[K, int](obj, "m"), map[K]int{}
	neighbours := core.MapOf[K, int](obj, "m2")
	for _, key := range keys {
		if err := neighbours.Set(key, -1); err != nil {
			t.Fatal(err)
		}
	}
	for step := range 300 {
		key := keys[random.IntN(len(keys))]
		_, there := want[key]
		if random.IntN(3) == 0 {
			err := got.Delete(key)
			if there != (err == nil) || !there && !errors.Is(err, core.ErrFieldNotFound) {
				t.Fatalf("delete %v: %v", key, err)
			}
			delete(want, key)
		} else {
			if err := got.Set(key, step); err != nil {
				t.Fatal(err)
			}
			want[key] = step
		}
		value, err := got.Get(key)
		is, hasErr := got.Has(key)
		otherwise, orErr := got.GetOr(key, -7)
		wanted, there := want[key]
		if there != (err == nil) || value != wanted || is != there || hasErr != nil || orErr != nil {
			t.Fatalf("key %v: %v, %v; has %t, %v", key, value, err, is, hasErr)
		}
		if !there && otherwise != -7 || there && otherwise != wanted {
			t.Fatalf("key %v or else: %v", key, otherwise)
		}
	}
	order := slices.SortedFunc(maps.Keys(want), compare)
	for _, limit := range []int{1, 2, 100} {
		var listed []K
		for {
			page, err := got.Keys(limit, listed[max(0, len(listed)-1):]...)
			if err != nil {
				t.Fatal(err)
			}
			if listed = append(listed, page...); len(page) < limit {
				break
			}
		}
		if !slices.Equal(listed, order) {
			t.Fatalf("keys by %d are %v, want %v", limit, listed, order)
		}
	}
	if page, err := got.Keys(0); page != nil || err != nil {
		t.Fatalf("a page of nothing is %v, %v", page, err)
	}
}

func TestMapsHaveTheirKeysInOrder(t *testing.T) {
	bytewise := func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) }
	t.Run("string", func(t *testing.T) {
		checkMap(t, []string{"", "a", "a/b", "ab", "é", "/", "len"}, strings.Compare)
	})
	t.Run("uint8", func(t *testing.T) {
		checkMap(t, []uint8{0, 9, 10, 99, 100, 255}, func(a, b uint8) int { return int(a) - int(b) })
	})
	t.Run("uint16", func(t *testing.T) {
		checkMap(t, []uint16{0, 9, 10, 255, 65535}, func(a, b uint16) int { return int(a) - int(b) })
	})
	t.Run("uint32", func(t *testing.T) {
		checkMap(t, []uint32{0, 9, 10, 1 << 31}, func(a, b uint32) int { return int(a) - int(b) })
	})
	t.Run("uint64", func(t *testing.T) {
		checkMap(t, []uint64{0, 9, 10, 1<<63 - 1, 1<<64 - 1}, func(a, b uint64) int { return core.U256From(a).Cmp(core.U256From(b)) })
	})
	t.Run("uint", func(t *testing.T) {
		checkMap(t, []uint{0, 9, 10}, func(a, b uint) int { return int(a) - int(b) })
	})
	t.Run("Address", func(t *testing.T) {
		checkMap(t, []core.Address{{}, {1}, {19: 1}, {255}}, func(a, b core.Address) int { return slices.Compare(a[:], b[:]) })
	})
	t.Run("ObjectID", func(t *testing.T) {
		checkMap(t, []core.ObjectID{{}, {1}, {31: 1}}, func(a, b core.ObjectID) int { return bytewise(a, b) })
	})
	t.Run("Hash", func(t *testing.T) {
		checkMap(t, []core.Hash{{}, {1}, {31: 1}}, func(a, b core.Hash) int { return bytewise(a, b) })
	})
}

// A field that is no entry, but is named like one, is told and not misread.
func TestStrangeKeysAreRefused(t *testing.T) {
	obj, _ := object(t)
	for _, name := range []string{"7", "00000000000000000x", "99999999999999999999"} {
		if err := obj.Set("n/"+name, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := core.MapOf[uint64, int](obj, "n").Keys(1); !errors.Is(err, core.ErrInvalidArgument) {
			t.Errorf("key %s: %v", name, err)
		}
		if err := obj.Delete("n/" + name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSets(t *testing.T) {
	obj, env := object(t)
	set := core.SetOf[core.Address](obj, "owners")
	alice, bob := env.Account("alice", 0), env.Account("bob", 0)
	for range 2 {
		if err := set.Add(alice); err != nil {
			t.Fatal(err)
		}
	}
	has := func(who core.Address) bool {
		is, err := set.Has(who)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if members, err := set.Members(9); !has(alice) || has(bob) || !slices.Equal(members, []core.Address{alice}) || err != nil {
		t.Errorf("members are %v, %v", members, err)
	}
	if err := set.Remove(bob); !errors.Is(err, core.ErrFieldNotFound) {
		t.Errorf("remove bob: %v", err)
	}
	if err := set.Remove(alice); err != nil || has(alice) {
		t.Errorf("remove alice: %v", err)
	}
}

// A list does what a slice does.
func TestLists(t *testing.T) {
	obj, _ := object(t)
	random := rand.New(rand.NewPCG(3, 4))
	list, want := core.ListOf[int](obj, "list"), []int(nil)
	for step := range 400 {
		index := uint64(random.IntN(len(want) + 1))
		inside := index < uint64(len(want))
		var err error
		switch random.IntN(5) {
		case 0, 1:
			var at uint64
			if at, err = list.Push(step); at != uint64(len(want)) {
				t.Fatalf("pushed to %d", at)
			}
			want, inside = append(want, step), true
		case 2:
			var last int
			last, err = list.Pop()
			if inside = len(want) > 0; inside {
				if last != want[len(want)-1] {
					t.Fatalf("popped %d", last)
				}
				want = want[:len(want)-1]
			}
		case 3:
			if err = list.Set(index, step); inside {
				want[index] = step
			}
		case 4:
			var moved int
			var did bool
			moved, did, err = list.SwapRemove(index)
			if inside {
				last := want[len(want)-1]
				want[index] = last
				want = want[:len(want)-1]
				if did != (index < uint64(len(want))) || did && moved != last {
					t.Fatalf("removed %d: %d moved, %t", index, moved, did)
				}
			}
		}
		if inside != (err == nil) || !inside && !errors.Is(err, core.ErrFieldNotFound) {
			t.Fatalf("step %d: %v", step, err)
		}
		page, err := list.Page(0, 1000)
		if n, lenErr := list.Len(); n != uint64(len(want)) || !slices.Equal(page, want) || err != nil || lenErr != nil {
			t.Fatalf("the list is %v, %d, %v, %v; want %v", page, n, err, lenErr, want)
		}
	}
	for i := range 3 {
		core.Must(list.Push(i))
		want = append(want, i)
	}
	if page, err := list.Page(1, 2); !slices.Equal(page, want[1:3]) || err != nil {
		t.Errorf("a page is %v, %v", page, err)
	}
}

// What a collection costs does not grow with what it holds.
func TestCollectionsTouchWhatIsAskedFor(t *testing.T) {
	obj, _ := object(t)
	counted := &counting{Object: obj}
	m, list := core.MapOf[uint64, int](counted, "m"), core.ListOf[int](counted, "l")
	for i := range uint64(200) {
		core.RequireNo(m.Set(i, 1))
		core.Must(list.Push(1))
	}
	for _, test := range []struct {
		name string
		do   func() error
		want int
	}{
		{"map get", func() error { _, err := m.Get(7); return err }, 1},
		{"map set", func() error { return m.Set(7, 2) }, 1},
		{"map page", func() error { _, err := m.Keys(10); return err }, 10},
		{"map last page", func() error { _, err := m.Keys(10, 197); return err }, 3},
		{"list get", func() error { _, err := list.Get(7); return err }, 1},
		{"list push", func() error { _, err := list.Push(1); return err }, 3},
		{"list pop", func() error { _, err := list.Pop(); return err }, 4},
		{"list remove", func() error { _, _, err := list.SwapRemove(3); return err }, 7},
		{"list page", func() error { _, err := list.Page(100, 5); return err }, 6},
	} {
		counted.calls = 0
		if err := test.do(); err != nil || counted.calls != test.want {
			t.Errorf("%s: %d host calls, %v; want %d", test.name, counted.calls, err, test.want)
		}
	}
}

// counting counts the calls that the host would serve.
type counting struct {
	core.Object
	calls int
}

func (c *counting) Get(field string) (any, error)     { c.calls++; return c.Object.Get(field) }
func (c *counting) Set(field string, value any) error { c.calls++; return c.Object.Set(field, value) }
func (c *counting) Delete(field string) error         { c.calls++; return c.Object.Delete(field) }
func (c *counting) Fields(after string, limit int) ([]string, error) {
	c.calls++
	return c.Object.Fields(after, limit)
}
