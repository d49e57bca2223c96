#!/usr/bin/env bash
# The long forms of what CI runs for minutes: `deno task soak`, about four hours. Each can be shortened:
# FUZZ_SECONDS (3,600), FUZZ_OUTSIDE_SECONDS (600), KILLS of the server (1,000), PART_KILLS of codec processes, the KV
# server and the S3 server (100 each), SOAK_SECONDS (3,600), and SEED of the kills.
# SOAK=1 is the whole corpus over HTTP, 2,000 slow clients and 100 restarts.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
deno="${DENO:-deno}"
command -v "$deno" > /dev/null || deno="npx --yes deno@2.9.6"
status=0
run() { # name, command…
  local name="$1"
  shift
  SECONDS=0
  if "$@"; then echo "== $name: ok, $SECONDS s"; else echo "== $name: FAILED, $SECONDS s"; status=1; fi
}

run "damaged files" env FUZZ_SECONDS="${FUZZ_SECONDS:-3600}" bash codec/core/fuzz.sh
run "damaged files, packages' decoders" $deno task codec:fuzz:outside "${FUZZ_OUTSIDE_SECONDS:-600}"
run "threats and faults" env SOAK=1 KILLS="${KILLS:-1000}" PART_KILLS="${PART_KILLS:-100}" \
  $deno test --no-prompt --allow-all tests/reliability/
run "mixed work" env SOAK_SECONDS="${SOAK_SECONDS:-3600}" $deno task soak:mixed
exit $status
