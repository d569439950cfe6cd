// Package outcome turns the way a contract's function ended, an error or a panic,
// into the code and message that its caller sees.
package outcome

import (
	"math"
	"unicode/utf8"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/abort"
	"github.com/govm-net/vm/internal/decimal"
	"github.com/govm-net/vm/internal/typename"
)

// Abort is the panic value with which the SDK ends a call where a method has no
// error to return. The call fails with Err's code, not as a panic.
type Abort = abort.Abort

// Of returns the code and message of an error that a contract returned. Codes
// that only the host may report count as reverted.
func Of(err error) (core.Code, string) {
	code := core.CodeOf(err)
	if code != core.CodePanic && (code < core.CodeInvalidArgument || code > core.CodeReadOnly) {
		code = core.CodeReverted
	}
	return code, validText(err.Error())
}

// OfPanic returns the code and message of a recovered panic value.
func OfPanic(value any) (code core.Code, message string) {
	defer func() {
		if recover() != nil { // the value's own Error or String panicked
			code, message = core.CodePanic, "panic value of type "+typename.Of(value)
		}
	}()
	if abort, ok := value.(Abort); ok {
		return Of(abort.Err)
	}
	return core.CodePanic, validText(panicText(value))
}

// panicText prints a panic value as Go does, without addresses.
func panicText(value any) string {
	switch v := value.(type) {
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	case string:
		return v
	case bool:
		return boolText(v)
	case int:
		return decimal.Int(int64(v))
	case int8:
		return decimal.Int(int64(v))
	case int16:
		return decimal.Int(int64(v))
	case int32:
		return decimal.Int(int64(v))
	case int64:
		return decimal.Int(v)
	case uint:
		return decimal.Uint(uint64(v))
	case uint8:
		return decimal.Uint(uint64(v))
	case uint16:
		return decimal.Uint(uint64(v))
	case uint32:
		return decimal.Uint(uint64(v))
	case uint64:
		return decimal.Uint(v)
	case uintptr:
		return decimal.Uint(uint64(v))
	case float32:
		return floatText(float64(v))
	case float64:
		return floatText(v)
	}
	return "panic value of type " + typename.Of(value)
}

func boolText(v bool) string {
	if v {
		return "true"
	}
	return "false"
}

// floatDigits is how many decimal digits Go prints of a float.
const floatDigits = 7

// floatText prints a float as Go's print does: +1.500000e+000.
func floatText(v float64) string {
	switch {
	case v != v:
		return "NaN"
	case v > math.MaxFloat64:
		return "+Inf"
	case v < -math.MaxFloat64:
		return "-Inf"
	}
	sign, exponent := "+", 0
	if v < 0 || v == 0 && 1/v < 0 {
		sign, v = "-", -v
	}
	if v != 0 {
		for ; v >= 10; v /= 10 {
			exponent++
		}
		for ; v < 1; v *= 10 {
			exponent--
		}
		if v += 5e-7; v >= 10 { // rounded up to the next power of ten
			exponent++
			v /= 10
		}
	}
	text := []byte(sign)
	for i := range floatDigits {
		digit := int(v)
		text = append(text, byte('0'+digit))
		if i == 0 {
			text = append(text, '.')
		}
		v = (v - float64(digit)) * 10
	}
	exponentSign := byte('+')
	if exponent < 0 {
		exponentSign, exponent = '-', -exponent
	}
	return string(append(text, 'e', exponentSign,
		byte('0'+exponent/100), byte('0'+exponent/10%10), byte('0'+exponent%10)))
}

// validText replaces each byte that is not part of UTF-8 by a question mark.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	valid := []byte(s)
	for i, c := range s {
		if c == utf8.RuneError && !hasPrefix(s[i:], "\uFFFD") {
			valid[i] = '?'
		}
	}
	return string(valid)
}

func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && s[:len(prefix)] == prefix
}
