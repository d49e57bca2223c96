//! The forward DCT with quantising in SIMD128, equal to `fdct` for all samples in -128..=127.
#![allow(unsafe_code)]

use super::fdct::*;
use core::arch::wasm32::*;

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

/// The weighted sum of two pairs of rows, descaled, 8 columns.
#[inline(always)]
fn sum<const SHIFT: u32>(ab: (v128, v128), cd: (v128, v128), wa: v128, wc: v128) -> v128 {
    let round = i32x4_splat(1 << (SHIFT - 1));
    let low = i32x4_add(i32x4_dot_i16x8(ab.0, wa), i32x4_dot_i16x8(cd.0, wc));
    let high = i32x4_add(i32x4_dot_i16x8(ab.1, wa), i32x4_dot_i16x8(cd.1, wc));
    i16x8_narrow_i32x4(i32x4_shr(i32x4_add(low, round), SHIFT), i32x4_shr(i32x4_add(high, round), SHIFT))
}

#[inline(always)]
fn one<const SHIFT: u32>(ab: (v128, v128), w: v128) -> v128 {
    let round = i32x4_splat(1 << (SHIFT - 1));
    let low = i32x4_add(i32x4_dot_i16x8(ab.0, w), round);
    let high = i32x4_add(i32x4_dot_i16x8(ab.1, w), round);
    i16x8_narrow_i32x4(i32x4_shr(low, SHIFT), i32x4_shr(high, SHIFT))
}

/// A pass over rows d[0..8], 8 columns at once; `SHIFT` tells which pass.
#[inline(always)]
fn pass<const SHIFT: u32>(d: [v128; 8]) -> [v128; 8] {
    let [t0, t1, t2, t3] = [i16x8_add(d[0], d[7]), i16x8_add(d[1], d[6]), i16x8_add(d[2], d[5]), i16x8_add(d[3], d[4])];
    let [t7, t6, t5, t4] = [i16x8_sub(d[0], d[7]), i16x8_sub(d[1], d[6]), i16x8_sub(d[2], d[5]), i16x8_sub(d[3], d[4])];
    let (a, b, c, e) = (i16x8_add(t0, t3), i16x8_sub(t0, t3), i16x8_add(t1, t2), i16x8_sub(t1, t2));
    let (k3, k4) = (F_1_175 - F_1_961, F_1_175 - F_0_390);
    let dc = |v: v128| {
        if SHIFT == BITS - PASS {
            i16x8_shl(v, PASS)
        } else {
            i16x8_shr(i16x8_add(v, i16x8_splat(1 << (PASS - 1))), PASS)
        }
    };
    let be = (zip_low(b, e), zip_high(b, e));
    let p47 = (zip_low(t4, t7), zip_high(t4, t7));
    let p56 = (zip_low(t5, t6), zip_high(t5, t6));
    [
        dc(i16x8_add(a, c)),
        sum::<SHIFT>(p47, p56, pair(F_1_175 - F_0_899, F_1_501 - F_0_899 + k4), pair(k4, F_1_175)),
        one::<SHIFT>(be, pair(F_0_541 + F_0_765, F_0_541)),
        sum::<SHIFT>(p47, p56, pair(k3, F_1_175), pair(F_1_175 - F_2_562, F_3_072 - F_2_562 + k3)),
        dc(i16x8_sub(a, c)),
        sum::<SHIFT>(p47, p56, pair(F_1_175, k4), pair(F_2_053 - F_2_562 + k4, F_1_175 - F_2_562)),
        one::<SHIFT>(be, pair(F_0_541, F_0_541 - F_1_847)),
        sum::<SHIFT>(p47, p56, pair(F_0_298 - F_0_899 + k3, F_1_175 - F_0_899), pair(F_1_175, k3)),
    ]
}

/// See [`super::fdct::transform`].
#[inline(always)]
pub fn transform(samples: &Block, reciprocals: &Block, out: &mut Block) {
    let mut rows = [i16x8_splat(0); 8];
    for (i, row) in rows.iter_mut().enumerate() {
        // SAFETY: i < 8: 8 of 64 values are readable from index 8i.
        *row = unsafe { v128_load(samples.as_ptr().add(i * 8) as *const v128) };
    }
    let columns = pass::<{ BITS - PASS }>(transpose(rows));
    let done = pass::<{ BITS + PASS }>(transpose(columns));
    for (i, row) in done.into_iter().enumerate() {
        // SAFETY: as above, and writable likewise.
        unsafe {
            let r = v128_load(reciprocals.as_ptr().add(i * 8) as *const v128);
            v128_store(out.as_mut_ptr().add(i * 8) as *mut v128, i16x8_q15mulr_sat(row, r));
        }
    }
}

/// One bit for each value that is not 0.
#[inline(always)]
pub fn nonzero(block: &Block) -> u64 {
    let zero = i16x8_splat(0);
    let mut mask = 0u64;
    for i in 0..4 {
        // SAFETY: i < 4: 16 of 64 values are readable from index 16i.
        let (a, b) = unsafe {
            let p = block.as_ptr().add(i * 16) as *const v128;
            (v128_load(p), v128_load(p.add(1)))
        };
        let bytes = i8x16_narrow_i16x8(i16x8_ne(a, zero), i16x8_ne(b, zero));
        mask |= u64::from(i8x16_bitmask(bytes)) << (i * 16);
    }
    mask
}
