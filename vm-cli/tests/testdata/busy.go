// Package busy uses everything of Go whose order or moment the language leaves open.
package busy

import (
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/govm-net/vm/core"
)

// Everything returns one line for each kind of thing, in the order in which it happened.
func Everything(ctx core.Context) (string, error) {
	var log lines
	log.add("maps", maps())
	log.add("channels", channels())
	log.add("select", selects())
	log.add("time", times())
	log.add("locks", locks())
	log.add("random", draws())
	ctx.Log("Done", "lines", uint64(len(log)))
	return strings.Join(log, "\n"), nil
}

type lines []string

func (l *lines) add(name, text string) { *l = append(*l, name+": "+text) }

// maps lists the keys of maps of several sizes in the order of iteration.
func maps() string {
	var out []string
	for _, size := range []int{3, 9, 100} {
		m := map[string]int{}
		for i := range size {
			m["k"+strconv.Itoa(i)] = i
		}
		for key := range m {
			out = append(out, key)
		}
	}
	return strings.Join(out, " ")
}

// channels collects what ten goroutines send over one channel.
func channels() string {
	var wait sync.WaitGroup
	sent := make(chan string)
	for i := range 10 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for j := range 5 {
				sent <- strconv.Itoa(i) + "." + strconv.Itoa(j)
			}
		}()
	}
	go func() { wait.Wait(); close(sent) }()
	var out []string
	for text := range sent {
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// selects takes from channels that are all ready.
func selects() string {
	a, b, c := make(chan int, 50), make(chan int, 50), make(chan int, 50)
	for range 50 {
		a <- 0
		b <- 1
		c <- 2
	}
	var out strings.Builder
	for range 100 {
		select {
		case <-a:
			out.WriteByte('a')
		case <-b:
			out.WriteByte('b')
		case <-c:
			out.WriteByte('c')
		}
	}
	return out.String()
}

// times sleeps in several goroutines, with timers, tickers and deadlines.
func times() string {
	start := time.Now()
	woken := make(chan string, 20)
	for i := range 10 {
		go func() {
			time.Sleep(time.Duration(10-i) * time.Millisecond)
			woken <- strconv.Itoa(i)
		}()
	}
	ticker := time.NewTicker(3 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(20 * time.Millisecond)
	out := []string{start.UTC().Format(time.RFC3339Nano)}
	for {
		select {
		case who := <-woken:
			out = append(out, who)
		case <-ticker.C:
			out = append(out, "tick")
		case <-deadline:
			return strings.Join(append(out, time.Since(start).String()), " ")
		}
	}
}

// locks lets goroutines take turns at a mutex and a condition.
func locks() string {
	var mutex sync.Mutex
	var out []string
	var wait sync.WaitGroup
	turn := sync.NewCond(&mutex)
	ready := false
	for i := range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			mutex.Lock()
			defer mutex.Unlock()
			for !ready {
				turn.Wait()
			}
			out = append(out, strconv.Itoa(i))
		}()
	}
	mutex.Lock()
	ready = true
	turn.Broadcast()
	mutex.Unlock()
	wait.Wait()
	return strings.Join(out, " ")
}

// draws takes random numbers, and sorts by a comparison that is none.
func draws() string {
	numbers := rand.Perm(20)
	sort.Slice(numbers, func(i, j int) bool { return rand.IntN(2) == 0 })
	var out []string
	for _, n := range numbers {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, " ")
}
