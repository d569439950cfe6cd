// Package abort has the panic value with which the SDK ends a call where there is no
// error to return.
package abort

// Abort ends a call, which fails with Err's code, not as a panic.
type Abort struct{ Err error }

// Error returns the text of Err.
func (a Abort) Error() string { return a.Err.Error() }

// Unwrap returns Err.
func (a Abort) Unwrap() error { return a.Err }
