package stdlib

import (
	"image"
	"strconv"
)

// Image uses package image.
func Image() string {
	m := image.NewGray(image.Rect(0, 0, 4, 2))
	m.Pix[5] = 9
	return m.Bounds().String() + " " + strconv.Itoa(int(m.GrayAt(1, 1).Y))
}
