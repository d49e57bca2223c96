//! Alpha → a background colour.

use super::{Bytes, each};
use crate::error::Result;
use crate::image::Decoded;

/// Lays every frame on the colour `bg` (r, g, b) and drops alpha: c·a + bg·(1 − a) on sRGB-coded values, rounded, as
/// libvips and browsers do. Grey with alpha becomes Rgb8 unless `bg` is a grey. Pictures without alpha stay.
pub fn flatten(d: Decoded, bg: [u8; 3]) -> Result<Decoded> {
    each(d, |b| Ok(if b.has_alpha() { on(&b, bg) } else { b }))
}

fn on(b: &Bytes, bg: [u8; 3]) -> Bytes {
    let grey = bg[0] == bg[1] && bg[1] == bg[2];
    let n = b.px.len() / b.channels;
    let mut px = vec![0; n * if b.channels == 4 || !grey { 3 } else { 1 }];
    if b.channels == 4 {
        let pairs = b.px.as_chunks::<4>().0.iter().zip(px.as_chunks_mut::<3>().0);
        pairs.for_each(|(&[r, g, l, a], o)| *o = mix([r, g, l], a, bg));
        return Bytes { px, channels: 3 };
    }
    let src = b.px.as_chunks::<2>().0.iter();
    if grey {
        src.zip(&mut px).for_each(|(&[l, a], o)| *o = blend(l, a, bg[0]));
        Bytes { px, channels: 1 }
    } else {
        src.zip(px.as_chunks_mut::<3>().0).for_each(|(&[l, a], o)| *o = mix([l; 3], a, bg));
        Bytes { px, channels: 3 }
    }
}

fn mix(c: [u8; 3], a: u8, bg: [u8; 3]) -> [u8; 3] {
    std::array::from_fn(|i| blend(c[i], a, bg[i]))
}

fn blend(c: u8, a: u8, bg: u8) -> u8 {
    let a = u32::from(a);
    // Blinn's exact division by 255.
    let t = u32::from(c) * a + u32::from(bg) * (255 - a) + 128;
    ((t + (t >> 8)) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Pixels;
    use crate::ops::testing::{bytes, noise, picture};

    #[test]
    fn follows_the_formula() {
        let px = noise(400 * 4, 5);
        let got = flatten(picture(20, 20, Pixels::Rgba8(px.clone())), [10, 200, 255]).expect("8 bit");
        for (p, o) in px.chunks(4).zip(bytes(&got).chunks(3)) {
            for c in 0..3 {
                let a = f64::from(p[3]) / 255.0;
                let want = f64::from(p[c]) * a + f64::from([10u8, 200, 255][c]) * (1.0 - a);
                assert!((f64::from(o[c]) - want).abs() <= 0.5001);
            }
        }
    }

    #[test]
    fn grey_stays_grey_on_grey_only() {
        let la = Pixels::La8(vec![100, 0, 100, 255]);
        let grey = flatten(picture(2, 1, la.clone()), [255; 3]).expect("8 bit");
        assert_eq!(grey.frames[0].pixels, Pixels::L8(vec![255, 100]));
        let red = flatten(picture(2, 1, la), [255, 0, 0]).expect("8 bit");
        assert_eq!(red.frames[0].pixels, Pixels::Rgb8(vec![255, 0, 0, 100, 100, 100]));
    }
}
