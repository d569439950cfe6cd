package guest

import (
	"strings"
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/wire"
)

func TestFields(t *testing.T) {
	var h fakeHost
	long := strings.Repeat("long ", 1000) // more than fits the buffer
	code := run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
		obj, err := ctx.CreateObject()
		if err != nil {
			return err
		}
		for _, value := range []any{uint64(7), long, "", nil, core.Address{1}, long[:1019], long[:1020]} {
			if err := obj.Set("f", value); err != nil {
				return err
			}
			if got, err := obj.Get("f"); got != value || err != nil {
				t.Errorf("%.20v came back as %.20v, %v", value, got, err)
			}
		}
		h.fields["bad"] = []byte{1, 2}
		_, err = obj.Get("bad")
		if want := "get bad: bool or option tag is 2, not 0 or 1 at byte 1: invalid argument"; err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
		return obj.Delete("f")
	})
	if code != 0 || h.calls[len(h.calls)-1] != "delete f" {
		t.Errorf("code %s %s, calls %q", code, h.out, h.calls)
	}
}

// Change looks at a field, and writes only what differs.
func TestChange(t *testing.T) {
	long := strings.Repeat("long ", 1000) // more than fits the buffer
	for _, test := range []struct {
		before, value any
		changed       bool
	}{
		{nil, nil, false},
		{uint64(7), uint64(7), false},
		{uint64(7), uint64(8), true},
		{uint64(7), uint32(7), true}, // another type
		{long, long, false},
		{long, long[1:], true},
		{[]byte{1}, []byte{1}, false},
	} {
		var h fakeHost
		code := run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
			obj, err := ctx.CreateObject()
			if err != nil {
				return err
			}
			o := obj.(*object)
			if changed, err := o.Change("f", test.before); !changed || err != nil {
				t.Errorf("%.20v, where nothing was: %v, %v", test.before, changed, err)
			}
			if changed, err := o.Change("f", test.value); changed != test.changed || err != nil {
				t.Errorf("%.20v to %.20v: %v, %v", test.before, test.value, changed, err)
			}
			_, err = o.Change("f", func() {})
			if want := "set f: "; err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error is %v, want %s...", err, want)
			}
			return nil
		})
		if code != 0 {
			t.Errorf("%.20v to %.20v: code %s %s", test.before, test.value, code, h.out)
		}
	}
}

func TestOwnerIsFreshInEveryHandle(t *testing.T) {
	h := fakeHost{owner: [20]byte{1}}
	run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
		first, _ := ctx.GetObject(objectID)
		second, _ := ctx.GetObjectWithOwner(core.Address{1})
		if first.ID() != second.ID() || first.Contract()[0] != 0xc0 || first.Owner() != (core.Address{1}) {
			t.Errorf("the object is %v", first)
		}
		opened := h.opened
		if first.Owner(); h.opened != opened {
			t.Error("the host is asked for an owner that cannot have changed")
		}
		if err := first.SetOwner(core.Address{2}); err != nil {
			t.Error(err)
		}
		if first.Owner() != (core.Address{2}) || second.Owner() != (core.Address{2}) {
			t.Errorf("owners are %s and %s", first.Owner(), second.Owner())
		}
		return ctx.DeleteObject(first.ID())
	})
	want := []string{"find 0x01", "set owner 07 0x02", "delete object 07"}
	if strings.Join(h.calls, "; ") != strings.Join(want, "; ") {
		t.Errorf("calls are %q, want %q", h.calls, want)
	}
}

func TestLists(t *testing.T) {
	h := fakeHost{objects: 3}
	run(t, &h, nil, func(ctx core.Context, _ *wire.Reader, _ *wire.Writer) error {
		ids := func(page []core.Object, err error) (text string) {
			for _, object := range page {
				text += object.ID().String()[64:] + " "
			}
			if err != nil {
				text += err.Error()
			}
			return text
		}
		last := core.ObjectID{31: 3}
		for _, test := range []struct{ got, want string }{
			{ids(ctx.ListObjects(core.ObjectID{}, 2)), "01 02 "},
			{ids(ctx.ListObjects(core.ObjectID{31: 1}, 9)), "02 03 "},
			{ids(ctx.ListObjects(last, 9)), ""},
			{ids(ctx.ListObjects(core.ObjectID{}, 0)), ""},
			{ids(ctx.ListObjects(core.ObjectID{}, -1)), ""},
			{ids(ctx.ListObjectsWithOwner(core.Address{0xaa}, core.ObjectID{31: 1}, 1)), "02 "},
		} {
			if test.got != test.want {
				t.Errorf("listed %q, want %q", test.got, test.want)
			}
		}
		if got, want := h.calls[len(h.calls)-1], "next of 0xaa after 01"; got != want {
			t.Errorf("asked for %q, want %q", got, want)
		}
		long := strings.Repeat("z", 3000) // no real name is; it must be taken in a second step
		h.fields = map[string][]byte{"a": nil, "b": nil, "ab": nil, long: nil}
		o := &object{id: objectID}
		for _, test := range []struct {
			after string
			limit int
			want  []string
		}{
			{"", 9, []string{"a", "ab", "b", long}},
			{"", 2, []string{"a", "ab"}},
			{"ab", 1, []string{"b"}},
			{"zz", 1, []string{long}},
			{long, 1, nil},
			{"", 0, nil},
		} {
			got, err := o.Fields(test.after, test.limit)
			if strings.Join(got, ",") != strings.Join(test.want, ",") || err != nil {
				t.Errorf("%d fields after %.5s: %.20q, %v", test.limit, test.after, got, err)
			}
		}
		return nil
	})
}
