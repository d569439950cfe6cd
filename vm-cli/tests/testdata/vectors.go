// Package vectors hands its arguments to the SDK's package crypto.
package vectors

import (
	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/core/crypto"
)

// Hash returns the hash of data, repeated, by the named function.
func Hash(ctx core.Context, function string, data []byte, repeat uint32) ([]byte, error) {
	all := make([]byte, 0, len(data)*int(repeat))
	for range repeat {
		all = append(all, data...)
	}
	switch function {
	case "sha256":
		sum := crypto.SHA256(all)
		return sum[:], nil
	case "keccak256":
		sum := crypto.Keccak256(all)
		return sum[:], nil
	case "blake2b_256":
		sum := crypto.BLAKE2b256(all)
		return sum[:], nil
	case "blake2b_512":
		sum := crypto.BLAKE2b512(all)
		return sum[:], nil
	}
	return nil, core.ErrInvalidArgument
}

// Ed25519 verifies a signature.
func Ed25519(ctx core.Context, key, message, signature []byte) bool {
	return crypto.VerifyEd25519(key, message, signature)
}

// Secp256k1 verifies a signature.
func Secp256k1(ctx core.Context, key, hash, signature []byte) bool {
	return crypto.VerifySecp256k1(key, [32]byte(hash), signature)
}

// Recover returns a key, or nothing.
func Recover(ctx core.Context, hash, signature []byte, id uint8) []byte {
	key, ok := crypto.RecoverSecp256k1([32]byte(hash), signature, id)
	if !ok {
		return nil
	}
	return key[:]
}
