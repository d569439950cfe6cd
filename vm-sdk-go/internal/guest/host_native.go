//go:build !wasip1

package guest

import "unsafe"

// host stands for the host module outside wasm, where there are no imports: the
// package then builds and vets like any other, and its tests set host to a host of
// their own. Every function that takes or returns bytes does so as a slice.
var host nativeHost

type nativeHost interface {
	input() []byte
	output(data []byte)
	objectCreate() (info [72]byte, code int32)
	objectOpen(id [32]byte) (info [72]byte, code int32)
	objectFind(owner [20]byte) (info [72]byte, code int32)
	objectNext(owner *[20]byte, after [32]byte) (info [72]byte, code int32)
	objectSetOwner(id [32]byte, owner [20]byte) int32
	objectDelete(id [32]byte) int32
	fieldGet(id [32]byte, name string) (value []byte, code int32)
	fieldSet(id [32]byte, name string, value []byte) int32
	fieldDelete(id [32]byte, name string) int32
	fieldNext(id [32]byte, after string) (name string, code int32)
	balance(address [20]byte) uint64
	transfer(to [20]byte, amount uint64) int32
	emit(name string, data []byte) int32
	call(contract [20]byte, function string, args []byte, value, gasLimit uint64) (result []byte, code int32)
	lastError() string
	gasLeft() uint64
}

// left holds what did not fit the last fieldGet, fieldNext or call.
var left []byte

func bytesAt(ptr *byte, n uint32) []byte { return unsafe.Slice(ptr, n) }
func textAt(ptr *byte, n uint32) string  { return string(unsafe.Slice(ptr, n)) }
func idAt(ptr *byte) [32]byte            { return [32]byte(unsafe.Slice(ptr, 32)) }
func addressAt(ptr *byte) [20]byte       { return [20]byte(unsafe.Slice(ptr, 20)) }

// putInfo copies an object's record to dst if code is 0.
func putInfo(dst *byte, info [72]byte, code int32) int32 {
	if code == 0 {
		copy(bytesAt(dst, 72), info[:])
	}
	return code
}

// deliver copies data to dst if it fits and keeps it for hostTake if not.
func deliver(data []byte, code int32, dst *byte, capacity uint32) int64 {
	if code != 0 {
		return -int64(code)
	}
	if len(data) > int(capacity) {
		left = data
	} else {
		copy(bytesAt(dst, capacity), data)
	}
	return int64(len(data))
}

func hostInput(dst *byte) {
	data := host.input()
	copy(bytesAt(dst, uint32(len(data))), data)
}

func hostOutput(ptr *byte, n uint32) { host.output(append([]byte(nil), bytesAt(ptr, n)...)) }

func hostObjectCreate(infoDst *byte) int32 {
	info, code := host.objectCreate()
	return putInfo(infoDst, info, code)
}

func hostObjectOpen(idPtr *byte, infoDst *byte) int32 {
	info, code := host.objectOpen(idAt(idPtr))
	return putInfo(infoDst, info, code)
}

func hostObjectFind(ownerPtr *byte, infoDst *byte) int32 {
	info, code := host.objectFind(addressAt(ownerPtr))
	return putInfo(infoDst, info, code)
}

func hostObjectNext(afterPtr *byte, infoDst *byte) int32 {
	info, code := host.objectNext(nil, idAt(afterPtr))
	return putInfo(infoDst, info, code)
}

func hostObjectNextOwned(ownerPtr *byte, afterPtr *byte, infoDst *byte) int32 {
	owner := addressAt(ownerPtr)
	info, code := host.objectNext(&owner, idAt(afterPtr))
	return putInfo(infoDst, info, code)
}

func hostObjectSetOwner(idPtr *byte, ownerPtr *byte) int32 {
	return host.objectSetOwner(idAt(idPtr), addressAt(ownerPtr))
}

func hostObjectDelete(idPtr *byte) int32 { return host.objectDelete(idAt(idPtr)) }

func hostFieldGet(idPtr *byte, namePtr *byte, nameLen uint32, dst *byte, capacity uint32) int64 {
	value, code := host.fieldGet(idAt(idPtr), textAt(namePtr, nameLen))
	return deliver(value, code, dst, capacity)
}

func hostFieldSet(idPtr *byte, namePtr *byte, nameLen uint32, valuePtr *byte, valueLen uint32) int32 {
	value := append([]byte(nil), bytesAt(valuePtr, valueLen)...)
	return host.fieldSet(idAt(idPtr), textAt(namePtr, nameLen), value)
}

func hostFieldDelete(idPtr *byte, namePtr *byte, nameLen uint32) int32 {
	return host.fieldDelete(idAt(idPtr), textAt(namePtr, nameLen))
}

func hostFieldNext(idPtr *byte, afterPtr *byte, afterLen uint32, dst *byte, capacity uint32) int64 {
	name, code := host.fieldNext(idAt(idPtr), textAt(afterPtr, afterLen))
	return deliver([]byte(name), code, dst, capacity)
}

func hostBalance(addressPtr *byte) uint64 { return host.balance(addressAt(addressPtr)) }

func hostTransfer(toPtr *byte, amount uint64) int32 { return host.transfer(addressAt(toPtr), amount) }

func hostEmit(namePtr *byte, nameLen uint32, dataPtr *byte, dataLen uint32) int32 {
	return host.emit(textAt(namePtr, nameLen), append([]byte(nil), bytesAt(dataPtr, dataLen)...))
}

func hostCall(contractPtr *byte, functionPtr *byte, functionLen uint32, argsPtr *byte, argsLen uint32,
	value uint64, gasLimit uint64, dst *byte, capacity uint32) int64 {
	args := append([]byte(nil), bytesAt(argsPtr, argsLen)...)
	result, code := host.call(addressAt(contractPtr), textAt(functionPtr, functionLen), args, value, gasLimit)
	return deliver(result, code, dst, capacity)
}

func hostTake(dst *byte, n uint32) int32 {
	copy(bytesAt(dst, n), left)
	return 0
}

func hostLastError(dst *byte, capacity uint32) int64 {
	return int64(copy(bytesAt(dst, capacity), host.lastError()))
}

func hostGasLeft() uint64 { return host.gasLeft() }
