package coretest

import (
	"encoding"
	"fmt"
	"math/big"
	"reflect"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/codec"
	"github.com/govm-net/vm/internal/reflectcodec"
)

// describe spells a descriptor as an ABI does. A type that may only be inside
// another one is any.
func describe(descriptor []byte) string { return codec.Describe(descriptor) }

// misfit is a value that does not fit a type, with the place inside the value
// before the text.
type misfit struct{ place, text string }

func (m *misfit) Error() string { return m.place + ": " + m.text }

func (m *misfit) within(step string) *misfit { return &misfit{step + m.place, m.text} }

func mismatch(from, to reflect.Type) *misfit {
	return &misfit{text: fmt.Sprintf("expected %s, found %s", abiName(to), abiName(from))}
}

// coerced fits an argument of a nested call to a parameter, by the rules of the
// engine: the types are the same but for the width of integers, the number fitting,
// and for names.
func coerced(arg any, want reflect.Type) (reflect.Value, *misfit) {
	if arg == nil {
		if want.Kind() == reflect.Pointer || want.Kind() == reflect.Interface {
			return reflect.Zero(want), nil
		}
		return reflect.Value{}, &misfit{text: fmt.Sprintf("expected %s, found nil", abiName(want))}
	}
	to := reflect.New(want).Elem()
	if err := coerce(reflect.ValueOf(arg), to); err != nil {
		return reflect.Value{}, err
	}
	return to, nil
}

// coerce sets to to what from is.
func coerce(from, to reflect.Value) *misfit {
	source, target := from.Type(), to.Type()
	switch {
	case target.Kind() == reflect.Interface:
		to.Set(from)
		return nil
	case source.Kind() == reflect.Interface:
		fitted, err := coerced(from.Interface(), target)
		if err != nil {
			return err
		}
		to.Set(fitted)
		return nil
	case source == target:
		to.Set(from)
		return nil
	case isNumber(source) && isNumber(target):
		number := numberOf(from)
		if !setNumber(to, number) {
			return &misfit{text: fmt.Sprintf("%s does not fit %s", number, underlying(target))}
		}
		return nil
	case source.Kind() != target.Kind():
		return mismatch(source, target)
	case target.PkgPath() == "" && source.PkgPath() != "" && source.ConvertibleTo(target),
		source.Kind() == reflect.String, source.Kind() == reflect.Bool:
		to.Set(from.Convert(target))
		return nil
	}
	return coerceParts(from, to)
}

func coerceParts(from, to reflect.Value) *misfit {
	source, target := from.Type(), to.Type()
	switch source.Kind() {
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(target.Elem()))
			return coerce(from.Elem(), to.Elem())
		}
	case reflect.Slice, reflect.Array:
		if source.Kind() == reflect.Slice {
			to.Set(reflect.MakeSlice(target, from.Len(), from.Len()))
		} else if source.Len() != target.Len() {
			return mismatch(source, target)
		}
		for i := range from.Len() {
			if err := coerce(from.Index(i), to.Index(i)); err != nil {
				return err.within(fmt.Sprintf("[%d]", i))
			}
		}
	case reflect.Map:
		to.Set(reflect.MakeMap(target))
		keys := from.MapKeys()
		reflectcodec.SortKeys(keys)
		for i, key := range keys {
			k, v := reflect.New(target.Key()).Elem(), reflect.New(target.Elem()).Elem()
			if err := coerce(key, k); err != nil {
				return err.within(fmt.Sprintf("[key %d]", i))
			}
			if err := coerce(from.MapIndex(key), v); err != nil {
				return err.within("[" + keyText(k) + "]")
			}
			to.SetMapIndex(k, v)
		}
	case reflect.Struct:
		if source.NumField() != target.NumField() {
			return mismatch(source, target)
		}
		for i := range source.NumField() {
			if source.Field(i).Name != target.Field(i).Name || !source.Field(i).IsExported() {
				return mismatch(source, target)
			}
			if err := coerce(from.Field(i), to.Field(i)); err != nil {
				return err.within("." + source.Field(i).Name)
			}
		}
	default:
		if !source.ConvertibleTo(target) {
			return mismatch(source, target)
		}
		to.Set(from.Convert(target))
	}
	return nil
}

// keyText spells the key of a map as the engine does.
func keyText(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return fmt.Sprintf("%q", key.String())
	}
	return fmt.Sprint(key.Interface())
}

// underlying spells the integer type that t is.
func underlying(t reflect.Type) string {
	if isInteger(t) {
		return t.Kind().String()
	}
	return abiName(t)
}

// isNumber reports whether t is an integer of Go or of package core.
func isNumber(t reflect.Type) bool {
	return isInteger(t) || t == reflect.TypeFor[core.U128]() || t == reflect.TypeFor[core.U256]()
}

func numberOf(v reflect.Value) *big.Int {
	switch {
	case v.CanInt():
		return big.NewInt(v.Int())
	case v.CanUint():
		return new(big.Int).SetUint64(v.Uint())
	}
	number, _ := new(big.Int).SetString(v.Interface().(fmt.Stringer).String(), 10)
	return number
}

// setNumber sets v to a number, and reports whether it fits.
func setNumber(v reflect.Value, number *big.Int) bool {
	switch {
	case v.CanInt():
		if !number.IsInt64() || v.OverflowInt(number.Int64()) {
			return false
		}
		v.SetInt(number.Int64())
	case v.CanUint():
		if !number.IsUint64() || v.OverflowUint(number.Uint64()) {
			return false
		}
		v.SetUint(number.Uint64())
	default:
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(number.String())) == nil
	}
	return true
}
