//! WebP by libwebp: lossy from planes or RGB(A), lossless, near-lossless at quality 100, animated.

mod abi;

use super::quality;
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Frame, Pixels};
use crate::ops::Bytes;
use crate::request::EncodeRequest;
use abi::{Animation, Input, Settings};
use std::borrow::Cow;

/// libwebp's method where no effort is asked for.
const METHOD: u8 = 4;
/// Effort of the lossless coder, 0–100.
const LOSSLESS_EFFORT: f32 = 75.0;
/// Preprocessing of near-lossless, 0 (most) to 100 (none); libwebp's documentation suggests 60.
const NEAR_LOSSLESS: i32 = 60;

/// Encodes a still, or, of more than one frame, an animation. Planes must be of limited range, chroma halved.
///
/// # Errors
/// `bad_request` for sides past 16,383 or deep pixels, `limit` where memory is out.
pub fn encode(d: &Decoded, r: &EncodeRequest) -> Result<Vec<u8>> {
    let settings = settings(r);
    match d.frames.as_slice() {
        [] => Err(Error::new(Code::BadRequest, "no frame")),
        [still] => match &still.pixels {
            Pixels::Ycc(p) if (p.cw, p.ch) == (d.width.div_ceil(2), d.height.div_ceil(2)) && !settings.lossless => {
                abi::encode(&Input::Yuv420 { y: &p.y, u: &p.cb, v: &p.cr }, d.width, d.height, &settings)
            }
            pixels => {
                let (data, alpha) = colours(pixels, d.width, d.height)?;
                abi::encode(&input(&data, alpha), d.width, d.height, &settings)
            }
        },
        frames => animation(d, frames, &settings),
    }
}

fn settings(r: &EncodeRequest) -> Settings {
    let method = i32::from(r.effort.unwrap_or(METHOD).min(6));
    let near = !r.lossless && quality(r) == 100;
    let lossless = r.lossless || near;
    Settings {
        quality: if lossless { LOSSLESS_EFFORT } else { f32::from(quality(r)) },
        method,
        lossless,
        near_lossless: if near { NEAR_LOSSLESS } else { 100 },
    }
}

fn animation(d: &Decoded, frames: &[Frame], settings: &Settings) -> Result<Vec<u8>> {
    let mut animation = Animation::new(d.width, d.height, d.loops.unwrap_or(0), settings)?;
    for frame in frames {
        let (data, alpha) = colours(&frame.pixels, d.width, d.height)?;
        animation.add(&input(&data, alpha), frame.delay_ms)?;
    }
    animation.finish()
}

fn input(data: &[u8], alpha: bool) -> Input<'_> {
    if alpha { Input::Rgba(data) } else { Input::Rgb(data) }
}

/// Pixels as RGB or, with alpha, RGBA.
fn colours(p: &Pixels, width: u32, height: u32) -> Result<(Cow<'_, [u8]>, bool)> {
    Ok(match p {
        Pixels::Rgb8(v) => (Cow::Borrowed(v), false),
        Pixels::Rgba8(v) => (Cow::Borrowed(v), true),
        Pixels::L8(v) => (Cow::Owned(v.iter().flat_map(|l| [*l, *l, *l]).collect()), false),
        Pixels::La8(v) => (Cow::Owned(v.as_chunks::<2>().0.iter().flat_map(|[l, a]| [*l, *l, *l, *a]).collect()), true),
        other => (Cow::Owned(Bytes::take(other.clone(), width, height)?.px), false),
    })
}

/// Compares the file of the search for modes in SIMD with that of libwebp's own, on a gradient under noise.
#[cfg(all(target_arch = "wasm32", feature = "selftest"))]
pub fn arms_agree(seed: u32) -> bool {
    let (width, height) = (1 + seed * 7 % 61, 1 + seed * 11 % 53);
    let noise = crate::selftest::noise((width * height * 3) as usize, seed);
    let slope = |i: usize| (i as u32 % (width * 3) * (seed % 5) + i as u32 / (width * 3) * (seed % 3)) as u8;
    let data: Vec<u8> = noise.iter().enumerate().map(|(i, v)| slope(i).wrapping_add(v >> (seed % 9).min(7))).collect();
    let (quality, method) = ((seed * 13 % 101) as f32, (3 + seed % 2) as i32);
    let settings = Settings { quality, method, lossless: false, near_lossless: 100 };
    let [fast, reference] = [false, true].map(|on| {
        abi::use_reference(on);
        abi::encode(&Input::Rgb(&data), width, height, &settings).ok()
    });
    fast.is_some() && fast == reference
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{DecodeOptions, Frames};
    use crate::ops::testing::{noise, picture};
    use crate::request::{MetaMode, OutputFormat};

    fn request(quality: u8, lossless: bool) -> EncodeRequest {
        EncodeRequest {
            format: OutputFormat::Webp, quality: Some(quality), effort: None, lossless, progressive: false,
            palette: false, meta: MetaMode::None,
        }
    }

    fn back(file: &[u8], frames: Frames) -> Decoded {
        let options = DecodeOptions { max_pixels: 1 << 20, frames, target: None, allow_ycc: false, full_chroma: false };
        crate::decode::decode(file, &options).unwrap()
    }

    #[test]
    fn lossless_keeps_every_visible_pixel() {
        let mut px = noise(20 * 15 * 4, 5);
        px.chunks_exact_mut(4).for_each(|p| p[3] |= 1);
        let file = encode(&picture(20, 15, Pixels::Rgba8(px.clone())), &request(80, true)).unwrap();
        assert_eq!(back(&file, Frames::First).frames[0].pixels, Pixels::Rgba8(px));
    }

    #[test]
    fn near_lossless_is_close() {
        let px = noise(32 * 32 * 3, 6);
        let file = encode(&picture(32, 32, Pixels::Rgb8(px.clone())), &request(100, false)).unwrap();
        let Pixels::Rgb8(got) = &back(&file, Frames::First).frames[0].pixels.clone() else { panic!("rgb") };
        assert!(got.iter().zip(&px).all(|(a, b)| a.abs_diff(*b) <= 8));
    }

    #[test]
    fn frames_times_and_loops_stay() {
        let mut d = picture(16, 16, Pixels::Rgb8(noise(16 * 16 * 3, 1)));
        d.loops = Some(3);
        d.frames[0].delay_ms = 120;
        d.frames.push(Frame { pixels: Pixels::Rgb8(noise(16 * 16 * 3, 2)), delay_ms: 250 });
        let file = encode(&d, &request(80, false)).unwrap();
        let got = back(&file, Frames::All { max: 10, max_pixels: 1 << 20 });
        assert_eq!(got.loops, Some(3));
        assert_eq!(got.frames.iter().map(|f| f.delay_ms).collect::<Vec<_>>(), [120, 250]);
    }
}
