//go:build !wasip1

package crypto

import (
	"encoding/binary"
	"math/bits"
)

// blake2bBlock is the number of bytes that BLAKE2b compresses at a time.
const blake2bBlock = 128

// blake2bIV is RFC 7693, section 2.6: that of SHA-512.
var blake2bIV = [8]uint64{
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
}

// blake2bSigma is RFC 7693, section 2.7: which words of the block a round mixes in.
// Round i uses row i modulo 10.
var blake2bSigma = [10][16]byte{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
}

// blake2bLanes are the words that the eight mixings of a round work on: columns,
// then diagonals.
var blake2bLanes = [8][4]int{
	{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
	{0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14},
}

func blake2b256Sum(data []byte) [32]byte {
	sum := blake2b(data, 32)
	return [32]byte(sum[:32])
}

func blake2b512Sum(data []byte) [64]byte { return blake2b(data, 64) }

// blake2b returns the hash of size bytes, without a key, and zeros behind it.
func blake2b(data []byte, size int) (sum [64]byte) {
	state := blake2bIV
	state[0] ^= 0x01010000 ^ uint64(size)
	done := uint64(0)
	for len(data) > blake2bBlock {
		done += blake2bBlock
		blake2bCompress(&state, data[:blake2bBlock], done, false)
		data = data[blake2bBlock:]
	}
	var last [blake2bBlock]byte
	copy(last[:], data)
	blake2bCompress(&state, last[:], done+uint64(len(data)), true)
	for i, word := range state {
		binary.LittleEndian.PutUint64(sum[8*i:], word)
	}
	clear(sum[size:])
	return sum
}

func blake2bCompress(state *[8]uint64, block []byte, done uint64, last bool) {
	var m, v [16]uint64
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	copy(v[:8], state[:])
	copy(v[8:], blake2bIV[:])
	v[12] ^= done
	if last {
		v[14] = ^v[14]
	}
	for round := range 12 {
		sigma := &blake2bSigma[round%10]
		for i, lanes := range blake2bLanes {
			a, b, c, d := &v[lanes[0]], &v[lanes[1]], &v[lanes[2]], &v[lanes[3]]
			*a += *b + m[sigma[2*i]]
			*d = bits.RotateLeft64(*d^*a, -32)
			*c += *d
			*b = bits.RotateLeft64(*b^*c, -24)
			*a += *b + m[sigma[2*i+1]]
			*d = bits.RotateLeft64(*d^*a, -16)
			*c += *d
			*b = bits.RotateLeft64(*b^*c, -63)
		}
	}
	for i := range state {
		state[i] ^= v[i] ^ v[i+8]
	}
}
