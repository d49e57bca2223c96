//! Colour → grey by luminance.

use super::{Bytes, each};
use crate::colour::matrix::encode_table;
use crate::colour::profile::decode_srgb;
use crate::error::Result;
use crate::image::Decoded;

/// Rec.709 weights of linear light.
const WEIGHTS: [f64; 3] = [0.2126, 0.7152, 0.0722];
/// Bits that the sums carry below the encoding table's 14-bit index.
const GUARD: u32 = 8;

/// Rgb → L, Rgba → La: Rec.709 luminance of linear light, encoded as sRGB again; what libvips does for `b-w`
/// (equal within 1). Grey pictures stay.
pub fn grayscale(d: Decoded) -> Result<Decoded> {
    let tables = Tables::new();
    each(d, |b| {
        Ok(match b.channels {
            3 => Bytes { px: b.px.as_chunks::<3>().0.iter().map(|&p| tables.luma(p)).collect(), channels: 1 },
            4 => {
                let px = b.px.as_chunks::<4>().0.iter();
                Bytes { px: px.flat_map(|&[r, g, b, a]| [tables.luma([r, g, b]), a]).collect(), channels: 2 }
            }
            _ => b,
        })
    })
}

struct Tables {
    shares: [[u32; 256]; 3],
    encode: Vec<u8>,
}

impl Tables {
    fn new() -> Self {
        let encode = encode_table();
        let scale = (encode.len() - 1) as f64 * f64::from(1 << GUARD);
        let share = |w: f64| -> [u32; 256] {
            std::array::from_fn(|i| (decode_srgb(i as f64 / 255.0) * w * scale).round() as u32)
        };
        Self { shares: WEIGHTS.map(share), encode }
    }

    fn luma(&self, p: [u8; 3]) -> u8 {
        let [r, g, b] = &self.shares;
        let sum = r[p[0] as usize] + g[p[1] as usize] + b[p[2] as usize] + (1 << (GUARD - 1));
        self.encode.get((sum >> GUARD) as usize).copied().unwrap_or(255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::profile::encode_srgb;
    use crate::image::Pixels;
    use crate::ops::testing::{bytes, noise, picture};

    #[test]
    fn follows_the_formula() {
        let px = noise(300 * 4, 1);
        let got = grayscale(picture(30, 10, Pixels::Rgba8(px.clone()))).expect("8 bit");
        for (p, o) in px.chunks(4).zip(bytes(&got).chunks(2)) {
            let y: f64 = (0..3).map(|c| decode_srgb(f64::from(p[c]) / 255.0) * WEIGHTS[c]).sum();
            assert!((f64::from(o[0]) - encode_srgb(y) * 255.0).abs() < 0.6, "{p:?} {o:?}");
            assert_eq!(o[1], p[3]);
        }
    }

    #[test]
    fn greys_stay_as_they_are() {
        let px: Vec<u8> = (0..=255).flat_map(|v| [v; 3]).collect();
        let got = grayscale(picture(256, 1, Pixels::Rgb8(px))).expect("8 bit");
        assert_eq!(bytes(&got), (0..=255).collect::<Vec<u8>>());
    }
}
