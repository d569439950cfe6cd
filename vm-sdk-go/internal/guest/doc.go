// Package guest is the half of the SDK that runs inside a contract's wasm module.
// It implements core.Context and core.Object over the imports of host module govm
// and runs one call: it pulls the input, hands it to the generated dispatch
// function, and gives back the encoded results or the error.
//
// A call runs alone in its module, so the package keeps its buffers in variables
// and uses them again for every host function.
package guest
