package shim

import (
	_ "embed"
	"encoding/json"
)

// modulePath is the module that this package, core and the shim belong to.
const modulePath = "github.com/govm-net/vm"

// corePath, cryptoPath and wirePath are the only packages of the module that a
// contract imports, the last in clients that govm bindgen wrote.
const (
	corePath   = modulePath + "/core"
	cryptoPath = corePath + "/crypto"
	wirePath   = modulePath + "/wire"
)

// stdlibJSON is the list of packages of the standard library. It is measured, and
// checked against the VM, by the test stdlib of the crate govm-cli; make stdlib writes
// it anew.
//
//go:embed stdlib.json
var stdlibJSON []byte

// stdlib is what the list says.
var stdlib = readList()

type stdlibList struct {
	// Packages are those that a contract may import: what computes, and neither
	// reaches out of the process nor depends on the moment or the machine.
	Packages []struct{ Package string }
	// Refused gives the reason, and what to do, for packages that contracts are likely
	// to try. A path that ends in / stands for everything below it.
	Refused []refusedPackage
}

type refusedPackage struct{ Path, Why string }

func readList() (list stdlibList) {
	if err := json.Unmarshal(stdlibJSON, &list); err != nil {
		panic("stdlib.json: " + err.Error()) // a test reads it
	}
	return list
}

// allowed are the packages that a contract may import: the SDK's, and those of the
// standard library that are on the list.
var allowed = allowedPackages()

func allowedPackages() map[string]bool {
	all := map[string]bool{corePath: true, cryptoPath: true, wirePath: true}
	for _, entry := range stdlib.Packages {
		all[entry.Package] = true
	}
	return all
}

// refused are the packages that are refused for a reason of their own, the SDK's too.
var refused = append(stdlib.Refused,
	refusedPackage{modulePath + "/coretest", "it is for tests; move the import to a _test.go file"},
	refusedPackage{modulePath + "/", "import " + corePath + ", the package for contracts"},
	refusedPackage{modulePath, "import " + corePath + ", the package for contracts"},
)
