//! CMYK → sRGB: through the embedded profile, else by the plain formula that browsers and Pillow use.
//!
//! Through a profile by its table of perceptual intent, with black-point compensation: the darkest ink becomes black.
//! Little CMS, and so libvips and sharp, do the same; without it a profile whose perceptual table is its colorimetric
//! one (many of version 2) would turn black into dark grey.

use super::lut::{self, Transform16};
use super::profile::{decode_srgb, encode_srgb};
use crate::error::{Error, Result};

/// Pixels that go through a profile at a time: keeps the extra memory at 0.5 MB.
const CHUNK: usize = 1 << 15;
/// Rec. 709 luminance of linear R, G and B.
const LUMINANCE: [f64; 3] = [0.2126, 0.7152, 0.0722];
/// Luminance of L* = 50: the lightest black that is compensated, as in Little CMS.
const LIGHTEST_BLACK: f64 = 0.184_186_5;
/// Bits of the values that index the table from a profile's output to 8-bit sRGB.
const TABLE_BITS: u32 = 12;

/// `ink` is CMYK, 0 = no ink. An unusable profile counts as none.
pub fn to_rgb8(ink: &[u8], icc: Option<&[u8]>) -> Result<Vec<u8>> {
    let mut out = vec![0u8; ink.len() / 4 * 3];
    match icc.and_then(lut::cmyk16) {
        Some(t) => through(&t, ink, &mut out)?,
        None => plain(ink, &mut out),
    }
    Ok(out)
}

fn through(t: &Transform16, ink: &[u8], out: &mut [u8]) -> Result<()> {
    let mut darkest = [0u16; 3];
    run(t, &[u16::MAX; 4], &mut darkest)?;
    let table = table(black_of(darkest));
    let mut wide = Vec::with_capacity(ink.len().min(4 * CHUNK));
    let mut rgb = vec![0u16; out.len().min(3 * CHUNK)];
    for (src, dst) in ink.as_chunks::<4>().0.chunks(CHUNK).zip(out.chunks_mut(3 * CHUNK)) {
        wide.clear();
        wide.extend(src.as_flattened().iter().map(|&v| u16::from(v) * 257));
        let rgb = rgb.get_mut(..dst.len()).unwrap_or_default();
        run(t, &wide, rgb)?;
        for (o, &v) in dst.iter_mut().zip(rgb.iter()) {
            *o = table.get(usize::from(v >> (16 - TABLE_BITS))).copied().unwrap_or(u8::MAX);
        }
    }
    Ok(())
}

fn run(t: &Transform16, ink: &[u16], rgb: &mut [u16]) -> Result<()> {
    t.transform(ink, rgb).map_err(|e| Error::corrupt(format!("ICC: {e:?}")))
}

/// Luminance of the darkest ink, 0–1.
fn black_of(rgb: [u16; 3]) -> f64 {
    let linear = rgb.map(|v| decode_srgb(f64::from(v) / 65535.0));
    linear.iter().zip(LUMINANCE).map(|(l, w)| l * w).sum::<f64>().min(LIGHTEST_BLACK)
}

/// 12-bit sRGB → 8-bit sRGB with luminance `black` laid on 0 in linear light, white kept.
fn table(black: f64) -> Vec<u8> {
    let last = f64::from((1u32 << TABLE_BITS) - 1);
    let moved = |v: u32| (decode_srgb(f64::from(v) / last) - black) / (1.0 - black);
    (0..1u32 << TABLE_BITS).map(|v| (encode_srgb(moved(v).max(0.0)) * 255.0 + 0.5) as u8).collect()
}

/// R = (1 − C)(1 − K) and so on, rounded.
fn plain(ink: &[u8], out: &mut [u8]) {
    for (p, o) in ink.as_chunks::<4>().0.iter().zip(out.as_chunks_mut::<3>().0) {
        let k = 255 - u32::from(p[3]);
        for c in 0..3 {
            o[c] = (((255 - u32::from(p[c])) * k + 127) / 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_formula() {
        let rgb = to_rgb8(&[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 100, 50, 25, 128], None).expect("plain");
        assert_eq!(rgb, [255, 255, 255, 0, 255, 255, 0, 0, 0, 77, 102, 115]);
    }

    #[test]
    fn darkest_ink_becomes_black() {
        for black in [0.0, 0.01, LIGHTEST_BLACK] {
            let t = table(black);
            let at = (encode_srgb(black) * 4095.0) as usize;
            assert_eq!((t[0], t[at], t[4095]), (0, 0, 255));
            assert!(t.is_sorted());
        }
        assert_eq!(table(0.0)[2048], 128);
        // Half of the light between black and white stays half.
        let (black, half) = (0.1, encode_srgb(0.55) * 4095.0);
        assert!(table(black)[half.round() as usize].abs_diff((encode_srgb(0.5) * 255.0).round() as u8) <= 1);
    }

    #[test]
    fn black_is_the_luminance_of_the_ink() {
        assert_eq!(black_of([0; 3]), 0.0);
        assert!((black_of([0x8080; 3]) - LIGHTEST_BLACK).abs() < 1e-9, "capped");
        assert!((black_of([0x1919; 3]) - decode_srgb(25.0 / 255.0)).abs() < 1e-6);
    }

    #[test]
    fn a_broken_profile_counts_as_none() {
        assert_eq!(to_rgb8(&[9, 8, 7, 6], Some(&[1; 300])), to_rgb8(&[9, 8, 7, 6], None));
    }
}
