//! Brightness, contrast and saturation, by the formulas of CSS filters (Filter Effects 1, §7).

use super::each;
use crate::error::Result;
use crate::image::Decoded;

/// −100 … 100 each, 0 = unchanged; values outside are clipped.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Adjust {
    pub brightness: f32,
    pub contrast: f32,
    pub saturation: f32,
}

/// On sRGB-coded values 0–255, in this order:
/// 1. brightness: v · (1 + brightness/100), so −100 is black and 100 doubles (CSS `brightness()`);
/// 2. contrast: (v − 127.5) · (1 + contrast/100) + 127.5, so −100 is mid grey (CSS `contrast()`);
/// 3. saturation: Y + (v − Y) · (1 + saturation/100), Y = 0.2126 R + 0.7152 G + 0.0722 B, so −100 is grey (CSS
///    `saturate()` up to the rounding of its coefficients).
///
/// Rounded and clipped after step 2 and after step 3. Alpha stays. NaN counts as 0.
pub fn adjust(d: Decoded, by: Adjust) -> Result<Decoded> {
    let table = curve(factor(by.brightness), factor(by.contrast));
    let saturation = factor(by.saturation) as f32;
    each(d, |mut b| {
        match b.channels {
            1 => b.px.iter_mut().for_each(|v| *v = table[*v as usize]),
            2 => b.px.as_chunks_mut::<2>().0.iter_mut().for_each(|p| p[0] = table[p[0] as usize]),
            3 => colours(b.px.as_chunks_mut::<3>().0, &table, saturation),
            _ => colours(b.px.as_chunks_mut::<4>().0, &table, saturation),
        }
        Ok(b)
    })
}

fn colours<const N: usize>(px: &mut [[u8; N]], table: &[u8; 256], saturation: f32) {
    for p in px {
        let rgb = [p[0], p[1], p[2]].map(|v| table[v as usize]);
        let [r, g, b] = if saturation == 1.0 { rgb } else { saturate(rgb, saturation) };
        (p[0], p[1], p[2]) = (r, g, b);
    }
}

fn factor(v: f32) -> f64 {
    if v.is_nan() { 1.0 } else { 1.0 + f64::from(v.clamp(-100.0, 100.0)) / 100.0 }
}

fn curve(brightness: f64, contrast: f64) -> [u8; 256] {
    std::array::from_fn(|i| {
        let v = (i as f64 * brightness - 127.5) * contrast + 127.5;
        v.round().clamp(0.0, 255.0) as u8
    })
}

fn saturate(p: [u8; 3], k: f32) -> [u8; 3] {
    let v = p.map(f32::from);
    let y = 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
    v.map(|c| (y + (c - y) * k + 0.5).clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Pixels;
    use crate::ops::testing::{bytes, noise, picture};

    fn slow(p: &[u8], by: Adjust) -> Vec<f64> {
        let [b, c, s] = [by.brightness, by.contrast, by.saturation].map(|v| 1.0 + f64::from(v) / 100.0);
        let v: Vec<f64> =
            p.iter().map(|&x| ((f64::from(x) * b - 127.5) * c + 127.5).round().clamp(0.0, 255.0)).collect();
        let y = 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
        v.iter().map(|x| (y + (x - y) * s).clamp(0.0, 255.0)).collect()
    }

    #[test]
    fn follows_the_formula() {
        let px = noise(40 * 40 * 3, 2);
        for (brightness, contrast, saturation) in
            [(0., 0., 0.), (30., 0., 0.), (-40., 20., 0.), (0., -100., 50.), (10., 60., -100.), (100., 100., 100.)]
        {
            let by = Adjust { brightness, contrast, saturation };
            let got = adjust(picture(40, 40, Pixels::Rgb8(px.clone())), by).expect("8 bit");
            for (p, o) in px.chunks(3).zip(bytes(&got).chunks(3)) {
                for (g, w) in o.iter().zip(slow(p, by)) {
                    assert!((f64::from(*g) - w).abs() <= 0.51, "{by:?} {p:?} {o:?}");
                }
            }
        }
    }

    #[test]
    fn zero_changes_nothing_and_alpha_stays() {
        let px = noise(400, 8);
        let same = adjust(picture(10, 10, Pixels::Rgba8(px.clone())), Adjust::default()).expect("8 bit");
        assert_eq!(bytes(&same), px);
        let by = Adjust { brightness: -100.0, ..Adjust::default() };
        let dark = adjust(picture(10, 10, Pixels::Rgba8(px.clone())), by).expect("8 bit");
        assert!(bytes(&dark).chunks(4).zip(px.chunks(4)).all(|(d, p)| d == [0, 0, 0, p[3]]));
    }
}
