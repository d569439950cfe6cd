package stdlib

import (
	"bytes"
	"encoding/gob"
	"strconv"
)

// EncodingGob uses package encoding/gob.
func EncodingGob() string {
	var buffer bytes.Buffer
	if err := gob.NewEncoder(&buffer).Encode(map[string]int{"a": 1}); err != nil {
		return err.Error()
	}
	var out map[string]int
	if err := gob.NewDecoder(&buffer).Decode(&out); err != nil {
		return err.Error()
	}
	return strconv.Itoa(out["a"])
}
