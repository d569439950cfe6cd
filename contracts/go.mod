module github.com/govm-net/vm/contracts

go 1.24

require github.com/govm-net/vm v0.1.0

replace github.com/govm-net/vm => ../vm-sdk-go
