package stdlib

import (
	"strconv"
	"sync/atomic"
)

// SyncAtomic uses package sync/atomic.
func SyncAtomic() string {
	var n atomic.Uint64
	n.Add(5)
	return strconv.FormatBool(n.CompareAndSwap(5, 6)) + " " + strconv.FormatUint(n.Load(), 10)
}
