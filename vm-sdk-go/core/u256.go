package core

import "math/bits"

// U256 is an unsigned 256-bit integer. The zero U256 is 0; values compare with
// == and [U256.Cmp]. Arithmetic is checked: the bool is false, and the value 0,
// if the result does not fit.
type U256 struct{ limbs [4]uint64 } // least significant first

// MaxU256 returns the largest U256.
func MaxU256() U256 {
	return U256{[4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}
}

// U256From returns v as a U256.
func U256From(v uint64) U256 { return U256{[4]uint64{v}} }

// U256FromU128 returns v as a U256.
func U256FromU128(v U128) U256 { return U256{[4]uint64{v.lo, v.hi}} }

// U256FromLimbs returns the U256 with the given 64-bit limbs, least significant
// first.
func U256FromLimbs(limbs [4]uint64) U256 { return U256{limbs} }

// ParseU256 reads decimal text.
func ParseU256(text string) (U256, error) {
	var u U256
	err := parseDecimal(u.limbs[:], text, "uint256")
	return u, err
}

// Limbs returns the 64-bit limbs, least significant first.
func (u U256) Limbs() [4]uint64 { return u.limbs }

// Uint64 returns u as a uint64, and whether it fits.
func (u U256) Uint64() (uint64, bool) {
	if u != U256From(u.limbs[0]) {
		return 0, false
	}
	return u.limbs[0], true
}

// U128 returns u as a U128, and whether it fits.
func (u U256) U128() (U128, bool) {
	if u.limbs[2]|u.limbs[3] != 0 {
		return U128{}, false
	}
	return U128{u.limbs[1], u.limbs[0]}, true
}

// IsZero reports whether u is 0.
func (u U256) IsZero() bool { return u == U256{} }

// Cmp returns -1, 0 or 1 as u is less than, equal to or greater than v.
func (u U256) Cmp(v U256) int { return compareLimbs(u.limbs[:], v.limbs[:]) }

// Add returns u + v, and whether it fits.
func (u U256) Add(v U256) (U256, bool) {
	var sum U256
	var carry uint64
	for i := range sum.limbs {
		sum.limbs[i], carry = bits.Add64(u.limbs[i], v.limbs[i], carry)
	}
	if carry != 0 {
		return U256{}, false
	}
	return sum, true
}

// Sub returns u - v, and whether it is not negative.
func (u U256) Sub(v U256) (U256, bool) {
	var difference U256
	var borrow uint64
	for i := range difference.limbs {
		difference.limbs[i], borrow = bits.Sub64(u.limbs[i], v.limbs[i], borrow)
	}
	if borrow != 0 {
		return U256{}, false
	}
	return difference, true
}

// Mul returns u * v, and whether it fits.
func (u U256) Mul(v U256) (U256, bool) {
	var product U256
	if !mulLimbs(product.limbs[:], u.limbs[:], v.limbs[:]) {
		return U256{}, false
	}
	return product, true
}

// Div returns u / v rounded down, and whether v is not 0.
func (u U256) Div(v U256) (U256, bool) {
	quotient, _, ok := u.divMod(v)
	return quotient, ok
}

// Mod returns the remainder of u / v, and whether v is not 0.
func (u U256) Mod(v U256) (U256, bool) {
	_, remainder, ok := u.divMod(v)
	return remainder, ok
}

func (u U256) divMod(v U256) (quotient, remainder U256, ok bool) {
	if v.IsZero() {
		return U256{}, U256{}, false
	}
	divLimbs(quotient.limbs[:], remainder.limbs[:], u.limbs[:], v.limbs[:])
	return quotient, remainder, true
}

// String returns decimal text.
func (u U256) String() string { return decimalText(u.limbs[:]) }

// MarshalText returns what String returns, as bytes.
func (u U256) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads decimal text; u is changed only on success.
func (u *U256) UnmarshalText(text []byte) error {
	v, err := ParseU256(string(text))
	if err == nil {
		*u = v
	}
	return err
}

// Encode returns the 32 bytes of the wire form, little-endian.
func (u U256) Encode() ([]byte, error) { return littleEndian(u.limbs[:]), nil }

// Decode sets u from exactly 32 little-endian bytes.
func (u *U256) Decode(data []byte) error {
	var limbs [4]uint64
	if err := fromLittleEndian(limbs[:], data, "uint256"); err != nil {
		return err
	}
	u.limbs = limbs
	return nil
}
