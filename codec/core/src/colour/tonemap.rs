//! Scene-linear float → sRGB at 8 bits: Reinhard's extended operator on luminance, with a fixed rule of exposure.
//!
//! Let L be Rec.709 luminance and P the 99.9th percentile of L (from a histogram of 16 bins a stop).
//! - P ≤ 1: the picture fits the display; it is only clipped and encoded (as libvips does with scRGB).
//! - P > 1: exposure e = 0.18 / (geometric mean of L over pixels with L ≥ 2⁻²⁰·P), at most 4 and at least 1/P;
//!   white W = e·P; L' = eL·(1 + eL/W²) / (1 + eL) (Reinhard et al. 2002, equation 4); each channel is scaled by
//!   L'/L, clipped and encoded. At W = 1 the operator is the identity.
//!
//! NaN and negative values count as 0, infinities as the largest finite bin.

use super::matrix::encode_table;

/// A bin is a float's exponent and the top four bits of its fraction: 16 bins a stop.
const SHIFT: u32 = 19;
const BINS: usize = 1 << (31 - SHIFT);
const TOP: f32 = 16383.0;
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// How a picture is exposed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Factor on scene light.
    pub gain: f32,
    /// Light after `gain` that becomes display white; None = no operator, only clipping.
    pub white: Option<f32>,
}

/// The exposure of a picture of `step` (3 or 4) channels a pixel.
pub fn expose(px: &[f32], step: usize) -> Exposure {
    let hist = histogram(px, step);
    let total: u64 = hist.iter().sum();
    let p999 = percentile(&hist, total - total / 1000);
    if p999 <= 1.0 {
        return Exposure { gain: 1.0, white: None };
    }
    let floor = bin(p999 * 2f32.powi(-20)).max(1);
    let lit = || hist.iter().enumerate().skip(floor).filter(|(_, n)| **n > 0);
    let sum: f64 = lit().map(|(i, n)| *n as f64 * f64::from(lower_edge(i)).log2()).sum();
    let n: u64 = lit().map(|(_, n)| n).sum();
    let mean = (sum / n.max(1) as f64).exp2() as f32;
    // Never darker than what brings the brightest light to white.
    let gain = (0.18 / mean).min(4.0).max(1.0 / p999);
    Exposure { gain, white: Some((gain * p999).max(1.0)) }
}

/// Bin 0 holds everything that is no light at all.
fn histogram(px: &[f32], step: usize) -> Vec<u64> {
    let mut hist = vec![0u64; BINS];
    for p in px.chunks_exact(step) {
        if let Some(h) = hist.get_mut(bin(luminance(&clean(p)))) {
            *h += 1;
        }
    }
    hist
}

fn bin(l: f32) -> usize {
    if l > 0.0 { (l.to_bits() >> SHIFT) as usize } else { 0 }
}

fn lower_edge(bin: usize) -> f32 {
    f32::from_bits((bin as u32) << SHIFT)
}

/// Lower edge of the bin in which the `rank`-th value lies.
fn percentile(hist: &[u64], rank: u64) -> f32 {
    let mut seen = 0;
    for (i, n) in hist.iter().enumerate() {
        seen += n;
        if seen >= rank {
            // The bin that starts at 1.0 holds pictures that just reach white.
            return lower_edge(i);
        }
    }
    0.0
}

fn clean(p: &[f32]) -> [f32; 3] {
    std::array::from_fn(|c| {
        let v = p.get(c).copied().unwrap_or(0.0);
        // Comparisons, for `min` is a call in WASM.
        if v > 4e9 {
            4e9
        } else if v > 0.0 {
            v
        } else {
            0.0
        }
    })
}

fn luminance(p: &[f32; 3]) -> f32 {
    p[0] * LUMA[0] + p[1] * LUMA[1] + p[2] * LUMA[2]
}

/// RGB or RGBA (`step` 3 or 4; alpha linear 0–1, not premultiplied) → the same at 8 bits.
pub fn to_srgb8(px: &[f32], step: usize, e: Exposure) -> Vec<u8> {
    let encode = encode_table();
    let mut out = vec![0u8; px.len() / step * step];
    for (p, o) in px.chunks_exact(step).zip(out.chunks_exact_mut(step)) {
        let rgb = clean(p);
        let k = factor(luminance(&rgb), e);
        for c in 0..3 {
            let i = ((rgb[c] * k * TOP + 0.5) as usize).min(TOP as usize);
            o[c] = encode.get(i).copied().unwrap_or(255);
        }
        if let (Some(a), Some(o)) = (p.get(3), o.get_mut(3)) {
            *o = (a * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
    out
}

fn factor(l: f32, e: Exposure) -> f32 {
    let Some(white) = e.white else { return e.gain };
    let l = l * e.gain;
    e.gain * (1.0 + l / (white * white)) / (1.0 + l)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_light_is_only_encoded() {
        let px = [0.0, 0.5, 1.0, 0.214_041_14, 0.214_041_14, 0.214_041_14];
        let e = expose(&px, 3);
        assert_eq!(e, Exposure { gain: 1.0, white: None });
        assert_eq!(to_srgb8(&px, 3, e), [0, 188, 255, 128, 128, 128]);
    }

    #[test]
    fn brightest_becomes_white_and_order_stays() {
        let px: Vec<f32> = (1..=3000).flat_map(|i| [i as f32 / 100.0; 3]).collect();
        let e = expose(&px, 3);
        let out = to_srgb8(&px, 3, e);
        assert!(e.white.is_some() && out.is_sorted() && out[0] < 40 && out[out.len() - 1] >= 252);
    }

    #[test]
    fn scale_of_the_scene_does_not_matter() {
        let a: Vec<f32> = (1..=3000).flat_map(|i| [i as f32, i as f32 / 2.0, 3.0]).collect();
        let b: Vec<f32> = a.iter().map(|v| v * 64.0).collect();
        let (oa, ob) = (to_srgb8(&a, 3, expose(&a, 3)), to_srgb8(&b, 3, expose(&b, 3)));
        assert!(oa.iter().zip(&ob).all(|(x, y)| x.abs_diff(*y) <= 1));
    }

    #[test]
    fn odd_values_are_black_or_white() {
        let px = [f32::NAN, -1.0, f32::NEG_INFINITY, f32::INFINITY, f32::INFINITY, f32::INFINITY];
        let out = to_srgb8(&px, 3, expose(&px, 3));
        assert_eq!(&out[..3], [0, 0, 0]);
        assert_eq!(out[3], out[4]);
    }
}
