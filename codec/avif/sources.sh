#!/usr/bin/env bash
# Gets the sources of libaom, libavif (Debian's source packages, from the mirror that this machine uses) and SIMDe (a
# Python package of headers) into $1, each checked by its hash in sources.lock. What is there already is kept.
set -euo pipefail
folder="$1"
sums="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/sources.lock"
AOM=3.14.1 AVIF=1.4.2 SIMDE=0.8.2
mkdir -p "$folder"
cd "$folder"

has() { [ -f "$1" ] && grep -F "  $1" "$sums" | sha256sum --check --status; }

debian_source() { # package, version, file
  has "$3" && return
  local mirror lists
  mirror="$(sed -nE 's/^URIs: *([^ ]+).*/\1/p' /etc/apt/sources.list.d/debian.sources 2> /dev/null | head -n 1)"
  [ -n "$mirror" ] || { echo "$3 is missing: this is no Debian to get it from; put it into $folder" >&2; return 1; }
  lists="$(mktemp -d)"
  mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$lists/sources"
  local options=(-qq -o Dir::Etc::SourceList="$lists/sources" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$lists/lists"
    -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only "$1=$2" || true
  rm -rf "$lists"
  has "$3" || { echo "$3 is missing: $1 $2 is not to be had; put it into $folder" >&2; return 1; }
}

debian_source aom "$AOM-1" "aom_$AOM.orig.tar.xz"
debian_source libavif "$AVIF-1" "libavif_$AVIF.orig.tar.gz"
wheel="cmeel_simde-$SIMDE-0-py3-none-any.whl"
has "$wheel" || python3 -m pip download --quiet --no-deps --dest . "cmeel-simde==$SIMDE"
sha256sum --check --quiet "$sums"

[ -d aom ] || { mkdir aom.new && tar xf "aom_$AOM.orig.tar.xz" -C aom.new && mv aom.new aom; }
[ -d libavif ] || { mkdir libavif.new && tar xf "libavif_$AVIF.orig.tar.gz" --strip-components=1 -C libavif.new && mv libavif.new libavif; }
[ -d simde ] || { mkdir simde.new && python3 -m zipfile -e "$wheel" simde.new && mv simde.new simde; }
