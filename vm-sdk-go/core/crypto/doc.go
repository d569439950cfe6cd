// Package crypto hashes and verifies signatures at native speed: in a contract its
// functions are the host's, which cost a small part of the gas that the same work
// takes in Go.
//
//	key, ok := crypto.RecoverSecp256k1(crypto.Keccak256(message), signature, id)
//
// Each verifier accepts exactly one encoding of a key and of a signature, so that
// nobody can turn a valid signature into another valid one: the upper half of s is
// refused for secp256k1, and for Ed25519 points of small order and encodings that
// are not canonical.
//
// In native tests the package computes in Go, by the same rules. Like all of the
// host, its functions cannot be called while the module initialises: not from the
// initialiser of a package-level variable, nor from a function named init.
package crypto
