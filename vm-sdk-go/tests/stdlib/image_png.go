package stdlib

import (
	"bytes"
	"image"
	"image/png"
)

// ImagePNG uses package image/png.
func ImagePNG() string {
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		return err.Error()
	}
	back, err := png.Decode(&out)
	if err != nil {
		return err.Error()
	}
	return back.Bounds().String()
}
