/* The search for prediction modes in libwebp's lossy encoder, methods 3 and 4, as WebAssembly SIMD128: most of its
   time. It takes two blocks of 4x4 at once, and works out what the reference does once a mode once a block: the spectrum
   of the source, the edge's averages. Decisions, and so the file's bytes, are those of the library's own search, which is
   included whole: it does the other methods, and the self-test compares with it.

   A pair of blocks A and B lies in columns: of bytes [A c0 | B c0 | A c1 | B c1], [A c2 | B c2 | A c3 | B c3], four
   rows each; of 16 bits one vector a column, A's four rows before B's. Coefficients: a vector has four of A, four of B. */
#define VP8Decimate VP8DecimateReference
#include "src/enc/quant_enc.c"
#undef VP8Decimate
#include <wasm_simd128.h>

#define INLINE static inline __attribute__((always_inline))

typedef struct { v128_t c01, c23; } Columns;
typedef struct { v128_t v[4]; } Four;

/* What of a segment's matrix goes with a pair. */
typedef struct { Four iq, q, sharpen, bias; } PairMatrix;

/* What the search needs of the macroblock's luma: by pairs, and by blocks. */
typedef struct {
  Columns pairs[8];
  int spectrum[16];
} Source;

INLINE v128_t Low16(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
INLINE v128_t High16(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
INLINE v128_t Low32(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
INLINE v128_t High32(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }
INLINE v128_t Low8(v128_t a, v128_t b) {
  return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
INLINE v128_t High8(v128_t a, v128_t b) {
  return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/* Two blocks side by side. */
INLINE Columns LoadPair(const uint8_t* p) {
  const v128_t even = Low8(wasm_v128_load64_zero(p), wasm_v128_load64_zero(p + 2 * BPS));
  const v128_t odd = Low8(wasm_v128_load64_zero(p + BPS), wasm_v128_load64_zero(p + 3 * BPS));
  const v128_t a = Low8(even, odd), b = High8(even, odd);
  return (Columns){Low32(a, b), High32(a, b)};
}

INLINE void StorePair(Columns c, uint8_t* p) {
  const v128_t rows01 =
      wasm_i8x16_shuffle(c.c01, c.c23, 0, 8, 16, 24, 4, 12, 20, 28, 1, 9, 17, 25, 5, 13, 21, 29);
  const v128_t rows23 =
      wasm_i8x16_shuffle(c.c01, c.c23, 2, 10, 18, 26, 6, 14, 22, 30, 3, 11, 19, 27, 7, 15, 23, 31);
  wasm_v128_store64_lane(p, rows01, 0);
  wasm_v128_store64_lane(p + BPS, rows01, 1);
  wasm_v128_store64_lane(p + 2 * BPS, rows23, 0);
  wasm_v128_store64_lane(p + 3 * BPS, rows23, 1);
}

/* Block A or B of a pair. */
INLINE void StoreBlock(Columns c, int which, uint8_t* p) {
  const v128_t a = wasm_i8x16_shuffle(c.c01, c.c23, 0, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27);
  const v128_t b = wasm_i8x16_shuffle(c.c01, c.c23, 4, 12, 20, 28, 5, 13, 21, 29, 6, 14, 22, 30, 7, 15, 23, 31);
  const v128_t rows = which ? b : a;
  wasm_v128_store32_lane(p, rows, 0);
  wasm_v128_store32_lane(p + BPS, rows, 1);
  wasm_v128_store32_lane(p + 2 * BPS, rows, 2);
  wasm_v128_store32_lane(p + 3 * BPS, rows, 3);
}

INLINE Four Widen(Columns c) {
  return (Four){{wasm_u16x8_extend_low_u8x16(c.c01), wasm_u16x8_extend_high_u8x16(c.c01),
                 wasm_u16x8_extend_low_u8x16(c.c23), wasm_u16x8_extend_high_u8x16(c.c23)}};
}

INLINE Four Minus(Four a, Four b) {
  return (Four){{wasm_i16x8_sub(a.v[0], b.v[0]), wasm_i16x8_sub(a.v[1], b.v[1]), wasm_i16x8_sub(a.v[2], b.v[2]),
                 wasm_i16x8_sub(a.v[3], b.v[3])}};
}

/* Each block by itself. */
INLINE Four Transpose(Four f) {
  const v128_t a01 = Low16(f.v[0], f.v[1]), a23 = Low16(f.v[2], f.v[3]);
  const v128_t b01 = High16(f.v[0], f.v[1]), b23 = High16(f.v[2], f.v[3]);
  const v128_t al = Low32(a01, a23), ah = High32(a01, a23), bl = Low32(b01, b23), bh = High32(b01, b23);
  return (Four){{wasm_i64x2_shuffle(al, bl, 0, 2), wasm_i64x2_shuffle(al, bl, 1, 3),
                 wasm_i64x2_shuffle(ah, bh, 0, 2), wasm_i64x2_shuffle(ah, bh, 1, 3)}};
}

/* (x * kx + y * ky + round) >> shift in 32 bits. */
#define ROTATE(lo, hi, k, round, shift)                                                               \
  wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(wasm_i32x4_dot_i16x8(lo, k), round), shift), \
                          wasm_i32x4_shr(wasm_i32x4_add(wasm_i32x4_dot_i16x8(hi, k), round), shift))

/* The forward transform of differences in columns. */
INLINE Four Forward(Four d) {
  const v128_t k1 = wasm_i16x8_const(2217, 5352, 2217, 5352, 2217, 5352, 2217, 5352);
  const v128_t k3 = wasm_i16x8_const(-5352, 2217, -5352, 2217, -5352, 2217, -5352, 2217);
  v128_t a0 = wasm_i16x8_add(d.v[0], d.v[3]), a1 = wasm_i16x8_add(d.v[1], d.v[2]);
  v128_t a2 = wasm_i16x8_sub(d.v[1], d.v[2]), a3 = wasm_i16x8_sub(d.v[0], d.v[3]);
  v128_t lo = Low16(a2, a3), hi = High16(a2, a3);
  const Four t = Transpose((Four){{wasm_i16x8_shl(wasm_i16x8_add(a0, a1), 3),
                                   ROTATE(lo, hi, k1, wasm_i32x4_const_splat(1812), 9),
                                   wasm_i16x8_shl(wasm_i16x8_sub(a0, a1), 3),
                                   ROTATE(lo, hi, k3, wasm_i32x4_const_splat(937), 9)}});
  const v128_t seven = wasm_i16x8_const_splat(7);
  a0 = wasm_i16x8_add(wasm_i16x8_add(t.v[0], t.v[3]), seven), a1 = wasm_i16x8_add(t.v[1], t.v[2]);
  a2 = wasm_i16x8_sub(t.v[1], t.v[2]), a3 = wasm_i16x8_sub(t.v[0], t.v[3]);
  lo = Low16(a2, a3), hi = High16(a2, a3);
  /* One more where a3 is not 0: one always, less the mask of those that are. */
  const v128_t f1 = ROTATE(lo, hi, k1, wasm_i32x4_const_splat(12000 + (1 << 16)), 16);
  return (Four){{wasm_i16x8_shr(wasm_i16x8_add(a0, a1), 4),
                 wasm_i16x8_add(f1, wasm_i16x8_eq(a3, wasm_i16x8_const_splat(0))),
                 wasm_i16x8_shr(wasm_i16x8_sub(a0, a1), 4),
                 ROTATE(lo, hi, k3, wasm_i32x4_const_splat(51000), 16)}};
}

/* One pass of the inverse; `x` has the rounding. Factors are 1 + k / 65536, each product rounded down by itself. */
INLINE Four InversePass(v128_t x, v128_t y, v128_t z, v128_t w) {
  const v128_t k1_ = wasm_i16x8_const(20091, 0, 20091, 0, 20091, 0, 20091, 0);
  const v128_t _k1 = wasm_i16x8_const(0, 20091, 0, 20091, 0, 20091, 0, 20091);
  const v128_t k2_ = wasm_i16x8_const(-30068, 0, -30068, 0, -30068, 0, -30068, 0);
  const v128_t _k2 = wasm_i16x8_const(0, -30068, 0, -30068, 0, -30068, 0, -30068);
  const v128_t lo = Low16(y, w), hi = High16(y, w);
#define PART(half, k) wasm_i32x4_shr(wasm_i32x4_dot_i16x8(half, k), 16)
  const v128_t c4 = wasm_i16x8_narrow_i32x4(wasm_i32x4_sub(PART(lo, k2_), PART(lo, _k1)),
                                            wasm_i32x4_sub(PART(hi, k2_), PART(hi, _k1)));
  const v128_t d4 = wasm_i16x8_narrow_i32x4(wasm_i32x4_add(PART(lo, k1_), PART(lo, _k2)),
                                            wasm_i32x4_add(PART(hi, k1_), PART(hi, _k2)));
#undef PART
  const v128_t a = wasm_i16x8_add(x, z), b = wasm_i16x8_sub(x, z);
  const v128_t c = wasm_i16x8_add(wasm_i16x8_sub(y, w), c4), d = wasm_i16x8_add(wasm_i16x8_add(y, w), d4);
  return (Four){{wasm_i16x8_add(a, d), wasm_i16x8_add(b, c), wasm_i16x8_sub(b, c), wasm_i16x8_sub(a, d)}};
}

/* The inverse transform onto a prediction. */
INLINE Columns Inverse(Four in, Four ref) {
  const Four t = Transpose(InversePass(in.v[0], in.v[1], in.v[2], in.v[3]));
  const v128_t x = wasm_i16x8_add(t.v[0], wasm_i16x8_const_splat(4));
  Four c = InversePass(x, t.v[1], t.v[2], t.v[3]);
  for (int i = 0; i < 4; ++i) c.v[i] = wasm_i16x8_add(ref.v[i], wasm_i16x8_shr(c.v[i], 3));
  return (Columns){wasm_u8x16_narrow_i16x8(c.v[0], c.v[1]), wasm_u8x16_narrow_i16x8(c.v[2], c.v[3])};
}

INLINE PairMatrix MatrixOfPair(const VP8Matrix* m) {
  PairMatrix p;
  for (int i = 0; i < 4; ++i) {
    p.iq.v[i] = wasm_v128_load64_splat(&m->iq[4 * i]);
    p.q.v[i] = wasm_v128_load64_splat(&m->q[4 * i]);
    p.sharpen.v[i] = wasm_v128_load64_splat(&m->sharpen[4 * i]);
    p.bias.v[i] = wasm_v128_load(&m->bias[4 * i]);
  }
  return p;
}

/* Levels; `in` becomes what they stand for. */
INLINE Four Quantize(const PairMatrix* m, Four* in) {
  Four levels;
  for (int i = 0; i < 4; ++i) {
    const v128_t sign = wasm_i16x8_shr(in->v[i], 15);
    const v128_t size = wasm_i16x8_add(wasm_i16x8_abs(in->v[i]), m->sharpen.v[i]);
    const v128_t lo = wasm_i32x4_add(wasm_u32x4_extmul_low_u16x8(size, m->iq.v[i]), m->bias.v[i]);
    const v128_t hi = wasm_i32x4_add(wasm_u32x4_extmul_high_u16x8(size, m->iq.v[i]), m->bias.v[i]);
    v128_t level = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(lo, QFIX), wasm_i32x4_shr(hi, QFIX));
    level = wasm_i16x8_min(level, wasm_i16x8_const_splat(MAX_LEVEL));
    levels.v[i] = wasm_i16x8_sub(wasm_v128_xor(level, sign), sign);
    in->v[i] = wasm_i16x8_mul(levels.v[i], m->q.v[i]);
  }
  return levels;
}

/* Bits of what is not 0: A's in 0x0f0f0f0f, its first coefficient in bit 0; B's four bits above. */
#define ALL_OF_A 0x0f0f0f0fu
#define AC_OF_A 0x0f0f0f0eu
INLINE uint32_t NonZero(Four levels) {
  const v128_t zero = wasm_i8x16_const_splat(0);
  const uint32_t lo = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_i8x16_narrow_i16x8(levels.v[0], levels.v[1]), zero));
  const uint32_t hi = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_i8x16_narrow_i16x8(levels.v[2], levels.v[3]), zero));
  return ~(lo | hi << 16);
}

