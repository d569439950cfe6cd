// Package mischief is a contract that fails in every way a contract can. Each failing
// function writes before it fails, so that a call that is not undone shows.
package mischief

import (
	"errors"

	"github.com/govm-net/vm/core"
)

// fieldCount is the field of the contract's default object that holds the count of
// good calls, a uint64.
const fieldCount = "count"

// spoiled is the count that a failing function leaves if it is not undone.
const spoiled = 666

// Good counts a call and returns how many there were.
func Good(ctx core.Context) (uint64, error) {
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return 0, err
	}
	count, err := core.Get[uint64](obj, fieldCount)
	if err != nil && !errors.Is(err, core.ErrFieldNotFound) {
		return 0, err
	}
	return count + 1, obj.Set(fieldCount, count+1)
}

// Typed takes one argument of several types and returns the sum of the numbers.
func Typed(small uint8, yes bool, list []uint64, to core.Address) uint64 {
	sum := uint64(small)
	for _, n := range list {
		sum += n
	}
	if yes && !to.IsZero() {
		sum++
	}
	return sum
}

// Fail returns an error of its own.
func Fail(ctx core.Context) error {
	if err := spoil(ctx); err != nil {
		return err
	}
	return errors.New("no luck today")
}

// Refuse returns one of the named errors.
func Refuse(ctx core.Context) error {
	if err := spoil(ctx); err != nil {
		return err
	}
	return core.Wrap(core.ErrInsufficientFunds, "too poor")
}

// Panic panics.
func Panic(ctx core.Context) error {
	if err := spoil(ctx); err != nil {
		return err
	}
	panic("at the disco")
}

// Nil uses what a nil pointer points to.
func Nil(ctx core.Context) (uint64, error) {
	if err := spoil(ctx); err != nil {
		return 0, err
	}
	return *nothing(), nil
}

// Index reads past the end of a slice.
func Index(ctx core.Context, at uint32) (uint64, error) {
	if err := spoil(ctx); err != nil {
		return 0, err
	}
	return []uint64{1, 2, 3}[at], nil
}

// Loop never ends.
func Loop(ctx core.Context) error {
	if err := spoil(ctx); err != nil {
		return err
	}
	for {
	}
}

// Recurse calls itself without end.
func Recurse(ctx core.Context) (uint64, error) {
	if err := spoil(ctx); err != nil {
		return 0, err
	}
	return deeper(0), nil
}

// Allocate keeps all the memory that it can get.
func Allocate(ctx core.Context) (uint64, error) {
	if err := spoil(ctx); err != nil {
		return 0, err
	}
	var kept [][]byte
	for {
		block := make([]byte, 1<<20)
		block[0] = byte(len(kept))
		kept = append(kept, block)
		if len(kept) == 1<<20 { // a tebibyte: never
			return uint64(kept[1][0]), nil
		}
	}
}

// Deadlock waits for what nobody sends.
func Deadlock(ctx core.Context) error {
	if err := spoil(ctx); err != nil {
		return err
	}
	<-make(chan struct{})
	return nil
}

func spoil(ctx core.Context) error {
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return err
	}
	ctx.Log("Spoiled")
	return obj.Set(fieldCount, uint64(spoiled))
}

//go:noinline
func nothing() *uint64 { return nil }

//go:noinline
func deeper(n uint64) uint64 { return deeper(n+1) + n }
