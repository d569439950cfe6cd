package stdlib

import (
	"container/ring"
)

// ContainerRing uses package container/ring.
func ContainerRing() string {
	r := ring.New(3)
	for i := range r.Len() {
		r.Value = byte('a' + i)
		r = r.Next()
	}
	var out []byte
	r.Next().Do(func(v any) { out = append(out, v.(byte)) })
	return string(out)
}