/* Levels of block A or B in the order in which they are coded. */
INLINE void StoreLevels(Four levels, int which, int16_t out[16]) {
  const v128_t lo = which ? wasm_i64x2_shuffle(levels.v[0], levels.v[1], 1, 3)
                          : wasm_i64x2_shuffle(levels.v[0], levels.v[1], 0, 2);
  const v128_t hi = which ? wasm_i64x2_shuffle(levels.v[2], levels.v[3], 1, 3)
                          : wasm_i64x2_shuffle(levels.v[2], levels.v[3], 0, 2);
  wasm_v128_store(out, wasm_i16x8_shuffle(lo, hi, 0, 1, 4, 8, 5, 2, 3, 6));
  wasm_v128_store(out + 8, wasm_i16x8_shuffle(lo, hi, 9, 12, 13, 10, 7, 11, 14, 15));
}

/* Squares of the differences, as two lanes of A and two of B. */
INLINE v128_t Squares(Four d) {
  return wasm_i32x4_add(
      wasm_i32x4_add(wasm_i32x4_dot_i16x8(d.v[0], d.v[0]), wasm_i32x4_dot_i16x8(d.v[1], d.v[1])),
      wasm_i32x4_add(wasm_i32x4_dot_i16x8(d.v[2], d.v[2]), wasm_i32x4_dot_i16x8(d.v[3], d.v[3])));
}

