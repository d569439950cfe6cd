package core

// Address names an account or a contract: 20 bytes, written as 0x and 40 hex
// digits.
type Address [20]byte

// ObjectID names a state object: 32 bytes, written as 0x and 64 hex digits. The
// zero ObjectID asks for the contract's default object.
type ObjectID [32]byte

// Hash is a 32-byte digest, written as 0x and 64 hex digits.
type Hash [32]byte

// ParseAddress reads an Address from its hex text.
func ParseAddress(text string) (Address, error) {
	var a Address
	return a, parseHex(a[:], text, "address")
}

// IsZero reports whether all bytes are zero.
func (a Address) IsZero() bool { return a == Address{} }

// String returns 0x and lower-case hex digits.
func (a Address) String() string { return hexText(a[:]) }

// MarshalText returns what String returns, as bytes.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads hex text; a is changed only on success.
func (a *Address) UnmarshalText(text []byte) error {
	v, err := ParseAddress(string(text))
	if err == nil {
		*a = v
	}
	return err
}

// Encode returns the 20 bytes.
func (a Address) Encode() ([]byte, error) { return append([]byte(nil), a[:]...), nil }

// Decode sets a from exactly 20 bytes.
func (a *Address) Decode(data []byte) error { return decodeExact(a[:], data, "address") }

// ParseObjectID reads an ObjectID from its hex text.
func ParseObjectID(text string) (ObjectID, error) {
	var id ObjectID
	return id, parseHex(id[:], text, "object id")
}

// IsZero reports whether all bytes are zero.
func (id ObjectID) IsZero() bool { return id == ObjectID{} }

// String returns 0x and lower-case hex digits.
func (id ObjectID) String() string { return hexText(id[:]) }

// MarshalText returns what String returns, as bytes.
func (id ObjectID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads hex text; id is changed only on success.
func (id *ObjectID) UnmarshalText(text []byte) error {
	v, err := ParseObjectID(string(text))
	if err == nil {
		*id = v
	}
	return err
}

// Encode returns the 32 bytes.
func (id ObjectID) Encode() ([]byte, error) { return append([]byte(nil), id[:]...), nil }

// Decode sets id from exactly 32 bytes.
func (id *ObjectID) Decode(data []byte) error { return decodeExact(id[:], data, "object id") }

// ParseHash reads a Hash from its hex text.
func ParseHash(text string) (Hash, error) {
	var h Hash
	return h, parseHex(h[:], text, "hash")
}

// IsZero reports whether all bytes are zero.
func (h Hash) IsZero() bool { return h == Hash{} }

// String returns 0x and lower-case hex digits.
func (h Hash) String() string { return hexText(h[:]) }

// MarshalText returns what String returns, as bytes.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hex text; h is changed only on success.
func (h *Hash) UnmarshalText(text []byte) error {
	v, err := ParseHash(string(text))
	if err == nil {
		*h = v
	}
	return err
}

// Encode returns the 32 bytes.
func (h Hash) Encode() ([]byte, error) { return append([]byte(nil), h[:]...), nil }

// Decode sets h from exactly 32 bytes.
func (h *Hash) Decode(data []byte) error { return decodeExact(h[:], data, "hash") }
