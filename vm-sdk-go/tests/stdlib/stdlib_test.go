package stdlib

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// probes are the functions that use the packages.
var probes = map[string]func() string{
	"bufio":                Bufio,
	"bytes":                Bytes,
	"cmp":                  Cmp,
	"compress/bzip2":       CompressBzip2,
	"compress/flate":       CompressFlate,
	"compress/gzip":        CompressGzip,
	"compress/lzw":         CompressLZW,
	"compress/zlib":        CompressZlib,
	"container/heap":       ContainerHeap,
	"container/list":       ContainerList,
	"container/ring":       ContainerRing,
	"context":              Context,
	"crypto":               Crypto,
	"crypto/aes":           CryptoAES,
	"crypto/cipher":        CryptoCipher,
	"crypto/ecdsa":         CryptoECDSA,
	"crypto/ed25519":       CryptoEd25519,
	"crypto/elliptic":      CryptoElliptic,
	"crypto/hkdf":          CryptoHKDF,
	"crypto/hmac":          CryptoHMAC,
	"crypto/md5":           CryptoMD5,
	"crypto/pbkdf2":        CryptoPBKDF2,
	"crypto/sha1":          CryptoSHA1,
	"crypto/sha256":        CryptoSHA256,
	"crypto/sha3":          CryptoSHA3,
	"crypto/sha512":        CryptoSHA512,
	"crypto/subtle":        CryptoSubtle,
	"encoding":             Encoding,
	"encoding/ascii85":     EncodingAscii85,
	"encoding/asn1":        EncodingASN1,
	"encoding/base32":      EncodingBase32,
	"encoding/base64":      EncodingBase64,
	"encoding/binary":      EncodingBinary,
	"encoding/csv":         EncodingCSV,
	"encoding/gob":         EncodingGob,
	"encoding/hex":         EncodingHex,
	"encoding/json":        EncodingJSON,
	"encoding/pem":         EncodingPEM,
	"encoding/xml":         EncodingXML,
	"errors":               Errors,
	"fmt":                  Fmt,
	"go/ast":               GoAst,
	"go/constant":          GoConstant,
	"go/scanner":           GoScanner,
	"go/token":             GoToken,
	"hash":                 Hash,
	"hash/adler32":         HashAdler32,
	"hash/crc32":           HashCrc32,
	"hash/crc64":           HashCrc64,
	"hash/fnv":             HashFnv,
	"html":                 HTML,
	"image":                Image,
	"image/color":          ImageColor,
	"image/png":            ImagePNG,
	"index/suffixarray":    IndexSuffixarray,
	"io":                   IO,
	"io/fs":                IOFS,
	"iter":                 Iter,
	"log":                  Log,
	"log/slog":             LogSlog,
	"maps":                 Maps,
	"math":                 Math,
	"math/big":             MathBig,
	"math/bits":            MathBits,
	"math/cmplx":           MathCmplx,
	"math/rand":            MathRand,
	"math/rand/v2":         MathRandV2,
	"mime/quotedprintable": MimeQuotedprintable,
	"net/netip":            NetNetip,
	"net/url":              NetURL,
	"path":                 Path,
	"reflect":              Reflect,
	"regexp":               Regexp,
	"regexp/syntax":        RegexpSyntax,
	"slices":               Slices,
	"sort":                 Sort,
	"strconv":              Strconv,
	"strings":              Strings,
	"structs":              Structs,
	"sync":                 Sync,
	"sync/atomic":          SyncAtomic,
	"text/scanner":         TextScanner,
	"text/tabwriter":       TextTabwriter,
	"text/template/parse":  TextTemplateParse,
	"time":                 Time,
	"unicode":              Unicode,
	"unicode/utf16":        UnicodeUTF16,
	"unicode/utf8":         UnicodeUTF8,
}

// listed is what the generator allows.
func listed(t *testing.T) []entry {
	t.Helper()
	data, err := os.ReadFile("../../internal/shim/stdlib.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Packages []entry }
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list.Packages
}

// entry is a package that contracts may import.
type entry struct{ Package, Result string }

// Natively, every probe gives what it gave in the VM.
func TestResults(t *testing.T) {
	entries := listed(t)
	for _, entry := range entries {
		probe := probes[entry.Package]
		if probe == nil {
			t.Errorf("package %s has no probe", entry.Package)
			continue
		}
		for range 2 {
			if got := probe(); got != entry.Result {
				t.Errorf("package %s: natively %q, in the VM %q", entry.Package, got, entry.Result)
			}
		}
	}
	if len(entries) != len(probes) {
		t.Errorf("%d packages are listed and %d have a probe", len(entries), len(probes))
	}
}

// Every probe imports the package that it is named after.
func TestProbesUseTheirPackage(t *testing.T) {
	for path := range probes {
		source, err := os.ReadFile(strings.ReplaceAll(path, "/", "_") + ".go")
		if err != nil || !strings.Contains(string(source), "\t\""+path+"\"\n") {
			t.Errorf("the file of %s does not import it: %v", path, err)
		}
	}
	files, err := filepath.Glob("*.go")
	if want := len(probes) + len([]string{"doc.go", "stdlib_test.go"}); err != nil || len(files) != want {
		t.Errorf("there are %d files, want %d: %v", len(files), want, err)
	}
}
