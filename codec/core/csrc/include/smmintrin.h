/* The SSSE3 and SSE4.1 intrinsics that libwebp uses, as WebAssembly SIMD128. */
#if !defined(__wasm__)
#include_next <smmintrin.h>
#elif !defined(IMGSRC_SMMINTRIN_H)
#define IMGSRC_SMMINTRIN_H

#include <emmintrin.h>

static inline SIMD __m128i _mm_abs_epi16(__m128i a) { return wasm_i16x8_abs(a); }
static inline SIMD __m128i _mm_cvtepu8_epi16(__m128i a) { return wasm_u16x8_extend_low_u8x16(a); }
/* Bytes whose index has its top bit set become 0; of other indices the low four bits count. */
static inline SIMD __m128i _mm_shuffle_epi8(__m128i a, __m128i index) {
  return wasm_i8x16_swizzle(a, wasm_v128_and(index, wasm_i8x16_const_splat((int8_t)0x8f)));
}
static inline SIMD __m128i _mm_sign_epi16(__m128i a, __m128i b) {
  const __m128i zero = wasm_i32x4_const_splat(0), negative = wasm_i16x8_lt(b, zero);
  const __m128i turned = wasm_i16x8_sub(wasm_v128_xor(a, negative), negative);
  return wasm_v128_andnot(turned, wasm_i16x8_eq(b, zero));
}
static inline SIMD __m128i _mm_hadd_epi32(__m128i a, __m128i b) {
  return wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 2, 4, 6), wasm_i32x4_shuffle(a, b, 1, 3, 5, 7));
}
static inline SIMD __m128i _mm_blendv_epi8(__m128i a, __m128i b, __m128i mask) {
  return wasm_v128_bitselect(b, a, wasm_i8x16_shr(mask, 7));
}
#define _mm_blend_epi16(a, b, m)                                                                                     \
  wasm_i16x8_shuffle((a), (b), ((m) & 1) * 8, 1 + ((m) >> 1 & 1) * 8, 2 + ((m) >> 2 & 1) * 8, 3 + ((m) >> 3 & 1) * 8, \
                     4 + ((m) >> 4 & 1) * 8, 5 + ((m) >> 5 & 1) * 8, 6 + ((m) >> 6 & 1) * 8, 7 + ((m) >> 7 & 1) * 8)
#define _mm_extract_epi8(a, n) ((int)wasm_u8x16_extract_lane((a), (n)))
#endif
