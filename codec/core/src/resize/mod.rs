//! Lanczos3 on 8-bit planes and interleaved pixels, separable, in fixed point, columns first.
//!
//! The work is done on the values as stored (gamma-encoded), as browsers, libvips and the services that
//! this product replaces do: the result is what people compare with, and linear light darkens fine light
//! texture less but thins dark text. Rows between the passes keep 6 bits of fraction, so nothing is
//! rounded to 8 bits twice. Alpha must be premultiplied by the caller (`ops::premultiply`).

pub mod kernel;
mod scalar;
mod shrink;
#[cfg(target_arch = "wasm32")]
mod simd;

use crate::error::{Code, Error, Result};
use kernel::{Kernel, Span};
use std::collections::VecDeque;

#[cfg(target_arch = "wasm32")]
use simd as arm;
#[cfg(not(target_arch = "wasm32"))]
use scalar as arm;

/// A rectangle of the source, in its pixels; may be fractional.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    pub x: Span,
    pub y: Span,
}

impl Window {
    /// The whole of a picture.
    pub fn whole(width: u32, height: u32) -> Self {
        Self { x: Span { start: 0.0, len: f64::from(width) }, y: Span { start: 0.0, len: f64::from(height) } }
    }
}

/// Maps the result linearly: `value * gain + offset`; folds a change of range into the resize.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// 0 < gain ≤ 1.
    pub gain: f64,
    pub offset: f64,
}

impl Range {
    /// Values as they are.
    pub const FULL: Range = Range { gain: 1.0, offset: 0.0 };
    /// Luma 0–255 to 16–235 (BT.601 as WebP stores it).
    pub const LUMA: Range = Range { gain: 219.0 / 255.0, offset: 16.0 };
    /// Chroma 0–255 to 16–240; 128 stays 128.
    pub const CHROMA: Range = Range { gain: 224.0 / 255.0, offset: 128.0 - 128.0 * 224.0 / 255.0 };

    /// The offset and a half for rounding, in the fixed point of the row pass.
    fn base(self) -> i32 {
        ((self.offset + 0.5) * f64::from(1u32 << scalar::ROW_SHIFT)).round() as i32
    }
}

/// Pixels to read from: `channels` (1–4) interleaved, rows packed.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub data: &'a [u8],
    pub width: u32,
    pub height: u32,
    pub channels: usize,
}

/// Takes `window` of `source` to `width` × `height` pixels.
///
/// # Errors
/// [`Code::BadRequest`] for empty sizes or windows, or a source that is shorter than it says.
pub fn resize(source: Source, window: Window, width: u32, height: u32, range: Range) -> Result<Vec<u8>> {
    check(&source, &window, width, height)?;
    let (fx, fy) = (shrink::factor(window.x.len, width as usize), shrink::factor(window.y.len, height as usize));
    if fx == 1 && fy == 1 {
        return lanczos(source, window, width as usize, height as usize, range);
    }
    let data = shrink::shrink(source.data, source.width as usize, source.channels, fx, fy);
    let small = Source {
        data: &data,
        width: source.width.div_ceil(fx as u32),
        height: source.height.div_ceil(fy as u32),
        channels: source.channels,
    };
    let scaled = |s: Span, f: usize| Span { start: s.start / f as f64, len: s.len / f as f64 };
    let window = Window { x: scaled(window.x, fx), y: scaled(window.y, fy) };
    lanczos(small, window, width as usize, height as usize, range)
}

fn check(source: &Source, window: &Window, width: u32, height: u32) -> Result<()> {
    let bytes = u64::from(source.width) * u64::from(source.height) * source.channels as u64;
    let sound = |s: Span, of: u32| {
        s.start.is_finite() && s.len.is_finite() && s.len > 0.0
            && s.start > -f64::from(of) - 4.0 && s.start + s.len < 2.0 * f64::from(of) + 4.0
    };
    let ok = width > 0 && height > 0 && bytes > 0 && source.data.len() as u64 >= bytes
        && (1..=4).contains(&source.channels)
        && sound(window.x, source.width) && sound(window.y, source.height);
    if ok { Ok(()) } else { Err(Error::new(Code::BadRequest, "resize of or to nothing")) }
}

fn lanczos(source: Source, window: Window, width: usize, height: usize, range: Range) -> Result<Vec<u8>> {
    let mut passes = Passes::new(&source, window, width, height, range);
    let mut out = vec![0u8; width * height * source.channels];
    for (y, row) in out.chunks_exact_mut(width * source.channels).enumerate() {
        passes.row(source.data, y, row);
    }
    Ok(out)
}

/// Both passes with their weights, row by row of the output.
struct Passes {
    across: Kernel,
    down: Kernel,
    channels: usize,
    stride: usize,
    /// First byte of a row that the row pass will read; only what it reads is weighed.
    left: usize,
    used: usize,
    between: Vec<i16>,
    base: i32,
}

impl Passes {
    fn new(source: &Source, window: Window, width: usize, height: usize, range: Range) -> Self {
        let channels = source.channels;
        let step = if channels == 1 { 8 } else { 2 };
        let mut across = Kernel::new(source.width as usize, window.x, width, step, range.gain);
        let down = Kernel::new(source.height as usize, window.y, height, 2, 1.0);
        let (left, right) = across.extent(source.width as usize);
        across.starts.iter_mut().for_each(|s| *s -= left);
        let used = (right - left) * channels;
        let between = vec![0i16; used + (across.taps + 8) * channels + 8];
        let stride = source.width as usize * channels;
        Self { across, down, channels, stride, left: left * channels, used, between, base: range.base() }
    }

