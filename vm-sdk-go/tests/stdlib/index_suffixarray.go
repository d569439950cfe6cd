package stdlib

import (
	"index/suffixarray"
	"strconv"
)

// IndexSuffixarray uses package index/suffixarray.
func IndexSuffixarray() string {
	at := suffixarray.New([]byte("banana")).Lookup([]byte("an"), -1)
	return strconv.Itoa(min(at[0], at[1])) + " " + strconv.Itoa(max(at[0], at[1]))
}
