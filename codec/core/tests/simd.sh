#!/usr/bin/env bash
# Builds the core with its self-test and runs it: SIMD arms against scalar references, and no imports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo build --release --locked --target wasm32-unknown-unknown --features selftest --lib ${JOBS:+-j"$JOBS"}
node - "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/imgsrc_core.wasm" <<'JS'
const module = new WebAssembly.Module(require("node:fs").readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) throw new Error("imports: " + JSON.stringify(imports));
const core = new WebAssembly.Instance(module).exports;
const failed = core.core_selftest();
const text = new TextDecoder().decode(new Uint8Array(core.memory.buffer, core.core_response_ptr(), core.core_response_len()));
if (failed) throw new Error("SIMD differs from scalar in: " + text);
console.log("SIMD arms equal their scalar references; no imports");
JS
