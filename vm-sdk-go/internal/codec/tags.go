package codec

// Tags of a type descriptor, the part of a self-describing value that says what
// follows.
const (
	TagNil      = 0x00 // no payload; only at the top of a value
	TagBool     = 0x01
	TagUint8    = 0x02
	TagUint16   = 0x03
	TagUint32   = 0x04
	TagUint64   = 0x05
	TagUint128  = 0x06
	TagUint256  = 0x07
	TagInt8     = 0x08
	TagInt16    = 0x09
	TagInt32    = 0x0a
	TagInt64    = 0x0b
	TagFloat32  = 0x0c
	TagFloat64  = 0x0d
	TagInt      = 0x0e
	TagUint     = 0x0f
	TagString   = 0x10
	TagBytes    = 0x11
	TagAddress  = 0x12
	TagObjectID = 0x13
	TagHash     = 0x14
	TagOption   = 0x20 // element
	TagSlice    = 0x21 // element
	TagArray    = 0x22 // u32 length, element
	TagMap      = 0x23 // key, value
	TagStruct   = 0x24 // name, u8 count, then name and type of each field
	TagNamed    = 0x25 // name, underlying type
	TagCustom   = 0x26 // name; the payload has a u32 length
	TagAny      = 0x27 // only inside another descriptor
	TagBackRef  = 0x28 // u8 n: the n-th enclosing struct or named type, 0 the innermost
)

// tagNames are the types that a descriptor names with its tag alone.
var tagNames = [...]string{
	TagNil: "nil", TagBool: "bool", TagUint8: "uint8", TagUint16: "uint16", TagUint32: "uint32",
	TagUint64: "uint64", TagUint128: "uint128", TagUint256: "uint256", TagInt8: "int8", TagInt16: "int16",
	TagInt32: "int32", TagInt64: "int64", TagFloat32: "float32", TagFloat64: "float64", TagInt: "int",
	TagUint: "uint", TagString: "string", TagBytes: "bytes", TagAddress: "Address",
	TagObjectID: "ObjectID", TagHash: "Hash",
}
