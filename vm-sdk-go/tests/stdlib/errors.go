package stdlib

import (
	"errors"
)

// Errors uses package errors.
func Errors() string {
	cause := errors.New("cause")
	if errors.Is(errors.Join(cause, errors.New("other")), cause) {
		return cause.Error()
	}
	return "lost"
}