INLINE Four Hadamard(Four f) {
  const v128_t a0 = wasm_i16x8_add(f.v[0], f.v[2]), a1 = wasm_i16x8_add(f.v[1], f.v[3]);
  const v128_t a2 = wasm_i16x8_sub(f.v[1], f.v[3]), a3 = wasm_i16x8_sub(f.v[0], f.v[2]);
  return (Four){{wasm_i16x8_add(a0, a1), wasm_i16x8_add(a3, a2), wasm_i16x8_sub(a3, a2), wasm_i16x8_sub(a0, a1)}};
}

/* The weighted spectrum, as two lanes of A and two of B. Weights are symmetric: columns or rows is the same. */
INLINE v128_t Spectrum(Four f) {
  const Four h = Hadamard(Transpose(Hadamard(f)));
  v128_t sum = wasm_i32x4_const_splat(0);
  for (int i = 0; i < 4; ++i) {
    const v128_t weights = wasm_v128_load64_splat(&kWeightY[4 * i]);
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_i16x8_abs(h.v[i]), weights));
  }
  return sum;
}

/* [x of A, x of B, y of A, y of B] */
INLINE v128_t Totals(v128_t x, v128_t y) {
  return wasm_i32x4_add(wasm_i32x4_shuffle(x, y, 0, 2, 4, 6), wasm_i32x4_shuffle(x, y, 1, 3, 5, 7));
}

