//! The two passes of a resize, one row at a time: the reference that the SIMD arm is tested equal to.

use super::kernel::WEIGHT_BITS;

/// Bits of fraction that the rows between the two passes carry.
pub const EXTRA_BITS: u32 = 6;
const COLUMN_SHIFT: u32 = WEIGHT_BITS - EXTRA_BITS;
pub const ROW_SHIFT: u32 = WEIGHT_BITS + EXTRA_BITS;

/// Weighs `weights.len()` rows of `stride` bytes from `src[first..]` into one row of `out.len()` samples
/// with [`EXTRA_BITS`] of fraction. Rows past the end of `src` must have weight 0.
pub fn columns(src: &[u8], stride: usize, first: usize, weights: &[i16], out: &mut [i16]) {
    for (x, o) in out.iter_mut().enumerate() {
        let mut sum = 1i32 << (COLUMN_SHIFT - 1);
        for (r, w) in weights.iter().enumerate() {
            let v = src.get(first + r * stride + x).copied().unwrap_or(0);
            sum += i32::from(v) * i32::from(*w);
        }
        *o = (sum >> COLUMN_SHIFT).clamp(-32768, 32767) as i16;
    }
}

/// Weighs samples of one row (`channels` interleaved) into one output row of bytes.
/// `starts` are in pixels of `row`; `base` is added to each sum: 0.5 and any offset, in units of `1 << ROW_SHIFT`.
pub fn row(row: &[i16], channels: usize, starts: &[usize], weights: &[i16], taps: usize, base: i32, out: &mut [u8]) {
    let pixels = out.chunks_exact_mut(channels).zip(starts).zip(weights.chunks_exact(taps));
    for ((pixel, start), weights) in pixels {
        for (c, o) in pixel.iter_mut().enumerate() {
            let mut sum = base;
            for (t, w) in weights.iter().enumerate() {
                let v = row.get((start + t) * channels + c).copied().unwrap_or(0);
                sum = sum.wrapping_add(i32::from(v) * i32::from(*w));
            }
            *o = (sum >> ROW_SHIFT).clamp(0, 255) as u8;
        }
    }
}
