package core

import "github.com/govm-net/vm/internal/decimal"

// Key is a type that the keys of a [Map] or a [Set] can have. They are part of the
// names of fields, in an order that is that of the keys: numbers with leading
// zeros, identifiers as hex digits, text as it is.
type Key interface {
	string | uint8 | uint16 | uint32 | uint64 | uint | Address | ObjectID | Hash
}

// keySeparator stands between a collection's name and a key.
const keySeparator = "/"

// keyText returns the text of a key.
func keyText[K Key](key K) string {
	switch k := any(key).(type) {
	case string:
		return k
	case uint8:
		return padded(uint64(k), 3)
	case uint16:
		return padded(uint64(k), 5)
	case uint32:
		return padded(uint64(k), 10)
	case uint64:
		return padded(k, 20)
	case uint:
		return padded(uint64(k), 20)
	case Address:
		return k.String()
	case ObjectID:
		return k.String()
	case Hash:
		return k.String()
	}
	return ""
}

// parseKey reads what keyText wrote.
func parseKey[K Key](text string) (key K, err error) {
	switch k := any(&key).(type) {
	case *string:
		*k = text
	case *uint8:
		*k = uint8(keyNumber(text))
	case *uint16:
		*k = uint16(keyNumber(text))
	case *uint32:
		*k = uint32(keyNumber(text))
	case *uint64:
		*k = keyNumber(text)
	case *uint:
		*k = uint(keyNumber(text))
	case *Address:
		*k, err = ParseAddress(text)
	case *ObjectID:
		*k, err = ParseObjectID(text)
	case *Hash:
		*k, err = ParseHash(text)
	}
	if err == nil && keyText(key) != text {
		err = invalid("the key " + text + " is none of this collection")
	}
	return key, err
}

// padded spells a number with that many digits at least.
func padded(n uint64, digits int) string {
	text := decimal.Uint(n)
	const zeros = "00000000000000000000"
	if len(text) < digits {
		text = zeros[:digits-len(text)] + text
	}
	return text
}

// keyNumber reads digits; text that is not the number's own is found by who asks.
func keyNumber(text string) (n uint64) {
	for i := range len(text) {
		n = n*10 + uint64(text[i]-'0')
	}
	return n
}