/* Squared error of both blocks together, and what their spectra differ from the source's, added to. */
INLINE void AddDistortion(Four source, Columns made, const int spectrum[2], v128_t* squares, int* texture) {
  const Four got = Widen(made);
  *squares = wasm_i32x4_add(*squares, Squares(Minus(source, got)));
  if (spectrum == NULL) return;
  const v128_t s = Spectrum(got), t = Totals(s, s);
  *texture += abs(wasm_i32x4_extract_lane(t, 0) - spectrum[0]) >> 5;
  *texture += abs(wasm_i32x4_extract_lane(t, 1) - spectrum[1]) >> 5;
}

INLINE int SumOf(v128_t v) {
  return wasm_i32x4_extract_lane(v, 0) + wasm_i32x4_extract_lane(v, 1) + wasm_i32x4_extract_lane(v, 2) +
         wasm_i32x4_extract_lane(v, 3);
}

static void ReadSource(const uint8_t* luma, Source* source) {
  for (int n = 0; n < 16; n += 2) {
    const Columns pair = LoadPair(luma + VP8Scan[n]);
    const v128_t s = Spectrum(Widen(pair));
    source->pairs[n / 2] = pair;
    wasm_v128_store64_lane(&source->spectrum[n], Totals(s, s), 0);
  }
}

/* Bits for a block's levels, in 1/256; as VP8GetResidualCost. */
INLINE int CostOf(const VP8EncProba* proba, int type, int first, int context, const int16_t levels[16], int* nz) {
  const v128_t lo = wasm_i16x8_abs(wasm_v128_load(levels)), hi = wasm_i16x8_abs(wasm_v128_load(levels + 8));
  const v128_t bytes = wasm_i8x16_narrow_i16x8(lo, hi);
  const uint32_t zeros = wasm_i8x16_bitmask(wasm_i8x16_eq(bytes, wasm_i8x16_const_splat(0)));
  const int p0 = proba->coeffs[type][first][context][0];
  *nz = zeros != 0xffff;
  if (!*nz) return VP8BitCost(0, p0);
  const int last = 31 - __builtin_clz(~zeros & 0xffff);
  uint16_t sizes[16];
  uint8_t contexts[16], clamped[16];
  wasm_v128_store(sizes, lo);
  wasm_v128_store(sizes + 8, hi);
  wasm_v128_store(contexts, wasm_u8x16_min(bytes, wasm_i8x16_const_splat(2)));
  wasm_v128_store(clamped, wasm_u8x16_min(bytes, wasm_i8x16_const_splat(MAX_VARIABLE_LEVEL)));
  const uint16_t* table = proba->remapped_costs[type][first][context];
  int cost = context == 0 ? VP8BitCost(1, p0) : 0;
  for (int n = first; n < last; ++n) {
    cost += VP8LevelFixedCosts[sizes[n]] + table[clamped[n]];
    table = proba->remapped_costs[type][n + 1][contexts[n]];
  }
  cost += VP8LevelFixedCosts[sizes[last]] + table[clamped[last]];
  if (last < 15) cost += VP8BitCost(0, proba->coeffs[type][VP8EncBands[last + 1]][contexts[last]][0]);
  return cost;
}

