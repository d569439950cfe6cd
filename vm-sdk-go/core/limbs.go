package core

import (
	"github.com/govm-net/vm/internal/decimal"
	"math/bits"
)

// The functions here work on integers of any width: slices of 64-bit limbs, least
// significant first. Operands of one call have the same number of limbs.

func compareLimbs(a, b []uint64) int {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i] < b[i] {
			return -1
		}
		if a[i] > b[i] {
			return 1
		}
	}
	return 0
}

// mulLimbs sets product, which is zero, to a * b and reports whether it fits.
func mulLimbs(product, a, b []uint64) bool {
	for i, x := range a {
		if x == 0 {
			continue
		}
		var carry uint64
		for j, y := range b {
			hi, lo := bits.Mul64(x, y)
			if i+j >= len(product) {
				if hi|lo|carry != 0 {
					return false
				}
				continue
			}
			var c uint64
			lo, c = bits.Add64(lo, carry, 0)
			hi += c // cannot overflow: x*y + carry is below 2^128
			product[i+j], c = bits.Add64(product[i+j], lo, 0)
			carry = hi + c
		}
		if carry != 0 {
			return false
		}
	}
	return true
}

// divLimbs sets q and r, which are zero, to the quotient and remainder of a / b;
// b is not zero.
func divLimbs(q, r, a, b []uint64) {
	n := significant(b)
	if n == 1 {
		copy(q, a)
		r[0] = divSmall(q, b[0])
		return
	}
	if compareLimbs(a, b) < 0 {
		copy(r, a)
		return
	}
	divLong(q, r, a, b[:n])
}

// divLong is schoolbook long division with 64-bit digits for a divisor of at least
// two limbs, the last of them not zero. Both operands are shifted so that the
// divisor's top bit is set; a quotient digit guessed from the top two limbs is
// then at most two too large.
func divLong(q, r, a, b []uint64) {
	n := len(b)
	shift := uint(bits.LeadingZeros64(b[n-1]))
	var divisorSpace [4]uint64
	var restSpace [5]uint64
	divisor, rest := divisorSpace[:n], restSpace[:len(a)+1]
	shiftLeft(divisor, b, shift)
	rest[len(a)] = shiftLeft(rest[:len(a)], a, shift)

	for j := len(a) - n; j >= 0; j-- {
		window := rest[j : j+n+1]
		digit := guessDigit(window, divisor)
		if subMul(window, divisor, digit) {
			digit--
			addBack(window, divisor)
		}
		q[j] = digit
	}
	for i := range n {
		r[i] = rest[i]>>shift | rest[i+1]<<(64-shift) // a shift by 64 gives 0
	}
}

// guessDigit returns the next quotient digit, or one more than it.
func guessDigit(window, divisor []uint64) uint64 {
	n := len(divisor)
	high, next, third := window[n], window[n-1], window[n-2]
	top, second := divisor[n-1], divisor[n-2]
	var digit, remainder, carry uint64
	if high < top {
		digit, remainder = bits.Div64(high, next, top)
	} else { // high == top: the digit is the largest there is
		digit = ^uint64(0)
		if remainder, carry = bits.Add64(next, top, 0); carry != 0 {
			return digit
		}
	}
	for {
		hi, lo := bits.Mul64(digit, second)
		if hi < remainder || hi == remainder && lo <= third {
			return digit
		}
		digit--
		if remainder, carry = bits.Add64(remainder, top, 0); carry != 0 {
			return digit
		}
	}
}

// subMul subtracts divisor * digit from window and reports whether it went below
// zero.
func subMul(window, divisor []uint64, digit uint64) bool {
	var carry, borrow uint64
	for i, d := range divisor {
		hi, lo := bits.Mul64(d, digit)
		lo, c := bits.Add64(lo, carry, 0)
		carry = hi + c
		window[i], borrow = bits.Sub64(window[i], lo, borrow)
	}
	n := len(divisor)
	window[n], borrow = bits.Sub64(window[n], carry, borrow)
	return borrow != 0
}

func addBack(window, divisor []uint64) {
	var carry uint64
	for i, d := range divisor {
		window[i], carry = bits.Add64(window[i], d, carry)
	}
	window[len(divisor)] += carry
}

// shiftLeft sets dst to src << shift and returns the bits shifted out.
func shiftLeft(dst, src []uint64, shift uint) (out uint64) {
	for i, v := range src {
		dst[i] = v<<shift | out
		out = v >> (64 - shift)
	}
	return out
}

// divSmall divides a by d in place and returns the remainder.
func divSmall(a []uint64, d uint64) (remainder uint64) {
	for i := len(a) - 1; i >= 0; i-- {
		a[i], remainder = bits.Div64(remainder, a[i], d)
	}
	return remainder
}

// significant returns how many limbs are left without the leading zero limbs.
func significant(a []uint64) int {
	n := len(a)
	for n > 0 && a[n-1] == 0 {
		n--
	}
	return n
}

const (
	chunkDigits = 19 // decimal digits that always fit a limb
	chunkPower  = 10_000_000_000_000_000_000
)

func decimalText(limbs []uint64) string {
	var space [4]uint64
	rest := space[:copy(space[:], limbs)]
	var text [80]byte // 2^256 has 78 digits
	at := len(text)
	for {
		chunk := divSmall(rest, chunkPower)
		last := significant(rest) == 0
		for i := 0; i < chunkDigits && !(last && chunk == 0 && i > 0); i++ {
			at--
			text[at] = byte('0' + chunk%10)
			chunk /= 10
		}
		if last {
			return string(text[at:])
		}
	}
}

// parseDecimal sets limbs, which are zero, from decimal digits. On an error they
// are zero again.
func parseDecimal(limbs []uint64, text, what string) error {
	if text == "" {
		return invalid(what + " has no digits")
	}
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			clear(limbs)
			return invalid(what + ": character " + decimal.Int(int64(i)) + " is not a decimal digit")
		}
		carry := uint64(digit)
		for j, limb := range limbs {
			hi, lo := bits.Mul64(limb, 10)
			var c uint64
			limbs[j], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		if carry != 0 {
			clear(limbs)
			return invalid(what + " is too large")
		}
	}
	return nil
}

func littleEndian(limbs []uint64) []byte {
	data := make([]byte, 0, 8*len(limbs))
	for _, limb := range limbs {
		for shift := 0; shift < 64; shift += 8 {
			data = append(data, byte(limb>>shift))
		}
	}
	return data
}

func fromLittleEndian(limbs []uint64, data []byte, what string) error {
	if len(data) != 8*len(limbs) {
		return invalid(what + " has " + decimal.Int(int64(len(data))) + " bytes, not " + decimal.Int(int64(8*len(limbs))))
	}
	for i, b := range data {
		limbs[i/8] |= uint64(b) << (i % 8 * 8)
	}
	return nil
}
