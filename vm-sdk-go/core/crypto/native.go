//go:build !wasip1

package crypto

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

func sha256Sum(data []byte) [32]byte { return sha256.Sum256(data) }

// smallOrderY are the y coordinates, little-endian, of the eight points of
// edwards25519 whose order divides 8.
var smallOrderY = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

// ed25519Verify adds to the standard library's verification what the host does not
// accept: points of small order, and a key that is not encoded canonically.
func ed25519Verify(publicKey, message, signature []byte) bool {
	return isFullPoint(publicKey) && isFullPoint(signature[:32]) &&
		ed25519.Verify(publicKey, message, signature)
}

// isFullPoint reports whether the y coordinate of an encoded point is below the
// field's order, 2^255 - 19, and not one of a point of small order.
func isFullPoint(encoded []byte) bool {
	y := [32]byte(encoded)
	y[31] &= 0x7f // the sign of x
	if y[0] >= 0xed && y[31] == 0x7f && !slices.ContainsFunc(y[1:31], func(b byte) bool { return b != 0xff }) {
		return false
	}
	return !slices.Contains(smallOrderY, hex.EncodeToString(y[:]))
}