/* The ten predictions of a 4x4 block, as pairs, from its edge: [L K J I X A B C D E F G H]. */
INLINE void PredictIntra4(const uint8_t* top, Columns pairs[5]) {
  const v128_t edge = wasm_i8x16_shuffle(wasm_v128_load64_zero(top - 5), wasm_v128_load64_zero(top), 0, 0, 1, 2, 3, 4,
                                         16, 17, 18, 19, 20, 21, 22, 23, 23, 23);
  const v128_t next = wasm_i8x16_shuffle(edge, edge, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15);
  const v128_t after = wasm_i8x16_shuffle(edge, edge, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15);
  const v128_t two = wasm_u8x16_avgr(edge, next);
  const v128_t odd = wasm_v128_and(wasm_v128_xor(edge, after), wasm_i8x16_const_splat(1));
  const v128_t three = wasm_u8x16_avgr(next, wasm_i8x16_sub(wasm_u8x16_avgr(edge, after), odd));
  /* DC and true motion. */
  const int dc = (top[0] + top[1] + top[2] + top[3] + top[-2] + top[-3] + top[-4] + top[-5] + 4) >> 3;
  const v128_t flat = wasm_i8x16_splat((int8_t)dc);
  const v128_t left = wasm_u16x8_extend_low_u8x16(
      wasm_i8x16_shuffle(edge, edge, 4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1));
  const v128_t above = wasm_i8x16_shuffle(edge, edge, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9, 9);
  const v128_t rise = wasm_i16x8_sub(left, wasm_i16x8_splat(top[-1]));
  const v128_t motion = wasm_u8x16_narrow_i16x8(wasm_i16x8_add(rise, wasm_u16x8_extend_low_u8x16(above)),
                                                wasm_i16x8_add(rise, wasm_u16x8_extend_high_u8x16(above)));
  pairs[0] = (Columns){Low32(flat, motion), High32(flat, motion)};
#define FROM_EDGE(...) wasm_i8x16_shuffle(three, two, __VA_ARGS__)
  /* Vertical and horizontal. */
  pairs[1] = (Columns){FROM_EDGE(5, 5, 5, 5, 3, 2, 1, 0, 6, 6, 6, 6, 3, 2, 1, 0),
                       FROM_EDGE(7, 7, 7, 7, 3, 2, 1, 0, 8, 8, 8, 8, 3, 2, 1, 0)};
  /* Right-down and vertical-right. */
  pairs[2] = (Columns){FROM_EDGE(4, 3, 2, 1, 21, 4, 3, 2, 5, 4, 3, 2, 22, 5, 21, 4),
                       FROM_EDGE(6, 5, 4, 3, 23, 6, 22, 5, 7, 6, 5, 4, 24, 7, 23, 6)};
  /* Left-down and vertical-left. */
  pairs[3] = (Columns){FROM_EDGE(6, 7, 8, 9, 22, 6, 23, 7, 7, 8, 9, 10, 23, 7, 24, 8),
                       FROM_EDGE(8, 9, 10, 11, 24, 8, 25, 9, 9, 10, 11, 12, 25, 9, 10, 11)};
  /* Horizontal-down and horizontal-up. */
  pairs[4] = (Columns){FROM_EDGE(20, 19, 18, 17, 19, 18, 17, 16, 4, 3, 2, 1, 2, 1, 0, 16),
                       FROM_EDGE(5, 20, 19, 18, 18, 17, 16, 16, 6, 4, 3, 2, 1, 0, 16, 16)};
#undef FROM_EDGE
}

/* One mode of a 4x4 block: scores without bits for its levels, and what it makes. */
typedef struct {
  Four levels[5];
  Columns made[5];
  uint32_t nz[5];
  int squares[10];
  int texture[10];
  score_t least[10];
} Intra4Modes;

INLINE void TryIntra4(const uint8_t* top, Four source, int spectrum, const PairMatrix* matrix, Intra4Modes* modes) {
  Columns predictions[5];
  PredictIntra4(top, predictions);
  for (int i = 0; i < 5; ++i) {
    const Four ref = Widen(predictions[i]);
    Four coefficients = Forward(Minus(source, ref));
    modes->levels[i] = Quantize(matrix, &coefficients);
    modes->made[i] = Inverse(coefficients, ref);
    modes->nz[i] = NonZero(modes->levels[i]);
    const Four got = Widen(modes->made[i]);
    const v128_t totals = Totals(Squares(Minus(source, got)), Spectrum(got));
    wasm_v128_store64_lane(&modes->squares[2 * i], totals, 0);
    const v128_t off = wasm_i32x4_abs(wasm_i32x4_sub(totals, wasm_i32x4_splat(spectrum)));
    wasm_v128_store64_lane(&modes->texture[2 * i], wasm_i32x4_shr(off, 5), 1);
  }
}

INLINE uint32_t NonZeroOf(const Intra4Modes* modes, int mode) { return modes->nz[mode / 2] >> (mode & 1) * 4; }

/* The mode with the least score, of equal ones the first: those that could still have it are tried, best hope first. */
static int BestIntra4(VP8EncIterator* it, const VP8SegmentInfo* dqm, const uint16_t* mode_costs, Intra4Modes* modes,
                      VP8ModeScore* best, int16_t best_levels[16]) {
  const VP8EncProba* const proba = &it->enc->proba;
  const int lambda = dqm->lambda_i4, context = it->top_nz[it->i4 & 3] + it->left_nz[it->i4 >> 2];
  int best_mode = -1;
  uint32_t open = (1u << NUM_BMODES) - 1;
  for (int mode = 0; mode < NUM_BMODES; ++mode) {
    const int is_flat = mode > 0 && __builtin_popcount(NonZeroOf(modes, mode) & AC_OF_A) <= FLATNESS_LIMIT_I4;
    const score_t bits = mode_costs[mode] + (is_flat ? FLATNESS_PENALTY : 0);
    modes->texture[mode] = dqm->tlambda ? MULT_8B(dqm->tlambda, modes->texture[mode]) : 0;
    modes->least[mode] = bits * lambda + (score_t)RD_DISTO_MULT * (modes->squares[mode] + modes->texture[mode]);
  }
  while (open != 0) {
    int mode = __builtin_ctz(open), nz;
    for (uint32_t rest = open & (open - 1); rest != 0; rest &= rest - 1) {
      if (modes->least[__builtin_ctz(rest)] < modes->least[mode]) mode = __builtin_ctz(rest);
    }
    open &= ~(1u << mode);
    if (best_mode >= 0 && modes->least[mode] > best->score) break;
    if (best_mode >= 0 && modes->least[mode] == best->score && mode > best_mode) continue;
    int16_t levels[16];
    StoreLevels(modes->levels[mode / 2], mode & 1, levels);
    const int cost = CostOf(proba, TYPE_I4_AC, 0, context, levels, &nz);
    const score_t score = modes->least[mode] + (score_t)cost * lambda;
    if (best_mode >= 0 && (score > best->score || (score == best->score && mode > best_mode))) continue;
    const int is_flat = mode > 0 && __builtin_popcount(NonZeroOf(modes, mode) & AC_OF_A) <= FLATNESS_LIMIT_I4;
    best->D = modes->squares[mode];
    best->SD = modes->texture[mode];
    best->H = mode_costs[mode];
    best->R = cost + (is_flat ? FLATNESS_PENALTY : 0);
    best->nz = (uint32_t)nz << it->i4;
    best->score = score;
    best_mode = mode;
    memcpy(best_levels, levels, sizeof(levels));
  }
  return best_mode;
}

