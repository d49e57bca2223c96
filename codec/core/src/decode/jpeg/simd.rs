//! The 8- and 4-point inverse DCTs in SIMD128, equal to `idct` for every block: sums wrap at 32 bits and rows
//! between the passes are clamped to 16 in both.
#![allow(unsafe_code)]

use super::idct::*;
use core::arch::wasm32::*;

const BITS: u32 = 13;
const PASS: u32 = 2;

/// Pairs two rows of coefficients for a dot product with constants `(a, b)`.
#[inline(always)]
fn pair(a: i32, b: i32) -> v128 {
    i32x4_splat((b << 16) | (a & 0xffff))
}

#[inline(always)]
fn zip_low(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(a, b)
}

#[inline(always)]
fn zip_high(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(a, b)
}

/// Half a pass (4 of 8 columns), rows interleaved in pairs (0,4) (2,6) (7,1) (5,3); constants folded so that
/// every product sum is exact: the same integers as `idct::eight`.
#[inline(always)]
fn half<const SHIFT: u32>(p04: v128, p26: v128, p71: v128, p53: v128) -> [v128; 8] {
    let t0 = i32x4_shl(i32x4_dot_i16x8(p04, pair(1, 1)), BITS);
    let t1 = i32x4_shl(i32x4_dot_i16x8(p04, pair(1, -1)), BITS);
    let t3 = i32x4_dot_i16x8(p26, pair(F_0_541 + F_0_765, F_0_541));
    let t2 = i32x4_dot_i16x8(p26, pair(F_0_541, F_0_541 - F_1_847));
    let even = [i32x4_add(t0, t3), i32x4_add(t1, t2), i32x4_sub(t1, t2), i32x4_sub(t0, t3)];
    // c7, c1 | c5, c3: z3 = (c7+c3)·(k-1.961) + (c5+c1)·k, z4 = (c5+c1)·(k-0.390) + (c7+c3)·k, k = 1.175
    let (k3, k4) = (F_1_175 - F_1_961, F_1_175 - F_0_390);
    let dot = |a: i32, b: i32, c: i32, d: i32| {
        i32x4_add(i32x4_dot_i16x8(p71, pair(a, b)), i32x4_dot_i16x8(p53, pair(c, d)))
    };
    // Odd outputs as sums over (c7, c1, c5, c3).
    let o0 = dot(F_1_175 - F_0_899, F_1_501 - F_0_899 + k4, k4, F_1_175);
    let o1 = dot(k3, F_1_175, F_1_175 - F_2_562, F_3_072 - F_2_562 + k3);
    let o2 = dot(F_1_175, k4, F_2_053 - F_2_562 + k4, F_1_175 - F_2_562);
    let o3 = dot(F_0_298 - F_0_899 + k3, F_1_175 - F_0_899, F_1_175, k3);
    let odd = [o0, o1, o2, o3];
    let round = i32x4_splat(1 << (SHIFT - 1));
    let mut out = [round; 8];
    let mut i = 0;
    while i < 4 {
        let e = i32x4_add(even[i], round);
        out[i] = i32x4_shr(i32x4_add(e, odd[i]), SHIFT);
        out[7 - i] = i32x4_shr(i32x4_sub(e, odd[i]), SHIFT);
        i += 1;
    }
    out
}

/// A pass over 8 rows of 8.
#[inline(always)]
fn pass<const SHIFT: u32>(r: [v128; 8]) -> [v128; 8] {
    let low = half::<SHIFT>(zip_low(r[0], r[4]), zip_low(r[2], r[6]), zip_low(r[7], r[1]), zip_low(r[5], r[3]));
    let high = half::<SHIFT>(zip_high(r[0], r[4]), zip_high(r[2], r[6]), zip_high(r[7], r[1]), zip_high(r[5], r[3]));
    let mut out = r;
    let mut i = 0;
    while i < 8 {
        out[i] = i16x8_narrow_i32x4(low[i], high[i]);
        i += 1;
    }
    out
}

#[inline(always)]
fn transpose(r: [v128; 8]) -> [v128; 8] {
    let (a0, a1) = (zip_low(r[0], r[4]), zip_high(r[0], r[4]));
    let (a2, a3) = (zip_low(r[1], r[5]), zip_high(r[1], r[5]));
    let (a4, a5) = (zip_low(r[2], r[6]), zip_high(r[2], r[6]));
    let (a6, a7) = (zip_low(r[3], r[7]), zip_high(r[3], r[7]));
    let (b0, b1) = (zip_low(a0, a4), zip_high(a0, a4));
    let (b2, b3) = (zip_low(a1, a5), zip_high(a1, a5));
    let (b4, b5) = (zip_low(a2, a6), zip_high(a2, a6));
    let (b6, b7) = (zip_low(a3, a7), zip_high(a3, a7));
    [
        zip_low(b0, b4), zip_high(b0, b4), zip_low(b1, b5), zip_high(b1, b5),
        zip_low(b2, b6), zip_high(b2, b6), zip_low(b3, b7), zip_high(b3, b7),
    ]
}

