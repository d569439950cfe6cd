// Package stdlib uses packages of Go's standard library as a contract would: a file, and
// in it one exported function, for each package that contracts may import, in files of
// their own so that each can be built as a contract. The function's result is the same
// natively and in the VM, in every call.
//
// The list of the packages, with the results and with what each adds to a contract, is
// internal/shim/stdlib.json. To add a package: write its file, add it to probes in the
// test, add an entry with added_bytes 0 to the list, and run make stdlib.
package stdlib
