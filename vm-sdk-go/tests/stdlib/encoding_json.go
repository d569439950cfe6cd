package stdlib

import (
	"encoding/json"
)

// EncodingJSON uses package encoding/json.
func EncodingJSON() string {
	var in struct {
		Name  string         `json:"name"`
		Parts map[string]int `json:"parts"`
	}
	if err := json.Unmarshal([]byte(`{"name":"x","parts":{"b":2,"a":1}}`), &in); err != nil {
		return err.Error()
	}
	out, err := json.Marshal(in)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