/* PickBestIntra4 of the library. */
static int PickIntra4(VP8EncIterator* it, const Source* source, VP8ModeScore* rd) {
  const VP8Encoder* const enc = it->enc;
  const VP8SegmentInfo* const dqm = &enc->dqm[it->mb->segment];
  const PairMatrix matrix = MatrixOfPair(&dqm->y1);
  uint8_t* const best_blocks = it->yuv_out2 + Y_OFF_ENC;
  int total_header_bits = 0;
  VP8ModeScore rd_best;

  if (enc->max_i4_header_bits == 0) return 0;
  InitScore(&rd_best);
  rd_best.H = 211;
  SetRDScore(dqm->lambda_mode, &rd_best);
  VP8IteratorStartI4(it);
  do {
    const int n = it->i4;
    const Columns pair = source->pairs[n / 2];
    const Columns block = n & 1 ? (Columns){wasm_i32x4_shuffle(pair.c01, pair.c01, 1, 1, 3, 3),
                                            wasm_i32x4_shuffle(pair.c23, pair.c23, 1, 1, 3, 3)}
                                : (Columns){wasm_i32x4_shuffle(pair.c01, pair.c01, 0, 0, 2, 2),
                                            wasm_i32x4_shuffle(pair.c23, pair.c23, 0, 0, 2, 2)};
    const uint16_t* const mode_costs = GetCostModeI4(it, rd->modes_i4);
    VP8ModeScore rd_i4;
    Intra4Modes modes;
    InitScore(&rd_i4);
    TryIntra4(it->i4_top, Widen(block), source->spectrum[n], &matrix, &modes);
    const int best_mode = BestIntra4(it, dqm, mode_costs, &modes, &rd_i4, rd_best.y_ac_levels[n]);
    SetRDScore(dqm->lambda_mode, &rd_i4);
    AddScore(&rd_best, &rd_i4);
    if (rd_best.score >= rd->score) return 0;
    total_header_bits += (int)rd_i4.H;
    if (total_header_bits > enc->max_i4_header_bits) return 0;
    StoreBlock(modes.made[best_mode / 2], best_mode & 1, best_blocks + VP8Scan[n]);
    rd->modes_i4[n] = best_mode;
    it->top_nz[n & 3] = it->left_nz[n >> 2] = rd_i4.nz ? 1 : 0;
  } while (VP8IteratorRotateI4(it, best_blocks));

  CopyScore(rd, &rd_best);
  VP8SetIntra4Mode(it, rd->modes_i4);
  SwapOut(it);
  memcpy(rd->y_ac_levels, rd_best.y_ac_levels, sizeof(rd->y_ac_levels));
  return 1;
}

/* As VP8GetCostLuma16. */
static int CostOfLuma16(VP8EncIterator* it, const VP8ModeScore* rd) {
  const VP8EncProba* const proba = &it->enc->proba;
  int nz;
  VP8IteratorNzToBytes(it);
  int bits = CostOf(proba, TYPE_I16_DC, 0, it->top_nz[8] + it->left_nz[8], rd->y_dc_levels, &nz);
  for (int n = 0; n < 16; ++n) {
    int* const top = &it->top_nz[n & 3];
    int* const left = &it->left_nz[n >> 2];
    bits += CostOf(proba, TYPE_I16_AC, 1, *top + *left, rd->y_ac_levels[n], &nz);
    *top = *left = nz;
  }
  return bits;
}

