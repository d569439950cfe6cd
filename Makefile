# govm: `make demo` and `make test` work as the first command in a fresh clone.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test gostd stdlib lint bench setup generate package

# Where Go is put if the system has none that is new enough; the govm command looks there too.
CACHE := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/govm
TOOLCHAIN := $(CACHE)/toolchain
export PATH := $(PATH):$(TOOLCHAIN)/go/bin
# Where cargo puts what it builds.
TARGET = $(shell cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## build a contract in Go, deploy it, call it, read the state back
	@echo "building govm (the first time takes some minutes: a compiler is among what it is made of)"
	@cargo build --quiet --workspace
	@cargo run --quiet -p govm-cli -- demo

test: setup ## everything that must pass
	cargo test --workspace
	cd vm-sdk-go && go vet ./... && go test ./...
	cd contracts && go vet ./... && go test -cover ./... | awk '{ print } /^(---|FAIL)/ || /coverage:/ && $$5 + 0 < 90 { bad = 1 } \
		END { if (bad) print "a test failed, or covers less than 90 % of its contract"; exit bad }'
	"$(TARGET)/debug/govm" test contracts --gas-snapshot contracts/gas.txt --check

# Packages of Go's standard library whose own tests must pass in the sandbox. One test of encoding/gob counts allocations and
# fails with the same count on GOOS=js under Node: it is left out.
GOSTD := strings strconv sort bytes unicode/utf8 container/... encoding/... math math/big

gostd: setup ## tests of Go's standard library, run by `govm run` (some minutes)
	cargo build --release -p govm-cli
	GOOS=wasip1 GOARCH=wasm go test -count=1 -timeout 30m -skip '^TestCountDecodeMallocs$$' -exec "$(TARGET)/release/govm run --here" $(GOSTD)

stdlib: setup ## the packages of docs/stdlib.md, each in a contract in the VM (some minutes); GOVM_UPDATE=1 measures anew
	cargo test -p govm-cli --test stdlib -- --include-ignored

lint: setup ## formatting, lints and documentation, warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	@unformatted="$$(gofmt -l vm-sdk-go contracts | grep -v '/testdata/' || true)"; \
		if [ -n "$$unformatted" ]; then echo "gofmt these files:"; echo "$$unformatted"; exit 1; fi

bench: setup ## the benchmarks, optimised
	cargo bench --workspace

generate: setup ## write the generated files anew from their lists
	GOVM_UPDATE=1 cargo test --quiet -p govm-cli --test generated
	GOVM_UPDATE=1 cargo test --quiet -p govm-cli --test stdlib the_page
	GOVM_UPDATE=1 cargo test --quiet -p govm-codec --test vectors
	gofmt -l vm-sdk-go/core vm-sdk-go/internal/guest
	"$(TARGET)/debug/govm" test contracts --gas-snapshot contracts/gas.txt

package: setup ## check that every crate can be published by itself
	cargo package --workspace --allow-dirty

setup: ## install what is missing: Go 1.24 or newer
	@scripts/setup-go.sh "$(TOOLCHAIN)"
