#!/usr/bin/env bash
# Cargo.lock from crates.lock, and back. crates.lock holds names, versions and checksums, and no host: the line that
# names the registry is the same for every crate and comes from cargo itself.
#   lock.sh          writes Cargo.lock
#   lock.sh update   writes crates.lock from a Cargo.lock that cargo has changed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ "${1:-}" = update ]; then
  awk '!/^source = /' Cargo.lock > crates.lock
  exit
fi
probe="$(mktemp -d)"
trap 'rm -rf "$probe"' EXIT
mkdir "$probe/src"
touch "$probe/src/lib.rs"
printf '[package]\nname = "probe"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\nmemchr = "*"\n' > "$probe/Cargo.toml"
cargo generate-lockfile --quiet --manifest-path "$probe/Cargo.toml"
source="$(grep -m1 '^source = ' "$probe/Cargo.lock")"
# Put there whole, and only where it differs: another cargo may be reading it.
awk -v source="$source" '/^checksum = /{ print source } { print }' crates.lock > "$probe/written.lock"
cmp --silent "$probe/written.lock" Cargo.lock || { cp "$probe/written.lock" "Cargo.lock.$$" && mv "Cargo.lock.$$" Cargo.lock; }
