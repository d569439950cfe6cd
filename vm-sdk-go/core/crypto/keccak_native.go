//go:build !wasip1

package crypto

import (
	"encoding/binary"
	"math/bits"
)

// keccakRate is the number of bytes that Keccak-256 absorbs at a time.
const keccakRate = 136

// keccak256Sum is Keccak[c=512] with 256 bits of output and the padding 10*1.
func keccak256Sum(data []byte) (sum [32]byte) {
	var state [25]uint64
	for ; len(data) >= keccakRate; data = data[keccakRate:] {
		keccakAbsorb(&state, data[:keccakRate])
	}
	var last [keccakRate]byte
	copy(last[:], data)
	last[len(data)] |= 0x01
	last[keccakRate-1] |= 0x80
	keccakAbsorb(&state, last[:])
	for i := range 4 {
		binary.LittleEndian.PutUint64(sum[8*i:], state[i])
	}
	return sum
}

func keccakAbsorb(state *[25]uint64, block []byte) {
	for i := range keccakRate / 8 {
		state[i] ^= binary.LittleEndian.Uint64(block[8*i:])
	}
	keccakF(state)
}

// keccakF is the permutation Keccak-f[1600]; lane (x, y) is a[x+5*y].
func keccakF(a *[25]uint64) {
	lfsr := byte(1)
	for range 24 {
		var c [5]uint64
		for x := range 5 {
			c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
		}
		for i := range a {
			a[i] ^= c[(i+4)%5] ^ bits.RotateLeft64(c[(i+1)%5], 1)
		}
		x, y, lane := 1, 0, a[1]
		for t := range 24 {
			x, y = y, (2*x+3*y)%5
			i := x + 5*y
			a[i], lane = bits.RotateLeft64(lane, (t+1)*(t+2)/2), a[i]
		}
		for row := 0; row < 25; row += 5 {
			r := [5]uint64(a[row : row+5])
			for i := range 5 {
				a[row+i] = r[i] ^ (^r[(i+1)%5] & r[(i+2)%5])
			}
		}
		a[0] ^= keccakRoundConstant(&lfsr)
	}
}

// keccakRoundConstant returns the next round constant: bits 2^j - 1 come from a
// linear feedback shift register over x^8 + x^6 + x^5 + x^4 + 1.
func keccakRoundConstant(lfsr *byte) (constant uint64) {
	for j := range 7 {
		if *lfsr&1 != 0 {
			constant |= 1 << (1<<j - 1)
		}
		carry := *lfsr >> 7
		*lfsr = *lfsr<<1 ^ carry*0x71
	}
	return constant
}
