// This file is compiled next to the code that the SDK's generator has written for a
// contract of random types. It stands between the Rust test and that code: a line of
// standard input is a command, a line of standard output the answer.
//
//	call INDEX HEX     decodes the argument of that function, calls it, encodes the result
//	random INDEX SEED  makes a random argument of that function, and does the same with it
//
// The answer is "ok HEX" or "error" and a message in quotes.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/reflectcodec"
	"github.com/govm-net/vm/wire"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in := bufio.NewReader(os.Stdin); ; {
		var command, argument string
		var index int
		if _, err := fmt.Fscanf(in, "%s %d %s\n", &command, &index, &argument); err != nil {
			return
		}
		result, err := answer(command, index, argument)
		if err != nil {
			fmt.Fprintf(out, "error %q\n", err.Error())
		} else {
			fmt.Fprintf(out, "ok %x\n", result)
		}
	}
}

func answer(command string, index int, argument string) ([]byte, error) {
	if command == "random" {
		return random(index, argument)
	}
	data, err := hex.DecodeString(argument[1:]) // after a letter, so that it is never empty
	if err != nil {
		return nil, err
	}
	return call(index, data)
}

// call runs a function as a contract's module does.
func call(index int, data []byte) ([]byte, error) {
	var r wire.Reader
	var w wire.Writer
	r.Reset(data, format)
	w.Reset(format)
	if err := dispatch(nil, uint32(index), &r, &w); err != nil {
		return nil, err
	}
	return w.Bytes(), w.Err()
}

// random calls a function with a random value, encoded by reflection.
func random(index int, seed string) ([]byte, error) {
	var number uint64
	if _, err := fmt.Sscan(seed, &number); err != nil {
		return nil, err
	}
	value := reflect.New(reflect.TypeOf(functions[index]).In(0)).Elem()
	fill(rand.New(rand.NewPCG(number, uint64(index))), value, 4)
	w := wire.NewWriter(format)
	reflectcodec.Types{}.Put(w, value)
	if w.Err() != nil {
		return nil, w.Err()
	}
	got, err := call(index, w.Bytes())
	if err == nil && !bytes.Equal(got, w.Bytes()) {
		err = fmt.Errorf("%T is %x by reflection and %x by generated code", value.Interface(), w.Bytes(), got)
	}
	return got, err
}

// fill sets v to a random value; fuel bounds how far recursive types go.
func fill(random *rand.Rand, v reflect.Value, fuel int) {
	count := 0
	if fuel > 0 {
		count = random.IntN(4)
	}
	switch into := v.Addr().Interface().(type) {
	case *core.U128:
		*into = core.U128FromLimbs([2]uint64{random.Uint64(), random.Uint64() >> random.IntN(64)})
		return
	case *core.U256:
		*into = core.U256FromLimbs([4]uint64{0: random.Uint64(), 3: random.Uint64()})
		return
	case *core.Address, *core.ObjectID, *core.Hash: // arrays, whatever their methods
	case interface{ Decode([]byte) error }: // the custom types of these contracts take all bytes
		if err := into.Decode([]byte("custom")[:random.IntN(7)]); err != nil {
			panic(err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(random.Uint64() >> random.IntN(64))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(random.Uint64()) >> random.IntN(64))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(random.NormFloat64() / float64(random.IntN(3)))
	case reflect.String:
		v.SetString(string([]rune("aé\x00漢\U0001F600z")[:random.IntN(7)]))
	case reflect.Pointer:
		if count > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(random, v.Elem(), fuel-1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), count, count))
		for i := range count {
			fill(random, v.Index(i), fuel-1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(random, v.Index(i), fuel)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range count {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(random, key, fuel-1)
			fill(random, elem, fuel-1)
			v.SetMapIndex(key, elem)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(random, v.Field(i), fuel)
		}
	case reflect.Interface:
		if count > 0 {
			value := reflect.New(reflect.TypeOf(functions[random.IntN(len(functions))]).In(0)).Elem()
			if value.Kind() == reflect.Interface { // an any in an any is what it holds
				return
			}
			fill(random, value, fuel-1)
			v.Set(value)
		}
	default:
		panic("no random " + v.Type().String())
	}
}
