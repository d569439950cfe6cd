package stdlib

import (
	"container/heap"
)

type numbers []int

func (n numbers) Len() int           { return len(n) }
func (n numbers) Less(i, j int) bool { return n[i] < n[j] }
func (n numbers) Swap(i, j int)      { n[i], n[j] = n[j], n[i] }
func (n *numbers) Push(x any)        { *n = append(*n, x.(int)) }
func (n *numbers) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}

// ContainerHeap uses package container/heap.
func ContainerHeap() string {
	h := &numbers{5, 2, 8}
	heap.Init(h)
	heap.Push(h, 1)
	var out []byte
	for len(*h) > 0 {
		out = append(out, byte('0'+heap.Pop(h).(int)))
	}
	return string(out)
}
