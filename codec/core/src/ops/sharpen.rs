//! Unsharp mask on luma.

use super::premultiply::{premultiply, unpremultiply};
use super::{Bytes, blur, each};
use crate::error::Result;
use crate::image::{Decoded, Frame, Pixels};

/// Radius of the mask.
const SIGMA: f32 = 1.0;

/// Sharpens by `amount` 0–100 (clipped; NaN counts as 0): with Y = 0.299 R + 0.587 G + 0.114 B (rounded to 8 bits)
/// and Y' = Y blurred by sigma 1.0 (weighted by alpha), every colour gains (amount / 50) · (Y − Y'), rounded and
/// clipped. 0 changes nothing, 50 doubles the contrast of fine detail, 100 trebles it. Hues stay; alpha stays.
pub fn sharpen(d: Decoded, amount: f32) -> Result<Decoded> {
    let gain = if amount.is_nan() { 0 } else { (amount.clamp(0.0, 100.0) * 256.0 / 50.0).round() as i32 };
    let (w, h) = (d.width, d.height);
    each(d, |b| if gain == 0 { Ok(b) } else { mask(b, w, h, gain) })
}

/// `gain` in 1/256.
fn mask(mut b: Bytes, w: u32, h: u32, gain: i32) -> Result<Bytes> {
    let (mut luma, step) = luma(&b);
    if step == 2 {
        // The same rounding as inside the blur, so that flat parts stay as they are.
        let mut through = Bytes { px: luma, channels: 2 };
        premultiply(&mut through);
        unpremultiply(&mut through);
        luma = through.px;
    }
    let soft = blur(still(w, h, if step == 2 { Pixels::La8(luma.clone()) } else { Pixels::L8(luma.clone()) }), SIGMA)?;
    let Some(Frame { pixels: Pixels::L8(soft) | Pixels::La8(soft), .. }) = soft.frames.first() else { return Ok(b) };
    let colours = b.colours();
    let pairs = luma.iter().step_by(step).zip(soft.iter().step_by(step));
    for (p, (&y, &s)) in b.px.chunks_exact_mut(b.channels).zip(pairs) {
        let more = ((i32::from(y) - i32::from(s)) * gain + 128) >> 8;
        p.iter_mut().take(colours).for_each(|v| *v = (i32::from(*v) + more).clamp(0, 255) as u8);
    }
    Ok(b)
}

/// L, or L and alpha; and how many values a pixel that makes.
fn luma(b: &Bytes) -> (Vec<u8>, usize) {
    match b.channels {
        1 | 2 => (b.px.clone(), b.channels),
        3 => (b.px.as_chunks::<3>().0.iter().map(|&[r, g, b]| y(r, g, b)).collect(), 1),
        _ => (b.px.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, a]| [y(r, g, b), a]).collect(), 2),
    }
}

fn y(r: u8, g: u8, b: u8) -> u8 {
    ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 32_768) >> 16) as u8
}

fn still(width: u32, height: u32, pixels: Pixels) -> Decoded {
    Decoded {
        width,
        height,
        frames: vec![Frame { pixels, delay_ms: 0 }],
        loops: None,
        orientation: 1,
        rows_decoded: height,
        icc: None,
        exif: None,
        xmp: None,
        iptc: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{bytes, noise, picture};

    #[test]
    fn follows_the_formula() {
        let (w, h) = (31u32, 17u32);
        let px = noise((w * h * 3) as usize, 6);
        let luma: Vec<u8> = px.chunks(3).map(|p| y(p[0], p[1], p[2])).collect();
        let soft = blur(picture(w, h, Pixels::L8(luma.clone())), SIGMA).expect("8 bit");
        for amount in [1.0, 25.0, 50.0, 100.0] {
            let got = sharpen(picture(w, h, Pixels::Rgb8(px.clone())), amount).expect("8 bit");
            for (i, (p, o)) in px.chunks(3).zip(bytes(&got).chunks(3)).enumerate() {
                let more = f64::from(amount) / 50.0 * (f64::from(luma[i]) - f64::from(bytes(&soft)[i]));
                for c in 0..3 {
                    let want = (f64::from(p[c]) + more).clamp(0.0, 255.0);
                    assert!((f64::from(o[c]) - want).abs() <= 1.0, "{amount} {p:?} {o:?} {more}");
                }
            }
        }
    }

    #[test]
    fn flat_and_zero_change_nothing() {
        let flat = vec![90; 4 * 64];
        let got = sharpen(picture(8, 8, Pixels::Rgba8(flat.clone())), 100.0).expect("8 bit");
        assert_eq!(bytes(&got), flat);
        let px = noise(64, 1);
        assert_eq!(bytes(&sharpen(picture(8, 8, Pixels::L8(px.clone())), 0.0).expect("8 bit")), px);
    }
}
