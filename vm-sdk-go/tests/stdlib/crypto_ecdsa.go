package stdlib

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
)

// CryptoECDSA uses package crypto/ecdsa.
func CryptoECDSA() string {
	curve := elliptic.P256()
	key := &ecdsa.PrivateKey{D: big.NewInt(12345)}
	key.Curve = curve
	key.X, key.Y = curve.ScalarBaseMult(key.D.Bytes())
	digest := sha256.Sum256([]byte("message"))
	// Without a source of randomness the signature is that of RFC 6979.
	signature, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return err.Error()
	}
	if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
		return "not valid"
	}
	return hex.EncodeToString(signature)
}
