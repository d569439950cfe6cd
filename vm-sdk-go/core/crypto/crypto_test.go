package crypto_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/govm-net/vm/core/crypto"
)

// vectorsPath is the file that the tests of the host functions check too.
const vectorsPath = "../../../vm-runtime/tests/crypto_vectors.json"

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vectorFile struct {
	Hashes []struct {
		Function, About string
		Input, Output   hexBytes
		Repeat          int
	}
	Ed25519 []struct {
		About                   string
		Key, Message, Signature hexBytes
		Valid                   bool
	}
	Verify []struct {
		About                string
		Key, Hash, Signature hexBytes
		Valid                bool
	} `json:"secp256k1_verify"`
	Recover []struct {
		About                string
		Hash, Signature, Key hexBytes
		RecoveryID           uint32 `json:"recovery_id"`
	} `json:"secp256k1_recover"`
}

func load(t *testing.T) (file vectorFile) {
	t.Helper()
	data, err := os.ReadFile(vectorsPath)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the vectors of vm-runtime are only there in the repository, not in a copy of this module")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

var hashes = map[string]func([]byte) []byte{
	"sha256":      func(data []byte) []byte { sum := crypto.SHA256(data); return sum[:] },
	"keccak256":   func(data []byte) []byte { sum := crypto.Keccak256(data); return sum[:] },
	"blake2b_256": func(data []byte) []byte { sum := crypto.BLAKE2b256(data); return sum[:] },
	"blake2b_512": func(data []byte) []byte { sum := crypto.BLAKE2b512(data); return sum[:] },
}

func TestHashes(t *testing.T) {
	vectors := load(t).Hashes
	for _, v := range vectors {
		if got := hashes[v.Function](bytes.Repeat(v.Input, v.Repeat)); !bytes.Equal(got, v.Output) {
			t.Errorf("%s, %s: got %x, want %x", v.Function, v.About, got, v.Output)
		}
	}
	if len(vectors) != 107 {
		t.Errorf("%d vectors", len(vectors))
	}
}

func TestVerifyEd25519(t *testing.T) {
	vectors := load(t).Ed25519
	for _, v := range vectors {
		if got := crypto.VerifyEd25519(v.Key, v.Message, v.Signature); got != v.Valid {
			t.Errorf("%s: got %t", v.About, got)
		}
	}
	good := vectors[0]
	for _, bad := range []struct{ key, signature []byte }{
		{nil, good.Signature},
		{good.Key[:31], good.Signature},
		{append(bytes.Clone(good.Key), 0), good.Signature},
		{good.Key, nil},
		{good.Key, good.Signature[:63]},
		{good.Key, append(bytes.Clone(good.Signature), 0)},
	} {
		if crypto.VerifyEd25519(bad.key, good.Message, bad.signature) {
			t.Errorf("accepted a key of %d and a signature of %d bytes", len(bad.key), len(bad.signature))
		}
	}
}

func TestVerifySecp256k1(t *testing.T) {
	vectors := load(t).Verify
	for _, v := range vectors {
		if got := crypto.VerifySecp256k1(v.Key, [32]byte(v.Hash), v.Signature); got != v.Valid {
			t.Errorf("%s: got %t", v.About, got)
		}
	}
	good := vectors[0]
	for _, signature := range [][]byte{nil, good.Signature[:63], append(bytes.Clone(good.Signature), 0)} {
		if crypto.VerifySecp256k1(good.Key, [32]byte(good.Hash), signature) {
			t.Errorf("accepted a signature of %d bytes", len(signature))
		}
	}
}

func TestRecoverSecp256k1(t *testing.T) {
	vectors := load(t).Recover
	for _, v := range vectors {
		if v.RecoveryID > 255 {
			continue // only the host function takes such numbers
		}
		got, ok := crypto.RecoverSecp256k1([32]byte(v.Hash), v.Signature, byte(v.RecoveryID))
		if ok != (len(v.Key) > 0) || ok && !bytes.Equal(got[:], v.Key) {
			t.Errorf("%s, recovery id %d: got %x, %t, want %x", v.About, v.RecoveryID, got, ok, v.Key)
		}
		if !ok && got != [65]byte{} {
			t.Errorf("%s: no key, but %x", v.About, got)
		}
	}
	for _, length := range []int{0, 63, 65} {
		if _, ok := crypto.RecoverSecp256k1([32]byte{}, make([]byte, length), 0); ok {
			t.Errorf("accepted a signature of %d bytes", length)
		}
	}
}