/* One 16x16 mode: levels, distortion and non-zero bits go into `rd`, what it makes into `made`. */
static void TryIntra16(VP8EncIterator* it, const Source* source, const PairMatrix* matrix, int mode, VP8ModeScore* rd,
                       Columns made[8]) {
  const VP8SegmentInfo* const dqm = &it->enc->dqm[it->mb->segment];
  const uint8_t* const prediction = it->yuv_p + VP8I16ModeOffsets[mode];
  const v128_t ac = wasm_i16x8_const(0, -1, -1, -1, 0, -1, -1, -1);
  int16_t dc[16][16], dc_levels[16];
  Four ac_of[8];
  uint32_t nz = 0;
  for (int n = 0; n < 16; n += 2) {
    Four c = Forward(Minus(Widen(source->pairs[n / 2]), Widen(LoadPair(prediction + VP8Scan[n]))));
    dc[n][0] = wasm_i16x8_extract_lane(c.v[0], 0);
    dc[n + 1][0] = wasm_i16x8_extract_lane(c.v[0], 4);
    c.v[0] = wasm_v128_and(c.v[0], ac);
    const Four levels = Quantize(matrix, &c);
    const uint32_t bits = NonZero(levels);
    nz |= (uint32_t)((bits & ALL_OF_A) != 0) << n | (uint32_t)((bits & ~ALL_OF_A) != 0) << (n + 1);
    StoreLevels(levels, 0, rd->y_ac_levels[n]);
    StoreLevels(levels, 1, rd->y_ac_levels[n + 1]);
    ac_of[n / 2] = c;
  }
  VP8FTransformWHT(dc[0], dc_levels);
  nz |= (uint32_t)VP8EncQuantizeBlockWHT(dc_levels, rd->y_dc_levels, &dqm->y2) << 24;
  VP8TransformWHT(dc_levels, dc[0]);
  v128_t squares = wasm_i32x4_const_splat(0);
  int texture = 0;
  for (int n = 0; n < 16; n += 2) {
    Four c = ac_of[n / 2];
    c.v[0] = wasm_i16x8_replace_lane(wasm_i16x8_replace_lane(c.v[0], 0, dc[n][0]), 4, dc[n + 1][0]);
    made[n / 2] = Inverse(c, Widen(LoadPair(prediction + VP8Scan[n])));
    const int* const spectrum = dqm->tlambda ? &source->spectrum[n] : NULL;
    AddDistortion(Widen(source->pairs[n / 2]), made[n / 2], spectrum, &squares, &texture);
  }
  rd->nz = nz;
  rd->D = SumOf(squares);
  rd->SD = dqm->tlambda ? MULT_8B(dqm->tlambda, texture) : 0;
}

/* PickBestIntra16 of the library. A mode that is worse before its levels are counted is not counted. */
static void PickIntra16(VP8EncIterator* it, const Source* source, VP8ModeScore* rd) {
  VP8SegmentInfo* const dqm = &it->enc->dqm[it->mb->segment];
  const PairMatrix matrix = MatrixOfPair(&dqm->y1);
  VP8ModeScore rd_tmp;
  VP8ModeScore* rd_cur = &rd_tmp;
  VP8ModeScore* rd_best = rd;
  int is_flat = IsFlatSource16(it->yuv_in + Y_OFF_ENC);

  rd->mode_i16 = -1;
  for (int mode = 0; mode < NUM_PRED_MODES; ++mode) {
    Columns made[8];
    TryIntra16(it, source, &matrix, mode, rd_cur, made);
    rd_cur->mode_i16 = mode;
    rd_cur->H = VP8FixedCostsI16[mode];
    rd_cur->R = 0;
    is_flat = is_flat && (rd_cur->nz & 0xffff) == 0;
    if (is_flat) {
      rd_cur->D *= 2;
      rd_cur->SD *= 2;
    }
    SetRDScore(dqm->lambda_i16, rd_cur);
    if (mode > 0 && rd_cur->score >= rd_best->score) continue;
    rd_cur->R = CostOfLuma16(it, rd_cur);
    SetRDScore(dqm->lambda_i16, rd_cur);
    if (mode > 0 && rd_cur->score >= rd_best->score) continue;
    for (int n = 0; n < 16; n += 2) StorePair(made[n / 2], it->yuv_out + Y_OFF_ENC + VP8Scan[n]);
    SwapModeScore(&rd_cur, &rd_best);
  }
  if (rd_best != rd) memcpy(rd, rd_best, sizeof(*rd));
  SetRDScore(dqm->lambda_mode, rd);
  VP8SetIntra16Mode(it, rd->mode_i16);
  if ((rd->nz & 0x100ffff) == 0x1000000 && rd->D > dqm->min_disto) StoreMaxDelta(dqm, rd->y_dc_levels);
}

/* As VP8GetCostUV. */
static int CostOfChroma(VP8EncIterator* it, const VP8ModeScore* rd) {
  int bits = 0, nz;
  VP8IteratorNzToBytes(it);
  for (int n = 0; n < 8; ++n) {
    int* const top = &it->top_nz[4 + (n >> 2) * 2 + (n & 1)];
    int* const left = &it->left_nz[4 + (n >> 2) * 2 + (n >> 1 & 1)];
    bits += CostOf(&it->enc->proba, TYPE_CHROMA_A, 0, *top + *left, rd->uv_levels[n], &nz);
    *top = *left = nz;
  }
  return bits;
}

