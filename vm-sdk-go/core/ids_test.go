package core_test

import (
	"encoding"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/govm-net/vm/core"
)

func TestIDText(t *testing.T) {
	address := core.Address{0xab, 19: 0x01}
	const addressText = "0xab00000000000000000000000000000000000001"
	id := core.ObjectID{0xcd, 31: 0x02}
	idText := "0xcd" + strings.Repeat("00", 30) + "02"
	for _, test := range []struct {
		value interface {
			String() string
			encoding.TextMarshaler
		}
		into encoding.TextUnmarshaler
		want string
	}{
		{address, new(core.Address), addressText},
		{id, new(core.ObjectID), idText},
		{core.Hash(id), new(core.Hash), idText},
	} {
		if got := test.value.String(); got != test.want {
			t.Errorf("%T is %s, want %s", test.value, got, test.want)
		}
		text, err := test.value.MarshalText()
		if string(text) != test.want || err != nil {
			t.Errorf("%T marshals to %s, %v", test.value, text, err)
		}
		upper := "0x" + strings.ToUpper(test.want[2:])
		if err := test.into.UnmarshalText([]byte(upper)); err != nil {
			t.Errorf("%s: %v", upper, err)
		}
		if got := test.into.(interface{ String() string }).String(); got != test.want {
			t.Errorf("%s reads as %s", upper, got)
		}
	}
	if got, err := json.Marshal(map[core.Address]bool{address: true}); string(got) != `{"`+addressText+`":true}` || err != nil {
		t.Errorf("as a JSON key: %s, %v", got, err)
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "address does not start with 0x: invalid argument"},
		{strings.Repeat("00", 20), "address does not start with 0x: invalid argument"},
		{"0x", "address has 0 hex digits, not 40: invalid argument"},
		{"0x" + strings.Repeat("0", 39), "address has 39 hex digits, not 40: invalid argument"},
		{"0x" + strings.Repeat("0", 39) + "g", "address: character 41 is not a hex digit: invalid argument"},
		{"0x" + strings.Repeat("0", 41), "address has 41 hex digits, not 40: invalid argument"},
	} {
		address := core.Address{7}
		err := address.UnmarshalText([]byte(test.text))
		if err == nil || err.Error() != test.want || !errors.Is(err, core.ErrInvalidArgument) {
			t.Errorf("%q: error is %v, want %s", test.text, err, test.want)
		}
		if address != (core.Address{7}) {
			t.Errorf("%q: the address was changed", test.text)
		}
	}
}

func TestIDBytes(t *testing.T) {
	address := core.Address{1, 2, 3}
	data, err := address.Encode()
	if err != nil || len(data) != 20 {
		t.Fatalf("encodes to % x, %v", data, err)
	}
	data[0] = 9 // must not reach the address
	if address[0] != 1 {
		t.Error("Encode returned the address's own bytes")
	}
	var back core.Address
	if err := back.Decode(data); err != nil || back != (core.Address{9, 2, 3}) {
		t.Errorf("decodes to %s, %v", back, err)
	}
	for _, err := range []error{back.Decode(data[:19]), new(core.ObjectID).Decode(data), new(core.Hash).Decode(nil)} {
		if !errors.Is(err, core.ErrInvalidArgument) {
			t.Errorf("wrong length: error is %v", err)
		}
	}
	if !(core.Address{}).IsZero() || back.IsZero() || !(core.ObjectID{}).IsZero() || !(core.Hash{}).IsZero() {
		t.Error("IsZero is wrong")
	}
}
