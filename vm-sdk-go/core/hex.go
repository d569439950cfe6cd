package core

import "github.com/govm-net/vm/internal/decimal"

const hexDigits = "0123456789abcdef"

func hexText(b []byte) string {
	text := make([]byte, 0, 2+2*len(b))
	text = append(text, '0', 'x')
	for _, v := range b {
		text = append(text, hexDigits[v>>4], hexDigits[v&15])
	}
	return string(text)
}

// parseHex fills dst from 0x and exactly two digits a byte; dst is changed only
// on success.
func parseHex(dst []byte, text, what string) error {
	if len(text) < 2 || text[0] != '0' || text[1] != 'x' {
		return invalid(what + " does not start with 0x")
	}
	digits := text[2:]
	if len(digits) != 2*len(dst) {
		return invalid(what + " has " + decimal.Int(int64(len(digits))) + " hex digits, not " + decimal.Int(int64(2*len(dst))))
	}
	for i := range len(digits) {
		if _, ok := hexValue(digits[i]); !ok {
			return invalid(what + ": character " + decimal.Int(int64(i+2)) + " is not a hex digit")
		}
	}
	for i := range dst {
		high, _ := hexValue(digits[2*i])
		low, _ := hexValue(digits[2*i+1])
		dst[i] = high<<4 | low
	}
	return nil
}

func hexValue(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func decodeExact(dst, data []byte, what string) error {
	if len(data) != len(dst) {
		return invalid(what + " has " + decimal.Int(int64(len(data))) + " bytes, not " + decimal.Int(int64(len(dst))))
	}
	copy(dst, data)
	return nil
}
