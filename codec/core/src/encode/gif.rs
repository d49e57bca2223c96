//! GIF by the `gif` crate: up to 256 colours a frame, exact where the frame has no more, else quantised (NeuQuant)
//! with Floyd–Steinberg error diffusion.

use super::palette;
use crate::encode::rgba8;
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};
use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::borrow::Cow;

/// Pixels that the quantiser looks at: one of so many, 1 (best) to 30.
const SAMPLING: i32 = 10;
/// Alpha below which a pixel is transparent.
const THRESHOLD: u8 = 128;
/// Index of transparent pixels in quantised frames that have any.
const CLEAR: u8 = 255;

/// Encodes a still or all frames. Times are rounded up to the format's hundredths of a second.
///
/// # Errors
/// `bad_request` for a side past 65,535 or deep pixels.
pub fn encode(d: &Decoded) -> Result<Vec<u8>> {
    let (Ok(width), Ok(height)) = (u16::try_from(d.width), u16::try_from(d.height)) else {
        return Err(Error::new(Code::BadRequest, "GIF: a side past 65,535 pixels"));
    };
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height, &[]).map_err(bad)?;
    if d.frames.len() > 1 {
        encoder.set_repeat(repeat(d.loops.unwrap_or(0))).map_err(bad)?;
    }
    for still in &d.frames {
        let mut frame = indexed(&still.pixels, width, height)?;
        frame.delay = still.delay_ms.div_ceil(10).min(65_535) as u16;
        frame.dispose = DisposalMethod::Background;
        encoder.write_frame(&frame).map_err(bad)?;
    }
    drop(encoder);
    Ok(out)
}

/// The format's count is of repetitions: one less than the times to play.
fn repeat(loops: u32) -> Repeat {
    match loops {
        0 => Repeat::Infinite,
        n => Repeat::Finite((n - 1).min(65_535) as u16),
    }
}

fn indexed(p: &Pixels, width: u16, height: u16) -> Result<Frame<'static>> {
    let mut data = rgba8(p, width.into(), height.into())?;
    for p in data.as_chunks_mut::<4>().0 {
        *p = if p[3] < THRESHOLD { [0; 4] } else { [p[0], p[1], p[2], 255] };
    }
    let (buffer, colours, transparent) = match palette::exact(&data, 4, width.into()) {
        Some(p) => {
            let clear = p.alphas.is_some().then_some(0);
            (p.indices(width.into()), p.colours, clear)
        }
        None => quantised(&data, width.into()),
    };
    Ok(Frame { width, height, buffer: Cow::Owned(buffer), palette: Some(colours), transparent, ..Frame::default() })
}

/// Indices, RGB colours and the index of transparent pixels.
fn quantised(data: &[u8], width: usize) -> (Vec<u8>, Vec<u8>, Option<u8>) {
    let (pixels, _) = data.as_chunks::<4>();
    let opaque: Vec<u8> = pixels.iter().filter(|p| p[3] > 0).flatten().copied().collect();
    let clear = opaque.len() < data.len();
    let quantiser = NeuQuant::new(SAMPLING, if clear { usize::from(CLEAR) } else { 256 }, &opaque);
    let mut colours = quantiser.color_map_rgb();
    let mut out = Vec::with_capacity(pixels.len());
    let mut diffusion = Diffusion::new(width);
    for row in pixels.chunks(width) {
        for (x, p) in row.iter().enumerate() {
            if p[3] == 0 {
                out.push(CLEAR);
                continue;
            }
            let wanted = diffusion.wanted(x, p);
            let index = quantiser.index_of(&[wanted[0], wanted[1], wanted[2], 255]);
            let got = colours.get(index * 3..index * 3 + 3).unwrap_or(&[0; 3]);
            diffusion.spread(x, wanted, got);
            out.push(index as u8);
        }
        diffusion.next_row();
    }
    if clear {
        colours.resize(256 * 3, 0);
    }
    (out, colours, clear.then_some(CLEAR))
}

