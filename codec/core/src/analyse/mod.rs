//! What is kept about a picture at upload: dominant colour, ThumbHash, BlurHash, whether anything is transparent.

mod blurhash;
pub mod copy;
mod cosine;
mod thumbhash;

pub use blurhash::blurhash;
pub use copy::{Copy, small_copy};
pub use thumbhash::thumbhash;

use crate::error::Result;
use crate::image::{Decoded, Pixels};

/// Longest side of the copy that everything is worked out on.
pub const SIDE: u32 = 100;

#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Lower-case hex, `rrggbb`.
    pub dominant: String,
    pub thumbhash: Vec<u8>,
    pub blurhash: String,
    /// Whether a pixel of the first frame is not opaque.
    pub has_alpha: bool,
    /// The copy that the three values are of: at most 100 × 100, upright, made by [`small_copy`].
    pub copy: Copy,
}

/// Of the first frame, which must be 8-bit sRGB (or planes of it): run [`crate::colour::to_srgb8`] before.
/// The hashes equal the reference packages' hashes of `copy`. `BadRequest` for deep pixels.
pub fn analyse(d: &Decoded) -> Result<Analysis> {
    let copy = small_copy(d, SIDE)?;
    Ok(Analysis {
        dominant: dominant(&copy),
        thumbhash: thumbhash(&copy),
        blurhash: blurhash(&copy),
        has_alpha: d.frames.first().is_some_and(|f| !opaque(&f.pixels)),
        copy,
    })
}

/// Whether every pixel is opaque (deep alpha is not looked at: it counts as transparent).
pub fn opaque(p: &Pixels) -> bool {
    match p {
        Pixels::La8(v) => v.as_chunks::<2>().0.iter().all(|p| p[1] == 255),
        Pixels::Rgba8(v) => opaque_bytes(v),
        Pixels::La16(_) | Pixels::Rgba16(_) | Pixels::RgbaF32(_) => false,
        _ => true,
    }
}

/// Whether every pixel of RGBA8 is opaque.
pub fn opaque_bytes(rgba: &[u8]) -> bool {
    // By blocks without an exit: those are compared many at a time.
    rgba.chunks(4096).all(|block| block.as_chunks::<4>().0.iter().fold(255, |all, p| all & p[3]) == 255)
}

/// The mean of the fullest of 16 × 16 × 16 boxes of colour; pixels weigh by alpha, those under half don't count.
/// Ties go to the darkest box; `000000` when everything is clear.
fn dominant(c: &Copy) -> String {
    let mut boxes = vec![[0u32; 4]; 4096];
    for p in c.rgba.as_chunks::<4>().0.iter().filter(|p| p[3] >= 128) {
        let at = usize::from(p[0] >> 4) << 8 | usize::from(p[1] >> 4) << 4 | usize::from(p[2] >> 4);
        let Some(b) = boxes.get_mut(at) else { continue };
        let a = u32::from(p[3]);
        b.iter_mut().zip(p).take(3).for_each(|(s, v)| *s += a * u32::from(*v));
        b[3] += a;
    }
    let best = boxes.iter().rev().max_by_key(|b| b[3]).copied().unwrap_or_default();
    let n = best[3].max(1);
    let [r, g, b] = [best[0], best[1], best[2]].map(|s| (s + n / 2) / n);
    format!("{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::picture;

    #[test]
    fn dominant_is_the_commonest_colour() {
        let mut px = [0x3b, 0x82, 0xf6, 255].repeat(60);
        px.extend([250, 10, 10, 255].repeat(40));
        px.extend([0, 255, 0, 0].repeat(100));
        let a = analyse(&picture(20, 10, Pixels::Rgba8(px))).expect("8 bit");
        assert_eq!(a.dominant, "3b82f6");
        assert!(a.has_alpha && a.thumbhash.len() > 20 && a.blurhash.len() == 28);
    }

    #[test]
    fn all_clear_and_all_grey() {
        assert_eq!(analyse(&picture(4, 4, Pixels::La8(vec![0; 32]))).expect("8 bit").dominant, "000000");
        let grey = analyse(&picture(4, 4, Pixels::L8(vec![200; 16]))).expect("8 bit");
        assert!(grey.dominant == "c8c8c8" && !grey.has_alpha);
    }
}
