package stdlib

import (
	"encoding/binary"
	"encoding/hex"
)

// EncodingBinary uses package encoding/binary.
func EncodingBinary() string {
	return hex.EncodeToString(binary.AppendUvarint(binary.BigEndian.AppendUint32(nil, 258), 300))
}
