// libaom's NEON code runs as SIMD128 through SIMDe.
#pragma once
#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_FLOAT16_API 1 // portable: WASM has no half floats
#include <simde/arm/neon.h>
