// Package decimal writes integers as text. Package strconv does too, but brings
// package errors and its reflection into modules that need neither.
package decimal

// Int returns v in decimal.
//
//go:noinline
func Int(v int64) string {
	if v < 0 {
		return "-" + Uint(-uint64(v))
	}
	return Uint(uint64(v))
}

// Uint returns v in decimal.
//
//go:noinline
func Uint(v uint64) string {
	var text [20]byte // 2^64 has 20 digits
	at := len(text)
	for {
		at--
		text[at] = byte('0' + v%10)
		v /= 10
		if v == 0 {
			return string(text[at:])
		}
	}
}