/* One chroma mode, as TryIntra16. Gives the number of AC levels that are not 0. */
static int TryChroma(VP8EncIterator* it, const Columns source[4], const PairMatrix* matrix, int mode, VP8ModeScore* rd,
                     Columns made[4]) {
  const VP8SegmentInfo* const dqm = &it->enc->dqm[it->mb->segment];
  const uint8_t* const prediction = it->yuv_p + VP8UVModeOffsets[mode];
  int16_t dc[8][16];
  Four coefficients[4];
  Four ref[4];
  v128_t squares = wasm_i32x4_const_splat(0);
  uint32_t nz = 0;
  int count = 0;
  for (int n = 0; n < 4; ++n) {
    ref[n] = Widen(LoadPair(prediction + VP8ScanUV[2 * n]));
    coefficients[n] = Forward(Minus(Widen(source[n]), ref[n]));
    dc[2 * n][0] = wasm_i16x8_extract_lane(coefficients[n].v[0], 0);
    dc[2 * n + 1][0] = wasm_i16x8_extract_lane(coefficients[n].v[0], 4);
  }
  if (it->top_derr != NULL) CorrectDCValues(it, &dqm->uv, dc, rd);
  for (int n = 0; n < 4; ++n) {
    Four c = coefficients[n];
    c.v[0] = wasm_i16x8_replace_lane(wasm_i16x8_replace_lane(c.v[0], 0, dc[2 * n][0]), 4, dc[2 * n + 1][0]);
    const Four levels = Quantize(matrix, &c);
    const uint32_t bits = NonZero(levels);
    nz |= (uint32_t)((bits & ALL_OF_A) != 0) << 2 * n | (uint32_t)((bits & ~ALL_OF_A) != 0) << (2 * n + 1);
    count += __builtin_popcount(bits & (AC_OF_A | AC_OF_A << 4));
    StoreLevels(levels, 0, rd->uv_levels[2 * n]);
    StoreLevels(levels, 1, rd->uv_levels[2 * n + 1]);
    made[n] = Inverse(c, ref[n]);
    AddDistortion(Widen(source[n]), made[n], NULL, &squares, NULL);
  }
  rd->nz = nz << 16;
  rd->D = SumOf(squares);
  rd->SD = 0;
  return count;
}

/* PickBestUV of the library. */
static void PickChroma(VP8EncIterator* it, VP8ModeScore* rd) {
  const VP8SegmentInfo* const dqm = &it->enc->dqm[it->mb->segment];
  const PairMatrix matrix = MatrixOfPair(&dqm->uv);
  Columns source[4];
  VP8ModeScore rd_best;
  for (int n = 0; n < 4; ++n) source[n] = LoadPair(it->yuv_in + U_OFF_ENC + VP8ScanUV[2 * n]);
  rd->mode_uv = -1;
  InitScore(&rd_best);
  for (int mode = 0; mode < NUM_PRED_MODES; ++mode) {
    VP8ModeScore rd_uv;
    Columns made[4];
    const int count = TryChroma(it, source, &matrix, mode, &rd_uv, made);
    rd_uv.H = VP8FixedCostsUV[mode];
    rd_uv.R = mode > 0 && count <= FLATNESS_LIMIT_UV ? FLATNESS_PENALTY * 8 : 0;
    SetRDScore(dqm->lambda_uv, &rd_uv);
    if (mode > 0 && rd_uv.score >= rd_best.score) continue;
    rd_uv.R += CostOfChroma(it, &rd_uv);
    SetRDScore(dqm->lambda_uv, &rd_uv);
    if (mode > 0 && rd_uv.score >= rd_best.score) continue;
    CopyScore(&rd_best, &rd_uv);
    rd->mode_uv = mode;
    memcpy(rd->uv_levels, rd_uv.uv_levels, sizeof(rd->uv_levels));
    if (it->top_derr != NULL) memcpy(rd->derr, rd_uv.derr, sizeof(rd_uv.derr));
    for (int n = 0; n < 4; ++n) StorePair(made[n], it->yuv_out + U_OFF_ENC + VP8ScanUV[2 * n]);
  }
  VP8SetIntraUVMode(it, rd->mode_uv);
  AddScore(rd, &rd_best);
  if (it->top_derr != NULL) StoreDiffusionErrors(it, rd);
}

/* Whether the library's own search is asked for, by the self-test. */
int imgsrc_webp_reference = 0;

int VP8Decimate(VP8EncIterator* it, VP8ModeScore* rd, VP8RDLevel rd_opt);
int VP8Decimate(VP8EncIterator* it, VP8ModeScore* rd, VP8RDLevel rd_opt) {
  if (rd_opt != RD_OPT_BASIC || imgsrc_webp_reference) return VP8DecimateReference(it, rd, rd_opt);
  Source source;
  InitScore(rd);
  VP8MakeLuma16Preds(it);
  VP8MakeChroma8Preds(it);
  it->do_trellis = 0;
  ReadSource(it->yuv_in + Y_OFF_ENC, &source);
  PickIntra16(it, &source, rd);
  if (it->enc->method >= 2) PickIntra4(it, &source, rd);
  PickChroma(it, rd);
  const int is_skipped = rd->nz == 0;
  VP8SetSkip(it, is_skipped);
  return is_skipped;
}
