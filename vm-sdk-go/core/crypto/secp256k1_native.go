//go:build !wasip1

package crypto

import "math/big"

// The curve y^2 = x^3 + 7 of SEC 2, section 2.4.1: the field, the group's order, half
// of it, and the generator.
var (
	fieldOrder = number("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")
	groupOrder = number("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
	halfOrder  = new(big.Int).Rsh(groupOrder, 1)
	generator  = affine{
		number("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
		number("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
	}
)

func number(hex string) *big.Int {
	n, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic("crypto: not a number: " + hex)
	}
	return n
}

// affine is a point of the curve; x is nil at infinity. Operations are for tests:
// plain rather than fast or constant in time.
type affine struct{ x, y *big.Int }

func modField(n *big.Int) *big.Int { return n.Mod(n, fieldOrder) }

func (p affine) add(q affine) affine {
	switch {
	case p.x == nil:
		return q
	case q.x == nil:
		return p
	}
	over, under := new(big.Int).Sub(q.y, p.y), new(big.Int).Sub(q.x, p.x)
	if under.Sign() == 0 {
		if p.y.Cmp(q.y) != 0 {
			return affine{}
		}
		over.Mul(p.x, p.x).Mul(over, big.NewInt(3))
		under.Lsh(p.y, 1)
	}
	slope := modField(over.Mul(over, under.ModInverse(modField(under), fieldOrder)))
	x := new(big.Int).Mul(slope, slope)
	modField(x.Sub(x, p.x).Sub(x, q.x))
	y := new(big.Int).Sub(p.x, x)
	modField(y.Mul(y, slope).Sub(y, p.y))
	return affine{x, y}
}

func (p affine) times(k *big.Int) (product affine) {
	for i := k.BitLen() - 1; i >= 0; i-- {
		product = product.add(product)
		if k.Bit(i) == 1 {
			product = product.add(p)
		}
	}
	return product
}

// pointAt returns the point with that x and an even or odd y, if there is one.
func pointAt(x *big.Int, odd uint) (affine, bool) {
	if x.Cmp(fieldOrder) >= 0 {
		return affine{}, false
	}
	square := new(big.Int).Exp(x, big.NewInt(3), fieldOrder)
	modField(square.Add(square, big.NewInt(7)))
	y := new(big.Int).ModSqrt(square, fieldOrder)
	if y == nil {
		return affine{}, false
	}
	if y.Bit(0) != odd {
		y.Sub(fieldOrder, y)
	}
	return affine{x, y}, true
}

// readPoint decodes a key of SEC 1: compressed, or uncompressed.
func readPoint(key []byte) (affine, bool) {
	switch {
	case len(key) == 33 && (key[0] == 2 || key[0] == 3):
		return pointAt(new(big.Int).SetBytes(key[1:]), uint(key[0]&1))
	case len(key) == 65 && key[0] == 4:
		y := new(big.Int).SetBytes(key[33:])
		p, ok := pointAt(new(big.Int).SetBytes(key[1:33]), y.Bit(0))
		return p, ok && p.y.Cmp(y) == 0
	}
	return affine{}, false
}

// readSignature returns r and s, and whether both are in their range and s in the
// lower half.
func readSignature(signature []byte) (r, s *big.Int, ok bool) {
	r, s = new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	ok = r.Sign() > 0 && r.Cmp(groupOrder) < 0 && s.Sign() > 0 && s.Cmp(halfOrder) <= 0
	return r, s, ok
}

func modOrder(n *big.Int) *big.Int { return n.Mod(n, groupOrder) }

func secp256k1Verify(publicKey []byte, hash [32]byte, signature []byte) bool {
	key, ok := readPoint(publicKey)
	r, s, in := readSignature(signature)
	if !ok || !in {
		return false
	}
	inverse := s.ModInverse(s, groupOrder)
	ofGenerator := modOrder(new(big.Int).Mul(new(big.Int).SetBytes(hash[:]), inverse))
	ofKey := modOrder(inverse.Mul(inverse, r))
	sum := generator.times(ofGenerator).add(key.times(ofKey))
	return sum.x != nil && modOrder(sum.x).Cmp(r) == 0
}

func secp256k1Recover(hash [32]byte, signature []byte, recoveryID byte) (key [65]byte, ok bool) {
	r, s, ok := readSignature(signature)
	if !ok || recoveryID > 3 {
		return key, false
	}
	x := new(big.Int).Set(r)
	if recoveryID&2 != 0 {
		x.Add(x, groupOrder)
	}
	point, ok := pointAt(x, uint(recoveryID&1))
	if !ok {
		return key, false
	}
	inverse := new(big.Int).ModInverse(r, groupOrder)
	ofGenerator := new(big.Int).Mul(new(big.Int).SetBytes(hash[:]), inverse)
	modOrder(ofGenerator.Neg(ofGenerator))
	ofPoint := modOrder(inverse.Mul(inverse, s))
	sum := generator.times(ofGenerator).add(point.times(ofPoint))
	if sum.x == nil {
		return key, false
	}
	key[0] = 4
	sum.x.FillBytes(key[1:33])
	sum.y.FillBytes(key[33:])
	return key, true
}