/// See [`super::idct::idct8`].
#[inline(always)]
pub fn idct8(block: &Block) -> [[u8; 8]; 8] {
    let mut rows = [i16x8_splat(0); 8];
    for (i, row) in rows.iter_mut().enumerate() {
        // SAFETY: i < 8, so 8 coefficients are readable from index 8i of 64.
        *row = unsafe { v128_load(block.as_ptr().add(i * 8) as *const v128) };
    }
    let work = transpose(pass::<{ BITS - PASS }>(rows));
    let done = transpose(pass::<{ BITS + PASS + 3 }>(work));
    let middle = i8x16_splat(-128);
    let mut out = [[0u8; 8]; 8];
    for i in 0..4 {
        // Clamping to -128..127 and then adding 128 is clamping the sum to 0..255.
        let two = v128_xor(i8x16_narrow_i16x8(done[2 * i], done[2 * i + 1]), middle);
        out[2 * i] = u64x2_extract_lane::<0>(two).to_le_bytes();
        out[2 * i + 1] = u64x2_extract_lane::<1>(two).to_le_bytes();
    }
    out
}

/// Four columns of a 4-point pass: `even` = rows 0 and 2 in pairs, `odd` = rows 1 and 3.
#[inline(always)]
fn four<const SHIFT: u32>(even: v128, odd: v128) -> [v128; 4] {
    let round = i32x4_splat(1 << (SHIFT - 1));
    let e0 = i32x4_add(i32x4_shl(i32x4_dot_i16x8(even, pair(1, 1)), BITS), round);
    let e1 = i32x4_add(i32x4_shl(i32x4_dot_i16x8(even, pair(1, -1)), BITS), round);
    let o0 = i32x4_dot_i16x8(odd, pair(F_0_541 + F_0_765, F_0_541));
    let o1 = i32x4_dot_i16x8(odd, pair(F_0_541, F_0_541 - F_1_847));
    [
        i32x4_shr(i32x4_add(e0, o0), SHIFT), i32x4_shr(i32x4_add(e1, o1), SHIFT),
        i32x4_shr(i32x4_sub(e1, o1), SHIFT), i32x4_shr(i32x4_sub(e0, o0), SHIFT),
    ]
}

/// See [`super::idct::idct4`].
#[inline(always)]
pub fn idct4(block: &Block) -> [[u8; 4]; 4] {
    // SAFETY: rows 0–3 start at 0, 8, 16, 24 of 64 coefficients, 8 bytes (4 of them) are read of each.
    let row = |i: usize| unsafe { v128_load64_zero(block.as_ptr().add(i * 8) as *const u64) };
    let w = four::<{ BITS - PASS }>(zip_low(row(0), row(2)), zip_low(row(1), row(3)));
    // Narrowed: r01 = w0 w1, r23 = w2 w3, four i16 each; transposing gives columns as rows.
    let (r01, r23) = (i16x8_narrow_i32x4(w[0], w[1]), i16x8_narrow_i32x4(w[2], w[3]));
    // Rows of the work become lanes: even pairs hold (column 0, column 2) of each row, odd (1, 3).
    let even = i16x8_shuffle::<0, 2, 4, 6, 8, 10, 12, 14>(r01, r23);
    let odd = i16x8_shuffle::<1, 3, 5, 7, 9, 11, 13, 15>(r01, r23);
    let c = four::<{ BITS + PASS + 3 }>(even, odd);
    // c[x] holds output column x of rows 0–3: narrow to bytes and transpose back.
    let (c01, c23) = (i16x8_narrow_i32x4(c[0], c[1]), i16x8_narrow_i32x4(c[2], c[3]));
    let bytes = v128_xor(i8x16_narrow_i16x8(c01, c23), i8x16_splat(-128));
    let t = i8x16_shuffle::<0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15>(bytes, bytes);
    [
        u32x4_extract_lane::<0>(t).to_le_bytes(), u32x4_extract_lane::<1>(t).to_le_bytes(),
        u32x4_extract_lane::<2>(t).to_le_bytes(), u32x4_extract_lane::<3>(t).to_le_bytes(),
    ]
}
