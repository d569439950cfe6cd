package stdlib

import (
	"math"
	"strconv"
)

// Math uses package math.
func Math() string {
	return strconv.FormatFloat(math.Sqrt(2)+math.Sin(1), 'g', -1, 64) + " " + strconv.FormatUint(math.Float64bits(math.Pow(1.1, 10)), 16)
}