    /// Output row `y`, read from `data` at [`Passes::first`] and after.
    #[inline]
    fn row(&mut self, data: &[u8], y: usize, out: &mut [u8]) {
        let first = self.first(y) + self.left;
        let target = self.between.get_mut(..self.used).unwrap_or_default();
        arm::columns(data, self.stride, first, self.down.row(y), target);
        arm::row(&self.between, self.channels, &self.across.starts, &self.across.weights, self.across.taps, self.base, out);
    }

    /// Where the first source row of output row `y` begins; the rows' starts never go back.
    fn first(&self, y: usize) -> usize {
        self.down.starts.get(y).map_or(usize::MAX, |s| s * self.stride)
    }
}

/// As [`resize`] at full range, in the source's own memory where the result is smaller: a picture near the pixel cap has no
/// room for a second one beside it.
///
/// # Errors
/// As [`resize`].
pub fn resize_owned(data: Vec<u8>, size: (u32, u32), channels: usize, window: Window, target: (u32, u32)) -> Result<Vec<u8>> {
    let source = Source { data: &data, width: size.0, height: size.1, channels };
    check(&source, &window, target.0, target.1)?;
    let (width, height) = (target.0 as usize, target.1 as usize);
    let shrinks = shrink::factor(window.x.len, width) > 1 || shrink::factor(window.y.len, height) > 1;
    if shrinks || width * height * channels > data.len() {
        return resize(source, window, target.0, target.1, Range::FULL);
    }
    let passes = Passes::new(&source, window, width, height, Range::FULL);
    Ok(in_place(data, passes, width * channels, height))
}

/// Rows wait until no later row reads what they will be written over.
fn in_place(mut data: Vec<u8>, mut passes: Passes, row_bytes: usize, height: usize) -> Vec<u8> {
    let (mut waiting, mut spare) = (VecDeque::new(), Vec::new());
    let mut written = 0;
    for y in 0..height {
        let mut row = spare.pop().unwrap_or_else(|| vec![0u8; row_bytes]);
        passes.row(&data, y, &mut row);
        waiting.push_back(row);
        let free = passes.first(y + 1);
        while written + row_bytes <= free && let Some(row) = waiting.pop_front() {
            if let Some(target) = data.get_mut(written..written + row_bytes) {
                target.copy_from_slice(&row);
            }
            written += row_bytes;
            spare.push(row);
        }
    }
    data.truncate(written);
    data.shrink_to_fit();
    data
}

/// Both passes, SIMD against scalar, on noise of a size and ratio that `seed` picks.
#[cfg(all(target_arch = "wasm32", feature = "selftest"))]
pub fn arms_agree(seed: u32) -> bool {
    let channels = seed as usize % 4 + 1;
    let (width, height) = (seed as usize * 7 % 61 + 1, seed as usize * 5 % 23 + 1);
    let target = seed as usize * 3 % 47 + 1;
    let src = crate::selftest::noise(width * height * channels, seed);
    let step = if channels == 1 { 8 } else { 2 };
    let down = Kernel::new(height, Span { start: 0.0, len: height as f64 }, target, 2, 1.0);
    let across = Kernel::new(width, Span { start: 0.0, len: width as f64 }, target, step, 0.9);
    let mut rows = [vec![0i16; (width + across.taps + 8) * channels + 8], vec![0i16; (width + across.taps + 8) * channels + 8]];
    (0..target).all(|y| {
        let stride = width * channels;
        let first = down.starts.get(y).copied().unwrap_or(0) * stride;
        let [a, b] = &mut rows;
        simd::columns(&src, stride, first, down.row(y), a.get_mut(..stride).unwrap_or_default());
        scalar::columns(&src, stride, first, down.row(y), b.get_mut(..stride).unwrap_or_default());
        let mut out = [vec![0u8; target * channels], vec![0u8; target * channels]];
        let [c, d] = &mut out;
        simd::row(a, channels, &across.starts, &across.weights, across.taps, Range::LUMA.base(), c);
        scalar::row(b, channels, &across.starts, &across.weights, across.taps, Range::LUMA.base(), d);
        rows[0] == rows[1] && out[0] == out[1]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::noise;

    #[test]
    fn in_place_is_the_same_picture() {
        for (w, h, nw, nh) in [(40u32, 30u32, 39u32, 30u32), (40, 30, 13, 29), (64, 64, 5, 5), (200, 3, 100, 3), (3, 200, 3, 17), (20, 20, 30, 40), (400, 400, 3, 3)] {
            for channels in 1..=4usize {
                let data = noise((w * h) as usize * channels, w + h + nw);
                let window = Window { x: Span { start: 0.3, len: f64::from(w) - 0.7 }, y: Span { start: 1.1, len: f64::from(h) - 1.5 } };
                let source = Source { data: &data, width: w, height: h, channels };
                let want = resize(source, window, nw, nh, Range::FULL).expect("sizes fit");
                assert_eq!(resize_owned(data.clone(), (w, h), channels, window, (nw, nh)).expect("sizes fit"), want, "{w}×{h} to {nw}×{nh}");
            }
        }
    }
}
