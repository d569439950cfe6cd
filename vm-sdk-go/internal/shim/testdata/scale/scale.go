//govm:codec scale

// Package scale is a contract that speaks SCALE.
package scale

// Note has parts with lengths.
type Note struct {
	Title string
	Lines []string
	Tags  map[string][]byte
}

// Echo returns its argument.
//
//govm:view
func Echo(note Note, extra any) (Note, any) { return note, extra }
