package stdlib

import (
	"crypto/ed25519"
	"encoding/hex"
)

// CryptoEd25519 uses package crypto/ed25519.
func CryptoEd25519() string {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signature := ed25519.Sign(key, []byte("message"))
	if !ed25519.Verify(key.Public().(ed25519.PublicKey), []byte("message"), signature) {
		return "not valid"
	}
	return hex.EncodeToString(signature)
}
