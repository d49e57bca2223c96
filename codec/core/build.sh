#!/usr/bin/env bash
# Builds ../wasm/core.wasm. Flags stand in .cargo/config.toml, the toolchain in rust-toolchain.toml; paths are
# mapped away, so that every checkout gives the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for tool in clang-22 llvm-ar-22; do
  command -v "$tool" > /dev/null || { echo "$tool is missing: apt-get install --no-install-recommends clang-22 llvm-22" >&2; exit 1; }
done
./lock.sh
here="$(pwd -P)"
target="${CARGO_TARGET_DIR:-$here/target}"
home="${CARGO_HOME:-$HOME/.cargo}"
sysroot="$(rustc --print sysroot)"
# RUSTFLAGS would take the place of those in the config; --config adds to them.
flags="[\"--remap-path-prefix=$here=/core\", \"--remap-path-prefix=$home=/cargo\", \"--remap-path-prefix=$sysroot=/rust\", \"--remap-path-prefix=$target=/target\"]"
CARGO_INCREMENTAL=0 cargo build --release --locked --target wasm32-unknown-unknown ${JOBS:+-j"$JOBS"} \
  --config "target.wasm32-unknown-unknown.rustflags=$flags" --lib
out="${1:-$here/../wasm/core.wasm}"
mkdir -p "$(dirname "$out")"
cp "$target/wasm32-unknown-unknown/release/imgsrc_core.wasm" "$out"
echo "$(sha256sum < "$out" | cut -d' ' -f1)  $(stat -c %s "$out") bytes"
