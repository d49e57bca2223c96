//! Lanczos3 weights in fixed point.

use std::f64::consts::PI;

/// Bits of a weight: they sum to `1 << WEIGHT_BITS` (times the gain).
pub const WEIGHT_BITS: u32 = 14;

/// Lobes of the kernel on each side.
const LOBES: f64 = 3.0;

/// For each output sample the first input sample and `taps` weights (those past its own end are 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    pub starts: Vec<usize>,
    /// Weights an output sample, a multiple of the `step` asked for.
    pub taps: usize,
    pub weights: Vec<i16>,
}

/// A stretch of input, in samples: `len` > 0; it may stick out of the input a little.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    pub start: f64,
    pub len: f64,
}

impl Kernel {
    /// Weights that take `span` of `src` samples to `dst` samples, summing to `gain` (0 < gain ≤ 1).
    /// Samples outside of the input count nothing: the rest is normalised.
    pub fn new(src: usize, span: Span, dst: usize, step: usize, gain: f64) -> Self {
        let scale = span.len / dst as f64;
        let stretch = scale.max(1.0);
        let reach = LOBES * stretch;
        let most = ((2.0 * reach).ceil() as usize + 1).min(src);
        let taps = most.div_ceil(step) * step;
        let mut kernel = Kernel { starts: Vec::with_capacity(dst), taps, weights: Vec::with_capacity(dst * taps) };
        let mut row = vec![0f64; most];
        for i in 0..dst {
            let centre = span.start + (i as f64 + 0.5) * scale;
            let (start, count) = reached(src, centre, reach, most);
            for (j, w) in row.iter_mut().enumerate().take(count) {
                *w = lanczos3(((start + j) as f64 + 0.5 - centre) / stretch);
            }
            kernel.starts.push(start);
            quantise(row.get(..count).unwrap_or_default(), gain, taps, &mut kernel.weights);
        }
        kernel
    }

    /// The weights of output sample `i`.
    pub fn row(&self, i: usize) -> &[i16] {
        self.weights.get(i * self.taps..(i + 1) * self.taps).unwrap_or_default()
    }

    /// First input sample used and one past the last, padding not counted in, bounded by `src`.
    pub fn extent(&self, src: usize) -> (usize, usize) {
        let first = self.starts.iter().copied().min().unwrap_or(0);
        let last = self.starts.iter().copied().max().unwrap_or(0) + self.taps;
        (first, last.min(src))
    }
}

/// First sample within `reach` of `centre`, and how many; at least one, never outside of `0..src`.
fn reached(src: usize, centre: f64, reach: f64, most: usize) -> (usize, usize) {
    let end = src as f64;
    let lo = (centre - reach + 0.5).floor().clamp(0.0, end - 1.0) as usize;
    let hi = (centre + reach + 0.5).floor().clamp(lo as f64 + 1.0, end) as usize;
    (lo, (hi - lo).min(most))
}

fn lanczos3(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        return 1.0;
    }
    if x.abs() >= LOBES {
        return 0.0;
    }
    let t = PI * x;
    LOBES * t.sin() * (t / LOBES).sin() / (t * t)
}

/// Appends `taps` fixed-point weights whose sum is exactly `gain`; what rounding leaves goes to the largest.
fn quantise(row: &[f64], gain: f64, taps: usize, out: &mut Vec<i16>) {
    let one = f64::from(1u32 << WEIGHT_BITS) * gain;
    let sum: f64 = row.iter().sum();
    let base = out.len();
    // A sum near 0 happens only where a window lies outside of the input: take the nearest sample then.
    let usable = sum.abs() > 1e-6;
    let (mut total, mut largest) = (0i32, 0usize);
    for (j, w) in row.iter().enumerate() {
        let q = if usable { (w / sum * one).round().clamp(-32768.0, 32767.0) as i32 } else { 0 };
        total += q;
        if row.get(largest).is_some_and(|best| w > best) {
            largest = j;
        }
        out.push(q as i16);
    }
    out.resize(base + taps, 0);
    if let Some(w) = out.get_mut(base + largest) {
        *w = (i32::from(*w) + one.round() as i32 - total).clamp(-32768, 32767) as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_everywhere() {
        for (src, dst) in [(10, 3), (100, 100), (7, 31), (5000, 8), (1, 5), (3, 1)] {
            let k = Kernel::new(src, Span { start: 0.0, len: src as f64 }, dst, 2, 1.0);
            for i in 0..dst {
                let sum: i32 = k.row(i).iter().map(|w| i32::from(*w)).sum();
                assert_eq!(sum, 1 << WEIGHT_BITS, "{src} to {dst} at {i}");
            }
        }
    }

    #[test]
    fn equal_size_is_identity() {
        let k = Kernel::new(9, Span { start: 0.0, len: 9.0 }, 9, 2, 1.0);
        for i in 0..9 {
            for (j, w) in k.row(i).iter().enumerate() {
                let expected = if k.starts[i] + j == i { 1 << WEIGHT_BITS } else { 0 };
                assert_eq!(i32::from(*w), expected);
            }
        }
    }
}
