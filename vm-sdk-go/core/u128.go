package core

import "math/bits"

// U128 is an unsigned 128-bit integer. The zero U128 is 0; values compare with
// == and [U128.Cmp]. Arithmetic is checked: the bool is false, and the value 0,
// if the result does not fit.
type U128 struct{ hi, lo uint64 }

// MaxU128 returns the largest U128.
func MaxU128() U128 { return U128{^uint64(0), ^uint64(0)} }

// U128From returns v as a U128.
func U128From(v uint64) U128 { return U128{lo: v} }

// U128FromLimbs returns the U128 with the given 64-bit limbs, least significant
// first.
func U128FromLimbs(limbs [2]uint64) U128 { return U128{limbs[1], limbs[0]} }

// ParseU128 reads decimal text.
func ParseU128(text string) (U128, error) {
	var limbs [2]uint64
	err := parseDecimal(limbs[:], text, "uint128")
	return U128FromLimbs(limbs), err
}

// Limbs returns the 64-bit limbs, least significant first.
func (u U128) Limbs() [2]uint64 { return [2]uint64{u.lo, u.hi} }

// Uint64 returns u as a uint64, and whether it fits.
func (u U128) Uint64() (uint64, bool) {
	if u.hi != 0 {
		return 0, false
	}
	return u.lo, true
}

// IsZero reports whether u is 0.
func (u U128) IsZero() bool { return u == U128{} }

// Cmp returns -1, 0 or 1 as u is less than, equal to or greater than v.
func (u U128) Cmp(v U128) int {
	a, b := u.Limbs(), v.Limbs()
	return compareLimbs(a[:], b[:])
}

// Add returns u + v, and whether it fits.
func (u U128) Add(v U128) (U128, bool) {
	lo, carry := bits.Add64(u.lo, v.lo, 0)
	hi, carry := bits.Add64(u.hi, v.hi, carry)
	if carry != 0 {
		return U128{}, false
	}
	return U128{hi, lo}, true
}

// Sub returns u - v, and whether it is not negative.
func (u U128) Sub(v U128) (U128, bool) {
	lo, borrow := bits.Sub64(u.lo, v.lo, 0)
	hi, borrow := bits.Sub64(u.hi, v.hi, borrow)
	if borrow != 0 {
		return U128{}, false
	}
	return U128{hi, lo}, true
}

// Mul returns u * v, and whether it fits.
func (u U128) Mul(v U128) (U128, bool) {
	var product [2]uint64
	a, b := u.Limbs(), v.Limbs()
	if !mulLimbs(product[:], a[:], b[:]) {
		return U128{}, false
	}
	return U128FromLimbs(product), true
}

// Div returns u / v rounded down, and whether v is not 0.
func (u U128) Div(v U128) (U128, bool) {
	quotient, _, ok := u.divMod(v)
	return quotient, ok
}

// Mod returns the remainder of u / v, and whether v is not 0.
func (u U128) Mod(v U128) (U128, bool) {
	_, remainder, ok := u.divMod(v)
	return remainder, ok
}

func (u U128) divMod(v U128) (quotient, remainder U128, ok bool) {
	if v.IsZero() {
		return U128{}, U128{}, false
	}
	a, b := u.Limbs(), v.Limbs()
	var q, r [2]uint64
	divLimbs(q[:], r[:], a[:], b[:])
	return U128FromLimbs(q), U128FromLimbs(r), true
}

// String returns decimal text.
func (u U128) String() string {
	limbs := u.Limbs()
	return decimalText(limbs[:])
}

// MarshalText returns what String returns, as bytes.
func (u U128) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads decimal text; u is changed only on success.
func (u *U128) UnmarshalText(text []byte) error {
	v, err := ParseU128(string(text))
	if err == nil {
		*u = v
	}
	return err
}

// Encode returns the 16 bytes of the wire form, little-endian.
func (u U128) Encode() ([]byte, error) {
	limbs := u.Limbs()
	return littleEndian(limbs[:]), nil
}

// Decode sets u from exactly 16 little-endian bytes.
func (u *U128) Decode(data []byte) error {
	var limbs [2]uint64
	if err := fromLittleEndian(limbs[:], data, "uint128"); err != nil {
		return err
	}
	*u = U128FromLimbs(limbs)
	return nil
}
