package core

import "github.com/govm-net/vm/wire"

// Result is a type that [DecodeResult] reads.
type Result interface {
	bool | uint8 | uint16 | uint32 | uint64 | uint | int8 | int16 | int32 | int64 | int |
		float32 | float64 | string | []byte | Address | ObjectID | Hash | U128 | U256
}

// DecodeResult reads what [Context].Call returned of a function with one result of
// type T. Text and bytes are read as Borsh, the codec of contracts that choose no
// other. Bytes that are not exactly a T are an ErrInvalidArgument.
func DecodeResult[T Result](data []byte) (T, error) {
	var result T
	r := wire.NewReader(data, wire.Borsh)
	switch v := any(&result).(type) {
	case *bool:
		*v = r.Bool()
	case *uint8:
		*v = r.Uint8()
	case *uint16:
		*v = r.Uint16()
	case *uint32:
		*v = r.Uint32()
	case *uint64:
		*v = r.Uint64()
	case *uint:
		*v = r.Uint()
	case *int8:
		*v = r.Int8()
	case *int16:
		*v = r.Int16()
	case *int32:
		*v = r.Int32()
	case *int64:
		*v = r.Int64()
	case *int:
		*v = r.Int()
	case *float32:
		*v = r.Float32()
	case *float64:
		*v = r.Float64()
	case *string:
		*v = r.Text()
	case *[]byte:
		*v = r.Data()
	case *Address:
		r.Fixed(v[:])
	case *ObjectID:
		r.Fixed(v[:])
	case *Hash:
		r.Fixed(v[:])
	case *U128:
		*v = U128FromLimbs([2]uint64{r.Uint64(), r.Uint64()})
	case *U256:
		*v = U256FromLimbs([4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()})
	}
	if err := r.Finish(); err != nil {
		var zero T
		return zero, invalid("result: " + err.Error())
	}
	return result, nil
}
