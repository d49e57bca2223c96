//! The two passes of a resize in SIMD128, equal to `scalar` bit for bit (integer arithmetic throughout).
#![allow(unsafe_code)]

use super::kernel::WEIGHT_BITS;
use super::scalar::{self, EXTRA_BITS, ROW_SHIFT};
use core::arch::wasm32::*;

const COLUMN_SHIFT: u32 = WEIGHT_BITS - EXTRA_BITS;

/// See [`scalar::columns`].
pub fn columns(src: &[u8], stride: usize, first: usize, weights: &[i16], out: &mut [i16]) {
    let width = out.len();
    // Rows that are read whole: past the last of them the weights are 0.
    let whole = src.len().saturating_sub(first + width).checked_div(stride).map_or(0, |n| n + 1);
    let rows = weights.iter().rposition(|w| *w != 0).map_or(0, |n| n + 1);
    if src.len() < first + width || rows > whole {
        return scalar::columns(src, stride, first, weights, out);
    }
    let mut x = 0;
    while x + 16 <= width {
        // SAFETY: first + r*stride + x + 16 <= src.len() for each r < rows <= whole, and x + 16 <= out.len().
        unsafe { columns16(src.as_ptr().add(first + x), stride, weights.get_unchecked(..rows), out.as_mut_ptr().add(x)) }
        x += 16;
    }
    if x < width {
        scalar::columns(src, stride, first + x, weights.get(..rows).unwrap_or_default(), out.get_mut(x..).unwrap_or_default());
    }
}

/// # Safety
/// 16 bytes are readable at `src + r*stride` for each weight r, and 16 i16 writable at `out`.
#[inline(always)]
unsafe fn columns16(src: *const u8, stride: usize, weights: &[i16], out: *mut i16) {
    let round = i32x4_splat(1 << (COLUMN_SHIFT - 1));
    let (mut a, mut b, mut c, mut d) = (round, round, round, round);
    let mut p = src;
    let mut pairs = weights.chunks_exact(2);
    for pair in &mut pairs {
        let w = i32x4_splat((i32::from(pair[1]) << 16) | (i32::from(pair[0]) & 0xffff));
        // SAFETY: the caller's promise.
        let (r0, r1) = unsafe { (v128_load(p as *const v128), v128_load(p.add(stride) as *const v128)) };
        let lo = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(r0, r1);
        let hi = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(r0, r1);
        a = i32x4_add(a, i32x4_dot_i16x8(u16x8_extend_low_u8x16(lo), w));
        b = i32x4_add(b, i32x4_dot_i16x8(u16x8_extend_high_u8x16(lo), w));
        c = i32x4_add(c, i32x4_dot_i16x8(u16x8_extend_low_u8x16(hi), w));
        d = i32x4_add(d, i32x4_dot_i16x8(u16x8_extend_high_u8x16(hi), w));
        p = p.wrapping_add(2 * stride);
    }
    if let [last] = pairs.remainder() {
        let w = i32x4_splat(i32::from(*last) & 0xffff);
        // SAFETY: the caller's promise.
        let r0 = unsafe { v128_load(p as *const v128) };
        let zero = i8x16_splat(0);
        let lo = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(r0, zero);
        let hi = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(r0, zero);
        a = i32x4_add(a, i32x4_dot_i16x8(u16x8_extend_low_u8x16(lo), w));
        b = i32x4_add(b, i32x4_dot_i16x8(u16x8_extend_high_u8x16(lo), w));
        c = i32x4_add(c, i32x4_dot_i16x8(u16x8_extend_low_u8x16(hi), w));
        d = i32x4_add(d, i32x4_dot_i16x8(u16x8_extend_high_u8x16(hi), w));
    }
    let ab = i16x8_narrow_i32x4(i32x4_shr(a, COLUMN_SHIFT), i32x4_shr(b, COLUMN_SHIFT));
    let cd = i16x8_narrow_i32x4(i32x4_shr(c, COLUMN_SHIFT), i32x4_shr(d, COLUMN_SHIFT));
    // SAFETY: the caller's promise.
    unsafe {
        v128_store(out as *mut v128, ab);
        v128_store(out.add(8) as *mut v128, cd);
    }
}

