#!/usr/bin/env bash
# Compares the files of csrc/webp_modes.c with those of libwebp's own search for modes, byte by byte. Takes what
# build.sh has compiled, so it must have run with the same CARGO_TARGET_DIR.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
target="${CARGO_TARGET_DIR:-$PWD/../target}/wasm32-unknown-unknown/release/build"
if ! ls "$target"/*/out/libwebpmodes.a > /dev/null 2>&1; then
  echo "skipped: build.sh has compiled nothing into $target"
  exit 0
fi
newest() { ls -t "$target"/*/out/"$1" | head -n 1; }
vendor="$(cargo metadata --format-version 1 --offline --locked --manifest-path ../Cargo.toml |
  sed -E 's/.*"manifest_path":"([^"]*\/libwebp-sys-[^"]*)\/Cargo.toml".*/\1/')/vendor"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
C_INCLUDE_PATH=../csrc/include clang-22 --target=wasm32-unknown-unknown -O2 -msimd128 -fno-builtin -I"$vendor" \
  -c webp_modes.c -o "$work/harness.o"
linker="$(find "$(rustc --print sysroot)" -name rust-lld -type f | head -n 1)"
"$linker" -flavor wasm --no-entry --allow-undefined -z stack-size=1048576 -o "$work/harness.wasm" \
  "$work/harness.o" "$(newest libwebpmodes.a)" "$(newest libwebpsys.a)"
node webp_modes.mjs "$work/harness.wasm"
