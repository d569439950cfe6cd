package coretest

import (
	"reflect"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/internal/record"
)

// Natively no code is generated for the structs that package core takes apart, so
// reflection does it.
func init() { record.Register(readRecord, recordParts) }

func readRecord(obj, target any) (bool, error) {
	value := reflect.ValueOf(target).Elem()
	if !isRecord(value.Type()) {
		return false, nil
	}
	for i := range value.NumField() {
		field := value.Type().Field(i)
		stored, err := obj.(core.Object).Get(fieldKey(field))
		if err != nil {
			return true, err
		}
		switch {
		case stored != nil && reflect.TypeOf(stored).AssignableTo(field.Type):
			value.Field(i).Set(reflect.ValueOf(stored))
		case stored != nil || field.Type.Kind() != reflect.Interface:
			return true, wrongType(fieldKey(field), stored, field.Type)
		}
	}
	return true, nil
}

// wrongType is the error of core.Get for a field of another type.
func wrongType(field string, stored any, want reflect.Type) error {
	found := "nil"
	if stored != nil {
		found = reflect.TypeOf(stored).String()
	}
	return core.Wrap(core.ErrInvalidArgument, "field "+field+" is "+found+", wanted "+want.String())
}

func recordParts(v any) (string, []any) {
	value := reflect.ValueOf(v)
	if !value.IsValid() || !isRecord(value.Type()) {
		return "", nil
	}
	var pairs []any
	for i := range value.NumField() {
		pairs = append(pairs, fieldKey(value.Type().Field(i)), value.Field(i).Interface())
	}
	return value.Type().Name(), pairs
}

// isRecord reports whether t is a struct with a name and exported fields only.
func isRecord(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.Name() == "" {
		return false
	}
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			return false
		}
	}
	return true
}

// fieldKey returns the name of a field in an object or an event.
func fieldKey(field reflect.StructField) string {
	if name, ok := field.Tag.Lookup("govm"); ok {
		return name
	}
	return field.Name
}
