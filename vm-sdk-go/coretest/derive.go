package coretest

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/govm-net/vm/core"
)

// The ids below are those that the real ledger gives, so that a test sees the same
// ones however it runs.

// derive returns SHA-256 over a domain's length in one byte, the domain, and each
// part after its length in four bytes.
func derive(domain string, parts ...[]byte) [sha256.Size]byte {
	data := append([]byte{byte(len(domain))}, domain...)
	for _, part := range parts {
		data = binary.LittleEndian.AppendUint32(data, uint32(len(part)))
		data = append(data, part...)
	}
	return sha256.Sum256(data)
}

// contractAddress returns the address of a contract whose deployer had deployed
// that many before.
func contractAddress(deployer core.Address, before uint64) core.Address {
	digest := derive("govm/contract/v1", deployer[:], binary.LittleEndian.AppendUint64(nil, before))
	return core.Address(digest[:len(core.Address{})])
}

func defaultObject(contract core.Address) core.ObjectID {
	return derive("govm/default-object/v1", contract[:])
}

// objectID returns the id of an object that a call creates.
func objectID(contract core.Address, at position) core.ObjectID {
	return derive("govm/object/v1", contract[:], binary.LittleEndian.AppendUint64(nil, at.height),
		binary.LittleEndian.AppendUint32(nil, at.index), binary.LittleEndian.AppendUint32(nil, at.created))
}

// position is where a call stands: the height of its block, its index in it, and
// how many objects it has created.
type position struct {
	height         uint64
	index, created uint32
}
