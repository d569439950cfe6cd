package stdlib

import (
	"container/list"
)

// ContainerList uses package container/list.
func ContainerList() string {
	l := list.New()
	l.PushBack("b")
	l.PushFront("a")
	out := ""
	for e := l.Front(); e != nil; e = e.Next() {
		out += e.Value.(string)
	}
	return out
}
