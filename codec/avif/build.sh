#!/usr/bin/env bash
# Builds ../wasm/avif_enc.wasm, libaom behind libavif: bash codec/avif/build.sh [OUT]. Objects stay in
# ~/.cache/imgsrc/avif; the first build takes some minutes.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
for tool in clang-22 wasm-ld-22 llvm-ar-22 cmake ninja perl; do
  command -v "$tool" > /dev/null || { echo "$tool is missing" >&2; exit 1; }
done
[ -d /usr/include/wasm32-wasi ] || { echo "wasi-libc is missing" >&2; exit 1; }
cache="${AVIF_CACHE:-$HOME/.cache/imgsrc/avif}"
"$here/sources.sh" "$cache" >&2
cd "$cache"
# What is compiled in lies in the cache: there every checkout has the same paths, and what didn't change keeps its date.
mkdir -p src/include own
for file in include/arm_neon.h include/pthread.h include/setjmp.h toolchain.cmake encode.c scale.c wasi.c; do
  cmp -s "$here/$file" "src/${file}" || cp "$here/$file" "src/$file"
done

flags="-Wno-deprecated -msimd128 -mbulk-memory -msign-ext -mnontrapping-fptoint -fno-strict-aliasing"
flags="$flags -I$cache/src/include -I$cache/simde/cmeel.prefix/include -ffile-prefix-map=$cache=/avif"
options=(-DAOM_TARGET_CPU=arm64 -DENABLE_NEON=1)
for off in ENABLE_ARM_CRC32 ENABLE_NEON_DOTPROD ENABLE_NEON_I8MM ENABLE_SVE ENABLE_SVE2 ENABLE_TESTS ENABLE_TESTDATA ENABLE_TOOLS \
  ENABLE_EXAMPLES ENABLE_DOCS CONFIG_RUNTIME_CPU_DETECT CONFIG_MULTITHREAD CONFIG_AV1_DECODER CONFIG_OS_SUPPORT CONFIG_WEBM_IO \
  CONFIG_LIBYUV CONFIG_PIC CONFIG_AV1_TEMPORAL_DENOISING; do
  options+=("-D$off=0")
done
# CMake keeps the flags of its first run, and each run of it writes what every object depends on.
stamp="$flags ${options[*]} $(cat src/toolchain.cmake aom/CMakeLists.txt | sha256sum)"
if [ "$(cat objects/stamp 2> /dev/null)" != "$stamp" ]; then
  rm -rf objects
  IMGSRC_FLAGS="$flags" cmake -Wno-dev -G Ninja -S aom -B objects -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_TOOLCHAIN_FILE="$cache/src/toolchain.cmake" "${options[@]}" > cmake.log
  echo "$stamp" > objects/stamp
fi
ninja -C objects ${JOBS:+-j"$JOBS"} aom > ninja.log || { tail -n 30 ninja.log >&2; exit 1; }

compile() { # source
  clang-22 --target=wasm32-wasi $flags -O3 -DNDEBUG -DAVIF_CODEC_AOM=1 -DAVIF_CODEC_AOM_ENCODE=1 -Ilibavif/include -Iaom \
    -c "$1" -o "own/$(basename "$1" .c).o"
}
for name in avif alpha codec_aom colr colrconvert diag exif gainmap io mem obu properties rawdata read reformat \
  reformat_libsharpyuv reformat_libyuv sampletransform stream utils write; do
  compile "libavif/src/$name.c"
done
for name in encode scale wasi; do compile "src/$name.c"; done
out="${1:-$here/../wasm/avif_enc.wasm}"
clang-22 --target=wasm32-wasi -Wno-deprecated -mexec-model=reactor -O3 \
  -Wl,--gc-sections,--strip-all,-z,stack-size=1048576,--max-memory=536870912 own/*.o objects/libaom.a -lm -o "$out"
echo "$(sha256sum < "$out" | cut -d' ' -f1)  $(stat -c %s "$out") bytes"
