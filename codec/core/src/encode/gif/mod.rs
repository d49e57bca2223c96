//! GIF by the `gif` crate: up to 256 colours a frame, exact where the frame has no more, else quantised. Of an animation
//! each frame holds what changed, and nothing where it didn't.

mod delta;
mod quantise;

use super::palette;
use crate::encode::rgba8;
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};
use delta::{Rect, Screen};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use quantise::quantised;
use std::borrow::Cow;

/// Alpha below which a pixel is transparent.
const THRESHOLD: u8 = 128;

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
    let mut screen = Screen::new(d.width as usize, d.height as usize);
    let mut frames = d.frames.iter().peekable();
    let mut clock = Clock::default();
    let mut now = frames.peek().map_or(Ok(Vec::new()), |f| two_level(&f.pixels, d.width, d.height))?;
    while let Some(still) = frames.next() {
        let next = frames.peek().map(|f| two_level(&f.pixels, d.width, d.height)).transpose()?;
        let step = screen.step(&now, next.as_deref());
        let mut frame = smallest(&screen, &now, step.rect);
        frame.delay = clock.delay(still.delay_ms);
        frame.dispose = if step.clears { DisposalMethod::Background } else { DisposalMethod::Keep };
        encoder.write_lzw_pre_encoded_frame(&frame).map_err(bad)?;
        screen.show(&now, &step);
        now = next.unwrap_or_default();
    }
    drop(encoder);
    Ok(out)
}

/// Frame times in hundredths of a second, which is all that the format has: what one frame gets too much or too little
/// is made up for by the next, so that the whole is as long as it was.
#[derive(Default)]
struct Clock {
    shown_ms: u64,
    given_cs: u64,
}

impl Clock {
    /// At least 20 ms where the frame had as much: readers take less for 100 ms.
    fn delay(&mut self, ms: u32) -> u16 {
        self.shown_ms += u64::from(ms);
        let due = ((self.shown_ms + 5) / 10).saturating_sub(self.given_cs);
        let delay = due.max(u64::from(ms.div_ceil(10).min(2))).min(65_535);
        self.given_cs += delay;
        delay as u16
    }
}

/// The format's count is of repetitions: one less than the times to play.
fn repeat(loops: u32) -> Repeat {
    match loops {
        0 => Repeat::Infinite,
        n => Repeat::Finite((n - 1).min(65_535) as u16),
    }
}

/// RGBA whose alpha is 0 (then so is the rest) or 255.
fn two_level(p: &Pixels, width: u32, height: u32) -> Result<Vec<u8>> {
    let mut data = rgba8(p, width, height)?;
    for p in data.as_chunks_mut::<4>().0 {
        *p = if p[3] < THRESHOLD { [0; 4] } else { [p[0], p[1], p[2], 255] };
    }
    Ok(data)
}

/// The frame with holes where the screen shows the same already; or without them where that takes fewer bytes, which
/// only a frame of few colours can tell (holes save one of many colours the quantiser's work as well).
fn smallest(screen: &Screen, now: &[u8], rect: Rect) -> Frame<'static> {
    let holed = screen.cut(now, rect, true);
    let whole = screen.cut(now, rect, false);
    let same = whole == holed;
    let exact = if same { None } else { palette::exact(&whole, 4, rect.width) };
    let first = encoded(&holed, rect, None);
    match exact.map(|p| encoded(&whole, rect, Some(p))) {
        Some(second) if cost(&second) < cost(&first) => second,
        _ => first,
    }
}

fn cost(f: &Frame) -> usize {
    f.buffer.len() + f.palette.as_ref().map_or(0, Vec::len)
}

fn encoded(data: &[u8], rect: Rect, exact: Option<palette::Indexed>) -> Frame<'static> {
    let (buffer, colours, transparent) = match exact.or_else(|| palette::exact(data, 4, rect.width)) {
        Some(p) => {
            let clear = p.alphas.is_some().then_some(0);
            (p.indices(rect.width), p.colours, clear)
        }
        None => quantised(data, rect.width),
    };
    let mut frame = Frame {
        left: rect.left as u16, top: rect.top as u16, width: rect.width as u16, height: rect.height as u16,
        buffer: Cow::Owned(buffer), palette: Some(colours), transparent, ..Frame::default()
    };
    frame.make_lzw_pre_encoded();
    frame
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
        crate::decode::decode(file, &DecodeOptions { max_pixels: 1 << 20, frames, target: None, allow_ycc: false, full_chroma: false }).unwrap()
    }

    #[test]
    fn frame_times_add_up_to_what_they_were() {
        for (ms, count, sum) in [(75, 20, 150), (33, 30, 99), (17, 6, 12), (10, 4, 4), (0, 5, 0), (100, 3, 30)] {
            let mut clock = Clock::default();
            let delays: Vec<u16> = (0..count).map(|_| clock.delay(ms)).collect();
            assert_eq!(delays.iter().map(|d| u32::from(*d)).sum::<u32>(), sum, "{ms} ms: {delays:?}");
            assert!(ms < 20 || delays.iter().all(|d| *d >= 2), "{ms} ms: {delays:?}");
        }
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

    /// A dot that moves over a ground, parts of which come and go.
    fn dance(frames: usize, ground: impl Fn(usize, usize) -> [u8; 4]) -> Decoded {
        let frame = |n: usize| {
            let px = (0..60 * 40).flat_map(|i| if (i % 60 / 6, i / 60 / 6) == (n, n / 2) { [250, 0, 9, 255] } else { ground(n, i) });
            Still { pixels: Pixels::Rgba8(px.collect()), delay_ms: 50 }
        };
        let mut d = picture(60, 40, Pixels::L8(Vec::new()));
        d.frames = (0..frames).map(frame).collect();
        d
    }

    #[test]
    fn frames_hold_what_changed_and_come_back() {
        let opaque = |_: usize, i: usize| [(i * 7 % 15) as u8, (i / 60 % 10) as u8, 80, 255];
        let holed = |n: usize, i: usize| if (i + n) % 11 < 3 && i / 60 > n { [0; 4] } else { [i as u8 & 0x1f, 9, 80, 255] };
        let still = |_: usize, _: usize| [5, 6, 7, 255];
        for d in [dance(9, opaque), dance(9, holed), dance(4, still)] {
            let file = encode(&d).unwrap();
            let got = back(&file);
            assert_eq!(got.frames.len(), d.frames.len());
            for (n, (a, b)) in got.frames.iter().zip(&d.frames).enumerate() {
                assert_eq!(rgba8(&a.pixels, 60, 40).unwrap(), rgba8(&b.pixels, 60, 40).unwrap(), "frame {n}");
            }
        }
        let one = encode(&dance(1, opaque)).unwrap().len();
        let nine = encode(&dance(9, opaque)).unwrap().len();
        assert!(nine < 3 * one, "{nine} {one}");
    }

    #[test]
    fn a_frame_like_the_one_before_takes_almost_nothing() {
        let mut d = picture(200, 100, Pixels::Rgb8(noise(200 * 100 * 3, 4)));
        d.frames[0].delay_ms = 50;
        let one = encode(&d).unwrap().len();
        d.frames.push(Still { pixels: d.frames[0].pixels.clone(), delay_ms: 70 });
        let file = encode(&d).unwrap();
        assert!(file.len() < one + 100, "{} {one}", file.len());
        let got = back(&file);
        assert_eq!((got.frames.len(), got.frames[1].delay_ms), (2, 70));
        assert_eq!(got.frames[0].pixels, got.frames[1].pixels);
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
