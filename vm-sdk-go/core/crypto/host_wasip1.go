package crypto

import "unsafe"

// Arguments and results of a fixed length go through these variables: their address
// can be taken without moving the caller's to the heap. A call runs alone in its
// module, and nothing keeps them over two host calls.
var (
	digest [64]byte
	hashed [32]byte
	point  [65]byte
)

func address(b []byte) *byte { return unsafe.SliceData(b) }

func sha256Sum(data []byte) [32]byte {
	hostSha256(address(data), uint32(len(data)), &digest[0])
	return [32]byte(digest[:32])
}

func keccak256Sum(data []byte) [32]byte {
	hostKeccak256(address(data), uint32(len(data)), &digest[0])
	return [32]byte(digest[:32])
}

func blake2b256Sum(data []byte) [32]byte {
	hostBlake2b256(address(data), uint32(len(data)), &digest[0])
	return [32]byte(digest[:32])
}

func blake2b512Sum(data []byte) [64]byte {
	hostBlake2b512(address(data), uint32(len(data)), &digest[0])
	return digest
}

func ed25519Verify(publicKey, message, signature []byte) bool {
	return hostEd25519Verify(address(publicKey), address(message), uint32(len(message)), address(signature)) == 1
}

func secp256k1Verify(publicKey []byte, hash [32]byte, signature []byte) bool {
	hashed = hash
	return hostSecp256k1Verify(address(publicKey), uint32(len(publicKey)), &hashed[0], address(signature)) == 1
}

func secp256k1Recover(hash [32]byte, signature []byte, recoveryID byte) ([65]byte, bool) {
	hashed = hash
	if hostSecp256k1Recover(&hashed[0], address(signature), uint32(recoveryID), &point[0]) != 1 {
		return [65]byte{}, false
	}
	return point, true
}
