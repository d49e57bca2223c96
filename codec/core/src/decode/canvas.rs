//! The canvas that animations (GIF, APNG) are composed on, and the rule for which frames are kept.

use crate::image::{Decoded, Frame, Frames, Pixels};

use super::common::{drop_opaque_alpha, still};

/// How far `Frames::Nth` composes before it settles for the newest frame, as a multiple of the pixel cap.
const NTH_WORK: u64 = 16;

/// A rectangle on the canvas, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

/// RGBA8, not premultiplied, starts fully transparent.
#[derive(Debug, Clone)]
pub struct Canvas {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

impl Canvas {
    /// The caller has checked `width × height` against the cap.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, rgba: vec![0; width as usize * height as usize * 4] }
    }

    /// The part of `rect` that lies on the canvas.
    pub fn clip(&self, rect: Rect) -> Rect {
        let x = rect.x.min(self.width);
        let y = rect.y.min(self.height);
        Rect { x, y, w: rect.w.min(self.width - x), h: rect.h.min(self.height - y) }
    }

    /// Row `y` of the canvas from column `x`, `w` pixels.
    pub fn row(&mut self, x: u32, y: u32, w: u32) -> &mut [u8] {
        let start = (y as usize * self.width as usize + x as usize) * 4;
        self.rgba.get_mut(start..start + w as usize * 4).unwrap_or_default()
    }

    pub fn clear(&mut self, rect: Rect) {
        let rect = self.clip(rect);
        for y in rect.y..rect.y + rect.h {
            self.row(rect.x, y, rect.w).fill(0);
        }
    }

    /// A copy of `rect`, to be put back by [`Canvas::restore`].
    pub fn save(&mut self, rect: Rect) -> (Rect, Vec<u8>) {
        let rect = self.clip(rect);
        let mut copy = Vec::with_capacity(rect.w as usize * rect.h as usize * 4);
        for y in rect.y..rect.y + rect.h {
            copy.extend_from_slice(self.row(rect.x, y, rect.w));
        }
        (rect, copy)
    }

    pub fn restore(&mut self, (rect, copy): (Rect, Vec<u8>)) {
        for (y, line) in (rect.y..).zip(copy.chunks_exact(rect.w.max(1) as usize * 4)) {
            self.row(rect.x, y, rect.w).copy_from_slice(line);
        }
    }
}

/// Source-over of one pixel that is not premultiplied.
pub fn blend_over(under: &mut [u8; 4], over: [u8; 4]) {
    let a = u32::from(over[3]);
    match a {
        0 => {}
        255 => *under = over,
        _ if under[3] == 0 => *under = over,
        _ => {
            let back = u32::from(under[3]) * (255 - a);
            let total = a * 255 + back;
            for c in 0..3 {
                let sum = u32::from(over[c]) * a * 255 + u32::from(under[c]) * back;
                under[c] = ((sum + total / 2) / total) as u8;
            }
            under[3] = ((total + 127) / 255) as u8;
        }
    }
}

/// Canvas that may be composed past its first frame: canvas, saved part and frame take 12 bytes a pixel.
const ANIMATED_PIXELS: u64 = 24_000_000;

/// Collects composed frames as `Frames` asks.
pub struct Collector {
    wanted: Frames,
    max_pixels: u64,
    area: u64,
    seen: u32,
    work: u64,
    frames: Vec<Frame>,
    /// Delay of the last frame, whose pixels are still the canvas itself.
    last: Option<u32>,
}

impl Collector {
    pub fn new(wanted: Frames, width: u32, height: u32, max_pixels: u64) -> Self {
        let area = u64::from(width) * u64::from(height);
        Self { wanted, max_pixels, area, seen: 0, work: 0, frames: Vec::new(), last: None }
    }

    /// Takes the composed canvas; `drawn` is how many pixels the frame cost. True while more are wanted;
    /// on false the caller leaves the canvas as it is and calls [`Collector::finish`].
    pub fn push(&mut self, canvas: &Canvas, delay_ms: u32, drawn: u64) -> bool {
        self.seen += 1;
        self.work += drawn;
        let more = self.wants_more();
        if !more {
            self.last = Some(delay_ms);
        } else if matches!(self.wanted, Frames::All { .. }) {
            self.frames.push(Frame { pixels: Pixels::Rgba8(canvas.rgba.clone()), delay_ms });
        }
        more
    }

    fn wants_more(&self) -> bool {
        self.wants_more_after(self.seen, self.work)
    }

    /// Whether the next frame, of `drawn` pixels, is the last that is wanted.
    pub fn ends_after(&self, drawn: u64) -> bool {
        !self.wants_more_after(self.seen + 1, self.work + drawn)
    }

    fn wants_more_after(&self, seen: u32, work: u64) -> bool {
        let next = u64::from(seen) + 1;
        match self.wanted {
            Frames::First => false,
            _ if self.area > ANIMATED_PIXELS => false,
            Frames::All { max, max_pixels } => {
                next <= u64::from(max) && next.saturating_mul(self.area) <= max_pixels
            }
            Frames::Nth(n) => seen <= n && work <= self.max_pixels.saturating_mul(NTH_WORK),
        }
    }

    /// The result; when `Nth` asked for a frame past the end, the last one composed (after its disposal).
    pub fn finish(mut self, canvas: Canvas, loops: Option<u32>) -> Decoded {
        let (width, height) = (canvas.width, canvas.height);
        if self.last.is_some() || self.frames.is_empty() {
            let delay_ms = self.last.unwrap_or(0);
            self.frames.push(Frame { pixels: Pixels::Rgba8(canvas.rgba), delay_ms });
        }
        let animated = self.frames.len() > 1;
        let mut out = still(width, height, Pixels::L8(Vec::new()));
        out.loops = loops.filter(|_| animated);
        out.frames = self.frames;
        if let ([Frame { pixels, delay_ms }], false) = (out.frames.as_mut_slice(), animated) {
            if let Pixels::Rgba8(rgba) = pixels {
                *pixels = drop_opaque_alpha(std::mem::take(rgba));
            }
            *delay_ms = 0;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opaque_over_replaces_and_half_over_mixes() {
        let mut p = [10, 20, 30, 255];
        blend_over(&mut p, [1, 2, 3, 255]);
        assert_eq!(p, [1, 2, 3, 255]);
        let mut p = [0, 0, 0, 255];
        blend_over(&mut p, [255, 255, 255, 128]);
        assert_eq!(p, [128, 128, 128, 255]);
    }

    #[test]
    fn all_keeps_what_fits_and_at_least_one() {
        let canvas = Canvas::new(2, 2);
        let mut c = Collector::new(Frames::All { max: 10, max_pixels: 8 }, 2, 2, 100);
        assert!(c.push(&canvas, 10, 4));
        assert!(!c.push(&canvas, 10, 4));
        let mut c = Collector::new(Frames::All { max: 10, max_pixels: 1 }, 2, 2, 100);
        assert!(!c.push(&canvas, 10, 4));
        assert_eq!(c.finish(canvas, Some(0)).frames.len(), 1);
    }
}
