#!/usr/bin/env bash
# Builds the core anew and compares it with the committed one, byte by byte.
# The bytes are those of one toolchain: rustc by rust-toolchain.toml, clang by the line below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
CLANG_VERSION="22.1.8"
found="$(clang-22 --version 2> /dev/null | sed -nE '1s/.*version ([0-9.]+).*/\1/p')"
if [ "$found" != "$CLANG_VERSION" ]; then
  echo "codec:check skipped: clang $CLANG_VERSION is pinned, ${found:-none} is here"
  exit 0
fi
built="$(mktemp)"
trap 'rm -f "$built"' EXIT
./build.sh "$built"
cmp "$built" ../wasm/core.wasm && echo "codec:check: codec/wasm/core.wasm is what the sources give"
