/* The integer SSE2 intrinsics that libwebp uses, as WebAssembly SIMD128. Other targets get the compiler's own header.
   Shift counts are below the lane's width and shuffle masks constant in all of its calls. */
#if !defined(__wasm__)
#include_next <emmintrin.h>
#elif !defined(IMGSRC_EMMINTRIN_H)
#define IMGSRC_EMMINTRIN_H

#include <stdint.h>
#include <string.h>
#include <wasm_simd128.h>

#define SIMD __attribute__((always_inline))
typedef v128_t __m128i;
#define _MM_SHUFFLE(d, c, b, a) (((d) << 6) | ((c) << 4) | ((b) << 2) | (a))

/* One instruction each. */
static inline SIMD __m128i _mm_add_epi8(__m128i a, __m128i b) { return wasm_i8x16_add(a, b); }
static inline SIMD __m128i _mm_add_epi16(__m128i a, __m128i b) { return wasm_i16x8_add(a, b); }
static inline SIMD __m128i _mm_add_epi32(__m128i a, __m128i b) { return wasm_i32x4_add(a, b); }
static inline SIMD __m128i _mm_add_epi64(__m128i a, __m128i b) { return wasm_i64x2_add(a, b); }
static inline SIMD __m128i _mm_sub_epi8(__m128i a, __m128i b) { return wasm_i8x16_sub(a, b); }
static inline SIMD __m128i _mm_sub_epi16(__m128i a, __m128i b) { return wasm_i16x8_sub(a, b); }
static inline SIMD __m128i _mm_sub_epi32(__m128i a, __m128i b) { return wasm_i32x4_sub(a, b); }
static inline SIMD __m128i _mm_sub_epi64(__m128i a, __m128i b) { return wasm_i64x2_sub(a, b); }
static inline SIMD __m128i _mm_adds_epi8(__m128i a, __m128i b) { return wasm_i8x16_add_sat(a, b); }
static inline SIMD __m128i _mm_adds_epi16(__m128i a, __m128i b) { return wasm_i16x8_add_sat(a, b); }
static inline SIMD __m128i _mm_adds_epu8(__m128i a, __m128i b) { return wasm_u8x16_add_sat(a, b); }
static inline SIMD __m128i _mm_adds_epu16(__m128i a, __m128i b) { return wasm_u16x8_add_sat(a, b); }
static inline SIMD __m128i _mm_subs_epi8(__m128i a, __m128i b) { return wasm_i8x16_sub_sat(a, b); }
static inline SIMD __m128i _mm_subs_epi16(__m128i a, __m128i b) { return wasm_i16x8_sub_sat(a, b); }
static inline SIMD __m128i _mm_subs_epu8(__m128i a, __m128i b) { return wasm_u8x16_sub_sat(a, b); }
static inline SIMD __m128i _mm_subs_epu16(__m128i a, __m128i b) { return wasm_u16x8_sub_sat(a, b); }
static inline SIMD __m128i _mm_avg_epu8(__m128i a, __m128i b) { return wasm_u8x16_avgr(a, b); }
static inline SIMD __m128i _mm_mullo_epi16(__m128i a, __m128i b) { return wasm_i16x8_mul(a, b); }
static inline SIMD __m128i _mm_mullo_epi32(__m128i a, __m128i b) { return wasm_i32x4_mul(a, b); }
static inline SIMD __m128i _mm_madd_epi16(__m128i a, __m128i b) { return wasm_i32x4_dot_i16x8(a, b); }
static inline SIMD __m128i _mm_and_si128(__m128i a, __m128i b) { return wasm_v128_and(a, b); }
static inline SIMD __m128i _mm_or_si128(__m128i a, __m128i b) { return wasm_v128_or(a, b); }
static inline SIMD __m128i _mm_xor_si128(__m128i a, __m128i b) { return wasm_v128_xor(a, b); }
static inline SIMD __m128i _mm_cmpeq_epi8(__m128i a, __m128i b) { return wasm_i8x16_eq(a, b); }
static inline SIMD __m128i _mm_cmpeq_epi16(__m128i a, __m128i b) { return wasm_i16x8_eq(a, b); }
static inline SIMD __m128i _mm_cmpeq_epi32(__m128i a, __m128i b) { return wasm_i32x4_eq(a, b); }
static inline SIMD __m128i _mm_cmpgt_epi8(__m128i a, __m128i b) { return wasm_i8x16_gt(a, b); }
static inline SIMD __m128i _mm_cmpgt_epi16(__m128i a, __m128i b) { return wasm_i16x8_gt(a, b); }
static inline SIMD __m128i _mm_cmpgt_epi32(__m128i a, __m128i b) { return wasm_i32x4_gt(a, b); }
static inline SIMD __m128i _mm_min_epi16(__m128i a, __m128i b) { return wasm_i16x8_min(a, b); }
static inline SIMD __m128i _mm_max_epi16(__m128i a, __m128i b) { return wasm_i16x8_max(a, b); }
static inline SIMD __m128i _mm_min_epu8(__m128i a, __m128i b) { return wasm_u8x16_min(a, b); }
static inline SIMD __m128i _mm_max_epu8(__m128i a, __m128i b) { return wasm_u8x16_max(a, b); }
static inline SIMD __m128i _mm_packus_epi16(__m128i a, __m128i b) { return wasm_u8x16_narrow_i16x8(a, b); }
static inline SIMD __m128i _mm_packs_epi16(__m128i a, __m128i b) { return wasm_i8x16_narrow_i16x8(a, b); }
static inline SIMD __m128i _mm_packs_epi32(__m128i a, __m128i b) { return wasm_i16x8_narrow_i32x4(a, b); }
static inline SIMD __m128i _mm_unpacklo_epi8(__m128i a, __m128i b) { return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23); }
static inline SIMD __m128i _mm_unpackhi_epi8(__m128i a, __m128i b) { return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31); }
static inline SIMD __m128i _mm_unpacklo_epi16(__m128i a, __m128i b) { return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
static inline SIMD __m128i _mm_unpackhi_epi16(__m128i a, __m128i b) { return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
static inline SIMD __m128i _mm_unpacklo_epi32(__m128i a, __m128i b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
static inline SIMD __m128i _mm_unpackhi_epi32(__m128i a, __m128i b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }
static inline SIMD __m128i _mm_unpacklo_epi64(__m128i a, __m128i b) { return wasm_i64x2_shuffle(a, b, 0, 2); }
static inline SIMD __m128i _mm_unpackhi_epi64(__m128i a, __m128i b) { return wasm_i64x2_shuffle(a, b, 1, 3); }
#define _mm_slli_epi16(a, n) wasm_i16x8_shl((a), (n))
#define _mm_srai_epi16(a, n) wasm_i16x8_shr((a), (n))
#define _mm_srli_epi16(a, n) wasm_u16x8_shr((a), (n))
#define _mm_srai_epi32(a, n) wasm_i32x4_shr((a), (n))
#define _mm_srli_epi32(a, n) wasm_u32x4_shr((a), (n))
#define _mm_slli_epi64(a, n) wasm_i64x2_shl((a), (n))
#define _mm_srli_epi64(a, n) wasm_u64x2_shr((a), (n))
static inline SIMD __m128i _mm_andnot_si128(__m128i a, __m128i b) { return wasm_v128_andnot(b, a); }
static inline SIMD __m128i _mm_setzero_si128(void) { return wasm_i32x4_const_splat(0); }
static inline SIMD __m128i _mm_set1_epi8(int8_t v) { return wasm_i8x16_splat(v); }
static inline SIMD __m128i _mm_set1_epi16(int16_t v) { return wasm_i16x8_splat(v); }
static inline SIMD __m128i _mm_set1_epi32(int32_t v) { return wasm_i32x4_splat(v); }
static inline SIMD int _mm_movemask_epi8(__m128i a) { return (int)wasm_i8x16_bitmask(a); }
static inline SIMD int _mm_cvtsi128_si32(__m128i a) { return wasm_i32x4_extract_lane(a, 0); }
static inline SIMD __m128i _mm_cvtsi32_si128(int v) { return wasm_i32x4_replace_lane(wasm_i32x4_const_splat(0), 0, v); }

/* Memory; no alignment is asked for. */
static inline SIMD __m128i _mm_loadu_si128(const __m128i* p) { return wasm_v128_load(p); }
static inline SIMD __m128i _mm_load_si128(const __m128i* p) { return wasm_v128_load(p); }
static inline SIMD __m128i _mm_loadl_epi64(const __m128i* p) { return wasm_v128_load64_zero(p); }
static inline SIMD void _mm_storeu_si128(__m128i* p, __m128i a) { wasm_v128_store(p, a); }
static inline SIMD void _mm_store_si128(__m128i* p, __m128i a) { wasm_v128_store(p, a); }
static inline SIMD void _mm_storel_epi64(__m128i* p, __m128i a) { wasm_v128_store64_lane(p, a, 0); }
static inline void _mm_maskmoveu_si128(__m128i a, __m128i mask, char* p) {
  uint8_t from[16], which[16];
  wasm_v128_store(from, a);
  wasm_v128_store(which, mask);
  for (int i = 0; i < 16; ++i) {
    if (which[i] & 0x80) p[i] = (char)from[i];
  }
}

/* Values from the last argument (lane 0) to the first. */
#define _mm_set_epi32(d, c, b, a) wasm_i32x4_make((a), (b), (c), (d))
#define _mm_set_epi16(h, g, f, e, d, c, b, a) wasm_i16x8_make((a), (b), (c), (d), (e), (f), (g), (h))
#define _mm_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
  wasm_i8x16_make((a), (b), (c), (d), (e), (f), (g), (h), (i), (j), (k), (l), (m), (n), (o), (p))
#define _mm_set_epi8(p, o, n, m, l, k, j, i, h, g, f, e, d, c, b, a) \
  _mm_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
#define _mm_insert_epi16(a, v, n) wasm_i16x8_replace_lane((a), (n), (int16_t)(v))
#define _mm_extract_epi16(a, n) ((int)wasm_u16x8_extract_lane((a), (n)))

/* Shuffles. Indices past 15 take from the second operand, here zeros. */
#define _mm_srli_si128(a, n) \
  wasm_i8x16_shuffle((a), wasm_i32x4_const_splat(0), (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, \
                     (n) + 7, (n) + 8, (n) + 9, (n) + 10, (n) + 11, (n) + 12, (n) + 13, (n) + 14, (n) + 15)
#define _mm_slli_si128(a, n)                                                                                   \
  wasm_i8x16_shuffle(wasm_i32x4_const_splat(0), (a), 16 - (n), 17 - (n), 18 - (n), 19 - (n), 20 - (n), 21 - (n), \
                     22 - (n), 23 - (n), 24 - (n), 25 - (n), 26 - (n), 27 - (n), 28 - (n), 29 - (n), 30 - (n), 31 - (n))
#define _mm_shuffle_epi32(a, m) \
  wasm_i32x4_shuffle((a), (a), (m) & 3, ((m) >> 2) & 3, ((m) >> 4) & 3, ((m) >> 6) & 3)
#define _mm_shufflelo_epi16(a, m) \
  wasm_i16x8_shuffle((a), (a), (m) & 3, ((m) >> 2) & 3, ((m) >> 4) & 3, ((m) >> 6) & 3, 4, 5, 6, 7)
#define _mm_shufflehi_epi16(a, m)                                                                             \
  wasm_i16x8_shuffle((a), (a), 0, 1, 2, 3, 4 + ((m) & 3), 4 + (((m) >> 2) & 3), 4 + (((m) >> 4) & 3), \
                     4 + (((m) >> 6) & 3))

/* Several instructions each. */
static inline SIMD __m128i _mm_mulhi_epi16(__m128i a, __m128i b) {
  const __m128i lo = wasm_i32x4_extmul_low_i16x8(a, b), hi = wasm_i32x4_extmul_high_i16x8(a, b);
  return wasm_i16x8_shuffle(lo, hi, 1, 3, 5, 7, 9, 11, 13, 15);
}
static inline SIMD __m128i _mm_mulhi_epu16(__m128i a, __m128i b) {
  const __m128i lo = wasm_u32x4_extmul_low_u16x8(a, b), hi = wasm_u32x4_extmul_high_u16x8(a, b);
  return wasm_i16x8_shuffle(lo, hi, 1, 3, 5, 7, 9, 11, 13, 15);
}
static inline SIMD __m128i _mm_mul_epu32(__m128i a, __m128i b) {
  return wasm_u64x2_extmul_low_u32x4(wasm_i32x4_shuffle(a, a, 0, 2, 0, 2), wasm_i32x4_shuffle(b, b, 0, 2, 0, 2));
}
static inline SIMD __m128i _mm_sad_epu8(__m128i a, __m128i b) {
  const __m128i d = wasm_i8x16_sub(wasm_u8x16_max(a, b), wasm_u8x16_min(a, b));
  const __m128i s = wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(d));
  return wasm_i64x2_add(wasm_v128_and(s, wasm_i64x2_const_splat(0xffffffff)), wasm_u64x2_shr(s, 32));
}
#endif
