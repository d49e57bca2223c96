#!/usr/bin/env bash
# Feeds damaged files to every decoder: fuzz.sh [SECONDS] [SEED]. Two minutes unless told otherwise (for CI); with
# FUZZ_SECONDS (deno task soak) that long, from another seed each time. The same seed gives the same cases.
# Seeds are the corpus of IMGSRC_CORPUS or beside the checkout, else the fixtures of the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
seconds="${1:-${FUZZ_SECONDS:-120}}"
seed="${2:-${FUZZ_SECONDS:+$(date +%s)}}"
corpus="${IMGSRC_CORPUS:-$PWD/../../../shared/corpus}"
if [ ! -f "$corpus/manifest.tsv" ]; then
  corpus="$PWD/../../tests/fixtures/files"
  echo "codec:fuzz: no corpus here, the seeds are the tests' fixtures"
fi
./lock.sh
# The dev profile: overflow is an error in it, and a panic can be caught and counted.
cargo build --quiet --locked --example fuzz
"${CARGO_TARGET_DIR:-target}/debug/examples/fuzz" "$corpus" "$seconds" "${seed:-1}"
