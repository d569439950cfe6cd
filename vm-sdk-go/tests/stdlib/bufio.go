package stdlib

import (
	"bufio"
	"strings"
)

// Bufio uses package bufio.
func Bufio() string {
	scanner := bufio.NewScanner(strings.NewReader("one two\nthree"))
	scanner.Split(bufio.ScanWords)
	var words []string
	for scanner.Scan() {
		words = append(words, scanner.Text())
	}
	return strings.Join(words, ",")
}
