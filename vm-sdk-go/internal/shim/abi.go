package shim

import (
	"bytes"
	"encoding/json"
)

// sdkVersion is the version of the SDK that goes into the ABI.
const sdkVersion = "0.1.0"

// abiVersion is the version of the ABI document's form.
const abiVersion = 1

// The ABI document. Keys are written in the order of the fields, nothing is left
// out, and there is no white space, so that equal contracts have equal documents.
type (
	abiDocument struct {
		ABIVersion int           `json:"abi_version"`
		Name       string        `json:"name"`
		Docs       string        `json:"docs"`
		Codec      string        `json:"codec"`
		Reentrant  bool          `json:"reentrant,omitempty"`
		SDKVersion string        `json:"sdk_version"`
		GoVersion  string        `json:"go_version"`
		Functions  []abiFunction `json:"functions"`
		Types      []any         `json:"types"`
		Events     []abiEvent    `json:"events"`
	}
	abiFunction struct {
		Name    string         `json:"name"`
		Docs    string         `json:"docs"`
		View    bool           `json:"view"`
		Payable bool           `json:"payable"`
		Params  []abiNamedType `json:"params"`
		Results []abiNamedType `json:"results"`
	}
	abiEvent struct {
		Name   string         `json:"name"`
		Fields []abiNamedType `json:"fields"`
	}
	abiNamedType struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	abiTypeHead struct {
		Name string `json:"name"`
		Docs string `json:"docs"`
		Kind string `json:"kind"`
	}
	abiStruct struct {
		abiTypeHead
		Fields []abiNamedType `json:"fields"`
	}
	abiEnum struct {
		abiTypeHead
		Base   string         `json:"base"`
		Values []abiEnumValue `json:"values"`
	}
	abiEnumValue struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	abiNamed struct {
		abiTypeHead
		Type string `json:"type"`
	}
)

// abi returns the contract's ABI document, with the version of its compiler.
func (c *contract) abi(compilerVersion string) ([]byte, error) {
	document := abiDocument{
		ABIVersion: abiVersion,
		Name:       c.name,
		Docs:       c.docs,
		Codec:      c.codec,
		Reentrant:  c.reentrant,
		SDKVersion: sdkVersion,
		GoVersion:  compilerVersion,
		Functions:  []abiFunction{},
		Types:      []any{},
		Events:     []abiEvent{},
	}
	for _, f := range c.functions {
		document.Functions = append(document.Functions, abiFunction{
			f.name, f.docs, f.view, f.payable, namedTypes(f.params), namedTypes(f.results),
		})
	}
	for _, t := range c.declared {
		document.Types = append(document.Types, t.definition())
	}
	for _, e := range c.events {
		document.Events = append(document.Events, abiEvent{e.name, namedTypes(e.fields)})
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func namedTypes(parameters []parameter) []abiNamedType {
	list := []abiNamedType{}
	for _, p := range parameters {
		list = append(list, abiNamedType{p.name, p.typ.abi})
	}
	return list
}

// definition returns the entry of a named type in the ABI.
func (t *abiType) definition() any {
	switch t.kind {
	case kindStruct:
		fields := []abiNamedType{}
		for _, field := range t.fields {
			fields = append(fields, abiNamedType{field.name, field.typ.abi})
		}
		return abiStruct{abiTypeHead{t.name, t.docs, "struct"}, fields}
	case kindEnum:
		values := []abiEnumValue{}
		for _, v := range t.values {
			values = append(values, abiEnumValue{v.name, v.value})
		}
		return abiEnum{abiTypeHead{t.name, t.docs, "enum"}, t.elem.abi, values}
	case kindCustom:
		return abiTypeHead{t.name, t.docs, "custom"}
	default:
		return abiNamed{abiTypeHead{t.name, t.docs, "named"}, t.elem.abi}
	}
}
