package stdlib

import (
	"encoding/xml"
)

// EncodingXML uses package encoding/xml.
func EncodingXML() string {
	out, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"item"`
		N       int      `xml:"n,attr"`
	}{N: 3})
	if err != nil {
		return err.Error()
	}
	return string(out)
}