/// Errors (in sixteenths) that wait for pixels of this row and the next, with a pixel of margin on each side.
struct Diffusion {
    here: Vec<[i32; 3]>,
    below: Vec<[i32; 3]>,
}

impl Diffusion {
    fn new(width: usize) -> Self {
        Self { here: vec![[0; 3]; width + 2], below: vec![[0; 3]; width + 2] }
    }

    /// The pixel with what was left over around it.
    fn wanted(&self, x: usize, p: &[u8; 4]) -> [u8; 3] {
        let waiting = self.here.get(x + 1).copied().unwrap_or_default();
        std::array::from_fn(|c| (i32::from(p[c]) + ((waiting[c] + 8) >> 4)).clamp(0, 255) as u8)
    }

    fn spread(&mut self, x: usize, wanted: [u8; 3], got: &[u8]) {
        let error: [i32; 3] = std::array::from_fn(|c| i32::from(wanted[c]) - got.get(c).map_or(0, |v| i32::from(*v)));
        let mut add = |row: usize, at: usize, share: i32| {
            let row = if row == 0 { &mut self.here } else { &mut self.below };
            if let Some(slot) = row.get_mut(at) {
                slot.iter_mut().zip(error).for_each(|(s, e)| *s += e * share);
            }
        };
        add(0, x + 2, 7);
        add(1, x, 3);
        add(1, x + 1, 5);
        add(1, x + 2, 1);
    }

    fn next_row(&mut self) {
        std::mem::swap(&mut self.here, &mut self.below);
        self.below.fill([0; 3]);
    }
}

fn bad(e: gif::EncodingError) -> Error {
    Error::new(Code::BadRequest, format!("GIF: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{DecodeOptions, Frame as Still, Frames};
    use crate::ops::testing::{noise, picture};

    fn back(file: &[u8]) -> Decoded {
        let frames = Frames::All { max: 10, max_pixels: 1 << 20 };
        crate::decode::decode(file, &DecodeOptions { max_pixels: 1 << 20, frames, target: None, allow_ycc: false }).unwrap()
    }

    #[test]
    fn few_colours_frames_times_and_loops_come_back() {
        let stripes = |shift: usize| -> Vec<u8> {
            (0..20 * 10).flat_map(|i| if i % 7 == 0 { [0; 4] } else { [((i + shift) % 50) as u8, 9, 200, 255] }).collect()
        };
        let mut d = picture(20, 10, Pixels::Rgba8(stripes(0)));
        d.frames[0].delay_ms = 40;
        d.frames.push(Still { pixels: Pixels::Rgba8(stripes(3)), delay_ms: 100 });
        d.loops = Some(2);
        let got = back(&encode(&d).unwrap());
        assert_eq!(got.loops, Some(2));
        for (a, b) in got.frames.iter().zip(&d.frames) {
            assert_eq!(a.delay_ms, b.delay_ms);
            assert_eq!(rgba8(&a.pixels, 20, 10).unwrap(), rgba8(&b.pixels, 20, 10).unwrap());
        }
    }

    #[test]
    fn many_colours_stay_close_on_the_mean() {
        let px: Vec<u8> = noise(64 * 64 * 3, 9).iter().map(|v| v / 4 + 90).collect();
        let got = back(&encode(&picture(64, 64, Pixels::Rgb8(px.clone()))).unwrap());
        let out = rgba8(&got.frames[0].pixels, 64, 64).unwrap();
        let mean = |v: &mut dyn Iterator<Item = u8>| v.map(f64::from).sum::<f64>() / (64.0 * 64.0);
        for c in 0..3 {
            let a = mean(&mut px.iter().skip(c).step_by(3).copied());
            let b = mean(&mut out.iter().skip(c).step_by(4).copied());
            assert!((a - b).abs() < 1.0, "{a} {b}");
        }
    }
}
