package stdlib

import (
	"encoding/hex"
	"image/color"
)

// ImageColor uses package image/color.
func ImageColor() string {
	y, cb, cr := color.RGBToYCbCr(200, 100, 50)
	return hex.EncodeToString([]byte{y, cb, cr})
}
