package stdlib

import (
	"strconv"
	"sync"
)

// Sync uses package sync.
func Sync() string {
	var wait sync.WaitGroup
	var mutex sync.Mutex
	sum := 0
	for i := range 10 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			mutex.Lock()
			defer mutex.Unlock()
			sum += i
		}()
	}
	wait.Wait()
	return strconv.Itoa(sum)
}
