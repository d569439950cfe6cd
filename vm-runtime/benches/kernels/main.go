// Package main is six small programs with the work that Go programs do: the benchmark of the cost of metering runs each,
// with and without instrumentation. Each export does a fixed amount of work and returns a checksum of what it computed.
package main

import (
	"crypto/sha256"
	"math/big"
	"sort"
)

func main() {}

// sieve counts primes: a tight loop over a byte slice.
//
//go:wasmexport sieve
func sieve() int64 {
	const limit = 2_000_000
	composite := make([]bool, limit)
	count := int64(0)
	for i := 2; i < limit; i++ {
		if composite[i] {
			continue
		}
		count++
		for j := i * 2; j < limit; j += i {
			composite[j] = true
		}
	}
	return count
}

func fibonacci(n int) int64 {
	if n < 2 {
		return int64(n)
	}
	return fibonacci(n-1) + fibonacci(n-2)
}

// fib calls: a small function that does little but call itself.
//
//go:wasmexport fib
func fib() int64 {
	return fibonacci(30)
}

// hash computes SHA-256 over a megabyte: long straight code on registers.
//
//go:wasmexport hash
func hash() int64 {
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i * 7)
	}
	sum := sha256.Sum256(data)
	return int64(sum[0])<<24 | int64(sum[1])<<16 | int64(sum[2])<<8 | int64(sum[3])
}

// numbers is a fixed pseudo-random sequence.
func numbers(n int) []int {
	seed := uint64(42)
	out := make([]int, n)
	for i := range out {
		seed = seed*6364136223846793005 + 1442695040888963407
		out[i] = int(seed >> 33)
	}
	return out
}

// sorting sorts through an interface: indirect calls and branches that are hard to predict.
//
//go:wasmexport sorting
func sorting() int64 {
	values := numbers(100_000)
	sort.Sort(sort.IntSlice(values))
	return int64(values[len(values)/2])
}

// maps fills, reads and deletes from a map: the runtime's own code, allocation and hashing.
//
//go:wasmexport maps
func maps() int64 {
	counts := make(map[int]int)
	for _, value := range numbers(200_000) {
		counts[value%50_000] += value & 0xff
	}
	sum := int64(0)
	for key := 0; key < 50_000; key++ {
		sum += int64(counts[key])
		if key%3 == 0 {
			delete(counts, key)
		}
	}
	return sum + int64(len(counts))
}

// bigint multiplies and divides numbers of thousands of digits: loops over words with carries.
//
//go:wasmexport bigint
func bigint() int64 {
	product := big.NewInt(1)
	for i := int64(1); i <= 1_500; i++ {
		product.Mul(product, big.NewInt(i))
	}
	sum := new(big.Int)
	divisor := new(big.Int).Lsh(big.NewInt(982_451_653), 512)
	for i := 0; i < 40; i++ {
		remainder := new(big.Int)
		new(big.Int).DivMod(product, divisor, remainder)
		sum.Add(sum, remainder)
		divisor.Add(divisor, big.NewInt(2))
	}
	return int64(sum.BitLen()) + new(big.Int).And(sum, big.NewInt(0xffff)).Int64()
}
