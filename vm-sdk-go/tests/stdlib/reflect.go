package stdlib

import (
	"reflect"
	"strconv"
)

// Reflect uses package reflect.
func Reflect() string {
	t := reflect.TypeOf(struct {
		A int `k:"v"`
		B string
	}{})
	return t.Field(0).Tag.Get("k") + " " + t.Field(1).Type.String() + " " + strconv.FormatBool(reflect.DeepEqual([]int{1}, []int{1}))
}
