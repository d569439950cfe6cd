package shim

// modulePath is the module that this package, core and the shim belong to.
const modulePath = "github.com/govm-net/vm"

// corePath and cryptoPath are the only packages of the module that a contract imports.
const (
	corePath   = modulePath + "/core"
	cryptoPath = corePath + "/crypto"
)

// allowed are the packages that a contract may import: the SDK's, and those of the
// standard library that compute, and neither reach out of the process nor depend on
// the moment or the machine. Time is the block's. The top-level functions of
// math/rand draw the same numbers in every call, since each call starts from the
// same initialised module; a contract that wants others seeds a generator of its own.
var allowed = map[string]bool{
	corePath:            true,
	cryptoPath:          true,
	"bufio":             true,
	"bytes":             true,
	"cmp":               true,
	"compress/bzip2":    true,
	"compress/flate":    true,
	"compress/gzip":     true,
	"compress/lzw":      true,
	"compress/zlib":     true,
	"container/heap":    true,
	"container/list":    true,
	"container/ring":    true,
	"context":           true,
	"crypto":            true,
	"crypto/ecdsa":      true,
	"crypto/ed25519":    true,
	"crypto/elliptic":   true,
	"crypto/hmac":       true,
	"crypto/md5":        true,
	"crypto/sha1":       true,
	"crypto/sha256":     true,
	"crypto/sha3":       true,
	"crypto/sha512":     true,
	"crypto/subtle":     true,
	"encoding":          true,
	"encoding/ascii85":  true,
	"encoding/base32":   true,
	"encoding/base64":   true,
	"encoding/binary":   true,
	"encoding/csv":      true,
	"encoding/hex":      true,
	"encoding/json":     true,
	"encoding/xml":      true,
	"errors":            true,
	"fmt":               true,
	"hash":              true,
	"hash/adler32":      true,
	"hash/crc32":        true,
	"hash/crc64":        true,
	"hash/fnv":          true,
	"html":              true,
	"index/suffixarray": true,
	"io":                true,
	"iter":              true,
	"log":               true,
	"maps":              true,
	"math":              true,
	"math/big":          true,
	"math/bits":         true,
	"math/cmplx":        true,
	"math/rand":         true,
	"math/rand/v2":      true,
	"net/netip":         true,
	"net/url":           true,
	"path":              true,
	"reflect":           true,
	"regexp":            true,
	"regexp/syntax":     true,
	"slices":            true,
	"sort":              true,
	"strconv":           true,
	"strings":           true,
	"sync":              true,
	"sync/atomic":       true,
	"text/scanner":      true,
	"text/tabwriter":    true,
	"time":              true,
	"unicode":           true,
	"unicode/utf16":     true,
	"unicode/utf8":      true,
}

// refused gives the reason, and what to do, for packages that contracts are likely
// to try. A name that ends in / stands for everything below it.
var refused = []struct{ path, advice string }{
	{"C", "a contract is pure Go"},
	{"crypto/rand", "a contract cannot keep a secret from those who run it; for repeatable draws seed a generator of math/rand/v2"},
	{"crypto/tls", "a contract has no network"},
	{"embed", "put the data into a Go constant"},
	{"hash/maphash", "its results differ from run to run; use hash/fnv or crypto/sha256"},
	{"net", "a contract has no network; pass what it needs as arguments"},
	{"net/", "a contract has no network; pass what it needs as arguments"},
	{"os", "a contract has no files, environment or processes; pass what it needs as arguments and report with ctx.Log"},
	{"os/", "a contract has no files, environment or processes; pass what it needs as arguments and report with ctx.Log"},
	{"path/filepath", "a contract has no files; use path for slash-separated names"},
	{"plugin", "a contract is one module"},
	{"runtime", "a contract must not depend on the machine it runs on"},
	{"runtime/", "a contract must not depend on the machine it runs on"},
	{"syscall", "a contract reaches the world through core.Context only"},
	{"testing", "move tests to a _test.go file, which is not part of the contract"},
	{"testing/", "move tests to a _test.go file, which is not part of the contract"},
	{"unique", "it depends on the garbage collector; compare the values themselves"},
	{"unsafe", "a contract must not depend on how memory is laid out"},
	{"weak", "it depends on the garbage collector"},
	{modulePath + "/coretest", "it is for tests; move the import to a _test.go file"},
	{modulePath + "/", "import " + corePath + ", the package for contracts"},
	{modulePath, "import " + corePath + ", the package for contracts"},
}
