package codec

import (
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/wire"
)

// PutAddress writes 20 bytes.
func PutAddress(w *wire.Writer, v core.Address) { w.Raw(v[:]) }

// PutObjectID writes 32 bytes.
func PutObjectID(w *wire.Writer, v core.ObjectID) { w.Raw(v[:]) }

// PutHash writes 32 bytes.
func PutHash(w *wire.Writer, v core.Hash) { w.Raw(v[:]) }

// PutU128 writes 16 bytes, little-endian.
func PutU128(w *wire.Writer, v core.U128) {
	for _, limb := range v.Limbs() {
		w.Uint64(limb)
	}
}

// PutU256 writes 32 bytes, little-endian.
func PutU256(w *wire.Writer, v core.U256) {
	for _, limb := range v.Limbs() {
		w.Uint64(limb)
	}
}

// Address reads 20 bytes.
func Address(r *wire.Reader) (v core.Address) {
	r.Fixed(v[:])
	return v
}

// ObjectID reads 32 bytes.
func ObjectID(r *wire.Reader) (v core.ObjectID) {
	r.Fixed(v[:])
	return v
}

// Hash reads 32 bytes.
func Hash(r *wire.Reader) (v core.Hash) {
	r.Fixed(v[:])
	return v
}

// U128 reads 16 bytes, little-endian.
func U128(r *wire.Reader) core.U128 {
	var limbs [2]uint64
	for i := range limbs {
		limbs[i] = r.Uint64()
	}
	return core.U128FromLimbs(limbs)
}

// U256 reads 32 bytes, little-endian.
func U256(r *wire.Reader) core.U256 {
	var limbs [4]uint64
	for i := range limbs {
		limbs[i] = r.Uint64()
	}
	return core.U256FromLimbs(limbs)
}

// CompareBool orders false before true.
func CompareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// CompareAddress orders addresses bytewise.
func CompareAddress(a, b core.Address) int { return compareBytes(a[:], b[:]) }

// CompareObjectID orders object ids bytewise.
func CompareObjectID(a, b core.ObjectID) int { return compareBytes(a[:], b[:]) }

// CompareHash orders hashes bytewise.
func CompareHash(a, b core.Hash) int { return compareBytes(a[:], b[:]) }

func compareBytes(a, b []byte) int {
	for i, x := range a {
		if y := b[i]; x != y {
			return int(x) - int(y)
		}
	}
	return 0
}
