//! Alpha → a background colour.

use super::{Bytes, each, narrowed};
use crate::error::Result;
use crate::image::Decoded;

/// Lays every frame on the colour `bg` (r, g, b, a; not premultiplied): c·a + bg·(1 − a) on sRGB-coded values, rounded,
/// as libvips and browsers do. An opaque `bg` drops alpha, a clear one changes nothing, one between leaves what shines
/// through both. Grey with alpha becomes colour unless `bg` is a grey. Pictures without alpha stay.
pub fn flatten(d: Decoded, bg: [u8; 4]) -> Result<Decoded> {
    let [red, green, blue, alpha] = bg;
    each(d, |b| {
        Ok(match alpha {
            _ if !b.has_alpha() => b,
            0 => b,
            255 => on(b, [red, green, blue]),
            _ => over(b, bg),
        })
    })
}

/// The picture over a colour that is clear in part: Porter and Duff's `over`.
fn over(b: Bytes, bg: [u8; 4]) -> Bytes {
    let [red, green, blue, _] = bg;
    if b.channels == 4 {
        return Bytes { px: narrowed::<4, 4>(b.px, |&[r, g, l, a]| veiled([r, g, l], a, bg)), channels: 4 };
    }
    if red == green && green == blue {
        let grey = |&[l, a]: &[u8; 2]| {
            let [l, _, _, a] = veiled([l; 3], a, bg);
            [l, a]
        };
        return Bytes { px: narrowed::<2, 2>(b.px, grey), channels: 2 };
    }
    Bytes { px: b.px.as_chunks::<2>().0.iter().flat_map(|&[l, a]| veiled([l; 3], a, bg)).collect(), channels: 4 }
}

/// One pixel over a colour whose alpha isn't 0, so that the sum of both isn't either.
fn veiled(c: [u8; 3], a: u8, bg: [u8; 4]) -> [u8; 4] {
    let front = u32::from(a) * 255;
    let back = u32::from(bg[3]) * (255 - u32::from(a));
    let sum = (front + back).max(1);
    let part = |c: u8, under: u8| ((u32::from(c) * front + u32::from(under) * back + sum / 2) / sum) as u8;
    [part(c[0], bg[0]), part(c[1], bg[1]), part(c[2], bg[2]), ((sum + 127) / 255) as u8]
}

fn on(b: Bytes, bg: [u8; 3]) -> Bytes {
    if b.channels == 4 {
        return Bytes { px: narrowed::<4, 3>(b.px, |&[r, g, l, a]| mix([r, g, l], a, bg)), channels: 3 };
    }
    if bg[0] == bg[1] && bg[1] == bg[2] {
        return Bytes { px: narrowed::<2, 1>(b.px, |&[l, a]| [blend(l, a, bg[0])]), channels: 1 };
    }
    Bytes { px: b.px.as_chunks::<2>().0.iter().flat_map(|&[l, a]| mix([l; 3], a, bg)).collect(), channels: 3 }
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
        let got = flatten(picture(20, 20, Pixels::Rgba8(px.clone())), [10, 200, 255, 255]).expect("8 bit");
        for (p, o) in px.chunks(4).zip(bytes(&got).chunks(3)) {
            for c in 0..3 {
                let a = f64::from(p[3]) / 255.0;
                let want = f64::from(p[c]) * a + f64::from([10u8, 200, 255][c]) * (1.0 - a);
                assert!((f64::from(o[c]) - want).abs() <= 0.5001);
            }
        }
    }

    #[test]
    fn half_clear_colours_shine_through() {
        let px = noise(400 * 4, 6);
        let got = flatten(picture(20, 20, Pixels::Rgba8(px.clone())), [10, 200, 255, 128]).expect("8 bit");
        for (p, o) in px.chunks(4).zip(bytes(&got).chunks(4)) {
            let (front, back) = (f64::from(p[3]) / 255.0, 128.0 / 255.0);
            let sum = front + back * (1.0 - front);
            assert!((f64::from(o[3]) - 255.0 * sum).abs() <= 0.5001);
            for c in 0..3 {
                let under = f64::from([10u8, 200, 255][c]) * back * (1.0 - front);
                let want = (f64::from(p[c]) * front + under) / sum;
                assert!((f64::from(o[c]) - want).abs() <= 0.5001);
            }
        }
        let la = Pixels::La8(vec![100, 0, 100, 255]);
        let clear = flatten(picture(2, 1, la.clone()), [9, 9, 9, 0]).expect("8 bit");
        assert_eq!(clear.frames[0].pixels, la);
        let grey = flatten(picture(2, 1, la.clone()), [9, 9, 9, 128]).expect("8 bit");
        assert_eq!(grey.frames[0].pixels, Pixels::La8(vec![9, 128, 100, 255]));
        let red = flatten(picture(2, 1, la), [255, 0, 0, 128]).expect("8 bit");
        assert_eq!(red.frames[0].pixels, Pixels::Rgba8(vec![255, 0, 0, 128, 100, 100, 100, 255]));
    }

    #[test]
    fn grey_stays_grey_on_grey_only() {
        let la = Pixels::La8(vec![100, 0, 100, 255]);
        let grey = flatten(picture(2, 1, la.clone()), [255; 4]).expect("8 bit");
        assert_eq!(grey.frames[0].pixels, Pixels::L8(vec![255, 100]));
        let red = flatten(picture(2, 1, la), [255, 0, 0, 255]).expect("8 bit");
        assert_eq!(red.frames[0].pixels, Pixels::Rgb8(vec![255, 0, 0, 100, 100, 100]));
    }
}
