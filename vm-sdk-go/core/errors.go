package core

import "github.com/govm-net/vm/internal/decimal"

// Code is a stable number for a kind of failure. Zero means success.
type Code int32

// String returns the code's name, such as object_not_found.
func (c Code) String() string {
	if name := codeName(c); name != "" {
		return name
	}
	return "code " + decimal.Int(int64(c))
}

// Error is an error with a stable code. The named errors below are of this type,
// and so is every error that the host reports.
type Error struct {
	// Code says what kind of failure it is.
	Code Code
	// Message is the text; if empty, the text is the code's name.
	Message string
}

// Error returns the text, such as object not found.
func (e *Error) Error() string {
	if e.Message != "" {
		return e.Message
	}
	text := []byte(e.Code.String())
	for i, c := range text {
		if c == '_' {
			text[i] = ' '
		}
	}
	return string(text)
}

// Is reports whether target is an *Error with the same code, so that
// errors.Is(err, ErrUnauthorized) asks for the kind of failure, not the text.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// The named errors. Compare with errors.Is; add what happened with [Wrap].
var (
	ErrExecutionReverted error = &Error{Code: CodeReverted}
	ErrPanic             error = &Error{Code: CodePanic}
	ErrOutOfGas          error = &Error{Code: CodeOutOfGas}
	ErrStackOverflow     error = &Error{Code: CodeStackOverflow}
	ErrOutOfMemory       error = &Error{Code: CodeOutOfMemory}
	ErrTrap              error = &Error{Code: CodeTrap}
	ErrExited            error = &Error{Code: CodeExited}

	ErrInvalidArgument   error = &Error{Code: CodeInvalidArgument}
	ErrUnauthorized      error = &Error{Code: CodeUnauthorized}
	ErrInsufficientFunds error = &Error{Code: CodeInsufficientFunds}
	ErrContractNotFound  error = &Error{Code: CodeContractNotFound}
	ErrFunctionNotFound  error = &Error{Code: CodeFunctionNotFound}
	ErrObjectNotFound    error = &Error{Code: CodeObjectNotFound}
	ErrFieldNotFound     error = &Error{Code: CodeFieldNotFound}
	ErrUnsupported       error = &Error{Code: CodeUnsupported}
	ErrLimitExceeded     error = &Error{Code: CodeLimitExceeded}
	ErrReentrant         error = &Error{Code: CodeReentrant}
	ErrNotPayable        error = &Error{Code: CodeNotPayable}
	ErrReadOnly          error = &Error{Code: CodeReadOnly}
)

// ErrorOf returns an error with that code, which errors.Is takes for the named
// error of the code; nil for 0.
func ErrorOf(code Code) error {
	if code == 0 {
		return nil
	}
	return &Error{Code: code}
}

// CodeOf returns the code of the first *Error that err wraps, CodeReverted for
// any other error, and 0 for nil.
func CodeOf(err error) Code {
	if err == nil {
		return 0
	}
	if e := find(err); e != nil {
		return e.Code
	}
	return CodeReverted
}

// find is errors.As for *Error. Package errors needs reflection for it, which a
// contract would carry along even if it never uses it.
func find(err error) *Error {
	for err != nil {
		switch e := err.(type) {
		case *Error:
			return e
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, part := range e.Unwrap() {
				if found := find(part); found != nil {
					return found
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// Wrap puts message before err's own text; the result wraps err. It is what
// fmt.Errorf("message: %w", err) does, without the size of package fmt. Wrapping
// nil gives nil.
func Wrap(err error, message string) error {
	if err == nil {
		return nil
	}
	return &wrapped{message, err}
}

type wrapped struct {
	message string
	err     error
}

func (w *wrapped) Error() string { return w.message + ": " + w.err.Error() }
func (w *wrapped) Unwrap() error { return w.err }

func invalid(message string) error { return Wrap(ErrInvalidArgument, message) }
