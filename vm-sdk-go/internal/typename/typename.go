// Package typename names the dynamic type of a value without package reflect,
// which would make every contract larger. The name comes from the text of the
// error that Go gives for a failed type assertion.
package typename

// never is implemented by no type, so that asserting it always fails, with
// "interface conversion: NAME is not typename.never: missing method govmNever".
type never interface{ govmNever() }

const (
	before = "interface conversion: "
	after  = " is not typename.never: missing method govmNever"
)

// Of returns the name of v's dynamic type, such as uint64 or token.Account; nil
// for the nil interface.
func Of(v any) (name string) {
	if v == nil {
		return "nil"
	}
	defer func() {
		name = "of unknown name"
		err, _ := recover().(error)
		if err == nil {
			return
		}
		text := err.Error()
		if end := len(text) - len(after); end > len(before) && text[end:] == after {
			name = text[len(before):end]
		}
	}()
	_ = v.(never)
	return ""
}

// For returns the name of the type T.
func For[T any]() string {
	// *T is never an interface, so it has a dynamic type even where T has none.
	return Of((*T)(nil))[len("*"):]
}
