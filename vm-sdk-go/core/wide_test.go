package core_test

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/govm-net/vm/core"
)

// wide is what U128 and U256 have in common.
type wide[T any] interface {
	comparable
	Add(T) (T, bool)
	Sub(T) (T, bool)
	Mul(T) (T, bool)
	Div(T) (T, bool)
	Mod(T) (T, bool)
	Cmp(T) int
	String() string
	Encode() ([]byte, error)
}

// operation is arithmetic, checked and on big integers; the result is nil where
// there is none.
type operation[T any] struct {
	name    string
	checked func(a, b T) (T, bool)
	exact   func(a, b *big.Int) *big.Int
}

func operations[T wide[T]]() []operation[T] {
	return []operation[T]{
		{"+", T.Add, func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }},
		{"-", T.Sub, func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }},
		{"*", T.Mul, func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }},
		{"/", T.Div, func(a, b *big.Int) *big.Int {
			if b.Sign() == 0 {
				return nil
			}
			return new(big.Int).Div(a, b)
		}},
		{"mod", T.Mod, func(a, b *big.Int) *big.Int {
			if b.Sign() == 0 {
				return nil
			}
			return new(big.Int).Mod(a, b)
		}},
	}
}

// limb returns limbs of all sizes, and those at the edges more often.
func limb(random *rand.Rand) uint64 {
	switch random.IntN(6) {
	case 0:
		return 0
	case 1:
		return ^uint64(0)
	case 2:
		return 1 << 63
	case 3:
		return uint64(random.IntN(3))
	}
	return random.Uint64() >> random.IntN(64)
}

func testWide[T wide[T]](t *testing.T, bits uint, random func() T, parse func(string) (T, error)) {
	limit := new(big.Int).Lsh(big.NewInt(1), bits)
	exact := func(v T) *big.Int {
		data, err := v.Encode()
		if err != nil || len(data) != int(bits/8) {
			t.Fatalf("%s encodes to % x, %v", v, data, err)
		}
		for i, j := 0, len(data)-1; i < j; i, j = i+1, j-1 {
			data[i], data[j] = data[j], data[i]
		}
		return new(big.Int).SetBytes(data)
	}
	for range 20_000 {
		a, b := random(), random()
		bigA, bigB := exact(a), exact(b)
		if a.String() != bigA.String() {
			t.Fatalf("%s has the text %s", bigA, a)
		}
		if back, err := parse(a.String()); back != a || err != nil {
			t.Fatalf("%s parses as %s, %v", a, back, err)
		}
		if got := a.Cmp(b); got != bigA.Cmp(bigB) || (got == 0) != (a == b) {
			t.Fatalf("%s compared with %s is %d", a, b, got)
		}
		for _, op := range operations[T]() {
			want := op.exact(bigA, bigB)
			fits := want != nil && want.Sign() >= 0 && want.Cmp(limit) < 0
			got, ok := op.checked(a, b)
			if ok != fits || ok && exact(got).Cmp(want) != 0 || !ok && exact(got).Sign() != 0 {
				t.Fatalf("%s %s %s is %s, %t; want %v, %t", a, op.name, b, got, ok, want, fits)
			}
		}
	}
}

func TestU128Arithmetic(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	testWide(t, 128, func() core.U128 {
		return core.U128FromLimbs([2]uint64{limb(random), limb(random)})
	}, core.ParseU128)
}

func TestU256Arithmetic(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	testWide(t, 256, func() core.U256 {
		return core.U256FromLimbs([4]uint64{limb(random), limb(random), limb(random), limb(random)})
	}, core.ParseU256)
}

func TestWideText(t *testing.T) {
	const max128, max256 = "340282366920938463463374607431768211455",
		"115792089237316195423570985008687907853269984665640564039457584007913129639935"
	if got := core.MaxU128().String(); got != max128 {
		t.Errorf("largest U128 is %s", got)
	}
	if got := core.MaxU256().String(); got != max256 {
		t.Errorf("largest U256 is %s", got)
	}
	for _, test := range []struct{ text, want string }{
		{"", "uint128 has no digits: invalid argument"},
		{"340282366920938463463374607431768211456", "uint128 is too large: invalid argument"},
		{max256, "uint128 is too large: invalid argument"},
		{"-1", "uint128: character 0 is not a decimal digit: invalid argument"},
		{"1_000", "uint128: character 1 is not a decimal digit: invalid argument"},
		{"0x10", "uint128: character 1 is not a decimal digit: invalid argument"},
	} {
		v, err := core.ParseU128(test.text)
		if err == nil || err.Error() != test.want || !v.IsZero() {
			t.Errorf("%q parses as %s, %v; want %s", test.text, v, err, test.want)
		}
	}
	if v, err := core.ParseU128("007"); v != core.U128From(7) || err != nil {
		t.Errorf("007 parses as %s, %v", v, err)
	}
	wider := core.U256From(5)
	if err := wider.UnmarshalText([]byte("x")); !errors.Is(err, core.ErrInvalidArgument) || wider != core.U256From(5) {
		t.Errorf("after an error the value is %s, %v", wider, err)
	}
}

func TestWideConversions(t *testing.T) {
	wide := core.U128FromLimbs([2]uint64{7, 1})
	if _, ok := wide.Uint64(); ok {
		t.Error("2^64 + 7 fits a uint64")
	}
	if got, ok := core.U128From(7).Uint64(); got != 7 || !ok {
		t.Errorf("7 is %d, %t", got, ok)
	}
	if got, ok := core.U256FromU128(wide).U128(); got != wide || !ok {
		t.Errorf("%s is %s, %t", wide, got, ok)
	}
	for limb := range 4 {
		var limbs [4]uint64
		limbs[limb] = 1
		v := core.U256FromLimbs(limbs)
		if _, ok := v.U128(); ok != (limb < 2) {
			t.Errorf("2^%d fits a U128: %t", 64*limb, ok)
		}
		if _, ok := v.Uint64(); ok != (limb < 1) {
			t.Errorf("2^%d fits a uint64: %t", 64*limb, ok)
		}
	}
	data, err := wide.Encode()
	if string(data) != "\x07\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00" || err != nil {
		t.Errorf("encodes to % x, %v", data, err)
	}
	var back core.U128
	if err := back.Decode(data); back != wide || err != nil {
		t.Errorf("decodes to %s, %v", back, err)
	}
	if err := back.Decode(data[1:]); !errors.Is(err, core.ErrInvalidArgument) {
		t.Errorf("15 bytes: %v", err)
	}
	if err := new(core.U256).Decode(data); !errors.Is(err, core.ErrInvalidArgument) {
		t.Errorf("16 bytes: %v", err)
	}
}
