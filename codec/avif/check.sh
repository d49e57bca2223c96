#!/usr/bin/env bash
# Builds the AVIF encoder anew and compares it with the committed one, byte by byte; says why where it can't.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
CLANG_VERSION="22.1.8" WASI_LIBC_VERSION="0.0~git20220510.9886d3d-2"
skip() { echo "codec:check:avif skipped: $1"; exit 0; }
clang="$(clang-22 --version 2> /dev/null | sed -nE '1s/.*version ([0-9.]+).*/\1/p')"
[ "$clang" = "$CLANG_VERSION" ] || skip "clang $CLANG_VERSION is pinned, ${clang:-none} is here"
libc="$(dpkg-query -W -f '${Version}' wasi-libc 2> /dev/null || true)"
[ "$libc" = "$WASI_LIBC_VERSION" ] || skip "wasi-libc $WASI_LIBC_VERSION is pinned, ${libc:-none} is here"
for tool in wasm-ld-22 cmake ninja perl; do
  command -v "$tool" > /dev/null || skip "$tool is missing"
done
why="$(./sources.sh "${AVIF_CACHE:-$HOME/.cache/imgsrc/avif}" 2>&1)" || skip "$(tail -n 1 <<< "$why")"
built="$(mktemp)"
trap 'rm -f "$built"' EXIT
./build.sh "$built"
cmp "$built" ../wasm/avif_enc.wasm && echo "codec:check:avif: codec/wasm/avif_enc.wasm is what the sources give"
