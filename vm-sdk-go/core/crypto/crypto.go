package crypto

// SHA256 returns the SHA-256 hash of data.
func SHA256(data []byte) [32]byte { return sha256Sum(data) }

// Keccak256 returns the Keccak-256 hash of data as Ethereum uses it, with the padding
// of Keccak's submission, not that of SHA-3.
func Keccak256(data []byte) [32]byte { return keccak256Sum(data) }

// BLAKE2b256 returns the BLAKE2b hash of data that is 32 bytes long, without a key.
func BLAKE2b256(data []byte) [32]byte { return blake2b256Sum(data) }

// BLAKE2b512 returns the BLAKE2b hash of data that is 64 bytes long, without a key.
func BLAKE2b512(data []byte) [64]byte { return blake2b512Sum(data) }

// VerifyEd25519 reports whether signature (64 bytes) is that of the key (32 bytes) on
// message. It does not accept what is no key or signature, nor points of small order.
func VerifyEd25519(publicKey, message, signature []byte) bool {
	if len(publicKey) != 32 || len(signature) != 64 {
		return false
	}
	return ed25519Verify(publicKey, message, signature)
}

// VerifySecp256k1 reports whether signature is that of the key on hash. The key is a
// point of 33 (compressed) or 65 bytes, the signature r and s, 32 big-endian bytes
// each. It does not accept an s in the upper half of the group's order: negate it
// if such signatures must be read.
func VerifySecp256k1(publicKey []byte, hash [32]byte, signature []byte) bool {
	if len(signature) != 64 {
		return false
	}
	return secp256k1Verify(publicKey, hash, signature)
}

// RecoverSecp256k1 returns the key that made signature on hash, as an uncompressed
// point: 4, then x and y. The recovery id is 0 to 3 (Ethereum's v less 27). It
// returns false if there is no such key, and for an s in the upper half of the
// group's order.
func RecoverSecp256k1(hash [32]byte, signature []byte, recoveryID byte) (publicKey [65]byte, ok bool) {
	if len(signature) != 64 {
		return publicKey, false
	}
	return secp256k1Recover(hash, signature, recoveryID)
}