/// See [`scalar::row`]. Falls back to it where a load would leave the row.
pub fn row(src: &[i16], channels: usize, starts: &[usize], weights: &[i16], taps: usize, base: i32, out: &mut [u8]) {
    let furthest = starts.iter().copied().max().unwrap_or(0) + taps;
    let count = starts.len().min(out.len() / channels);
    // 8 lanes are loaded at a time: for three channels two more than the pixels hold.
    let room = furthest * channels + 8 <= src.len() && weights.len() >= count * taps;
    match channels {
        1 if room && taps % 8 == 0 => row1(src, starts, weights, taps, base, out),
        3 | 4 if room && taps % 2 == 0 => row34(src, channels, starts, weights, taps, base, out),
        _ => scalar::row(src, channels, starts, weights, taps, base, out),
    }
}

fn row1(src: &[i16], starts: &[usize], weights: &[i16], taps: usize, base: i32, out: &mut [u8]) {
    let quads = starts.len().min(out.len()) / 4;
    for q in 0..quads {
        let i = q * 4;
        // SAFETY: i + 3 < starts.len(), out.len(); the loads stay in `src` and `weights` (checked in `row`).
        unsafe {
            let dot = |n: usize| -> v128 {
                let p = src.as_ptr().add(*starts.get_unchecked(i + n));
                let w = weights.as_ptr().add((i + n) * taps);
                let mut sum = i32x4_splat(0);
                let mut t = 0;
                while t < taps {
                    let v = v128_load(p.add(t) as *const v128);
                    sum = i32x4_add(sum, i32x4_dot_i16x8(v, v128_load(w.add(t) as *const v128)));
                    t += 8;
                }
                sum
            };
            let (a, b, c, d) = (dot(0), dot(1), dot(2), dot(3));
            let ab = i32x4_add(i32x4_shuffle::<0, 1, 4, 5>(a, b), i32x4_shuffle::<2, 3, 6, 7>(a, b));
            let cd = i32x4_add(i32x4_shuffle::<0, 1, 4, 5>(c, d), i32x4_shuffle::<2, 3, 6, 7>(c, d));
            let sum = i32x4_add(i32x4_shuffle::<0, 2, 4, 6>(ab, cd), i32x4_shuffle::<1, 3, 5, 7>(ab, cd));
            let v = narrow(i32x4_shr(i32x4_add(sum, i32x4_splat(base)), ROW_SHIFT));
            v128_store32_lane::<0>(v, out.as_mut_ptr().add(i) as *mut u32);
        }
    }
    let done = quads * 4;
    let rest = out.get_mut(done..).unwrap_or_default();
    scalar::row(src, 1, starts.get(done..).unwrap_or_default(), weights.get(done * taps..).unwrap_or_default(), taps, base, rest);
}

fn row34(src: &[i16], channels: usize, starts: &[usize], weights: &[i16], taps: usize, base: i32, out: &mut [u8]) {
    let base = i32x4_splat(base);
    for ((i, start), pixel) in starts.iter().enumerate().zip(out.chunks_exact_mut(channels)) {
        let mut sum = base;
        // SAFETY: (start + taps) * channels + 8 <= src.len(), (i + 1) * taps <= weights.len() (checked in `row`).
        unsafe {
            let mut p = src.as_ptr().add(start * channels);
            let mut w = weights.as_ptr().add(i * taps);
            for _ in 0..taps / 2 {
                let v = v128_load(p as *const v128);
                let v = if channels == 3 {
                    i16x8_shuffle::<0, 3, 1, 4, 2, 5, 6, 7>(v, v)
                } else {
                    i16x8_shuffle::<0, 4, 1, 5, 2, 6, 3, 7>(v, v)
                };
                sum = i32x4_add(sum, i32x4_dot_i16x8(v, v128_load32_splat(w as *const u32)));
                p = p.add(2 * channels);
                w = w.add(2);
            }
        }
        let v = narrow(i32x4_shr(sum, ROW_SHIFT));
        let bytes = u32x4_extract_lane::<0>(v).to_le_bytes();
        pixel.copy_from_slice(bytes.get(..channels).unwrap_or_default());
    }
}

/// Four i32 to four bytes, clamped to 0–255, in the first lane.
#[inline(always)]
fn narrow(v: v128) -> v128 {
    let v = i16x8_narrow_i32x4(v, v);
    u8x16_narrow_i16x8(v, v)
}
