//! A border of one colour.

use super::Bytes;
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};

/// Border widths in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pad {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

/// Most pixels of a padded frame.
const MAX_PIXELS: u64 = 64 << 20;

/// Adds a border in the colour `bg` (r, g, b, a; not premultiplied). The picture gains alpha when `bg` is not opaque,
/// and colour when `bg` is no grey. `Limit` past 64 Mi pixels a frame.
pub fn pad(d: Decoded, by: Pad, bg: [u8; 4]) -> Result<Decoded> {
    let mut d = d;
    let side = |a: u32, b: u32, c: u32| a.checked_add(b).and_then(|v| v.checked_add(c));
    let (w, h) = side(d.width, by.left, by.right)
        .zip(side(d.height, by.top, by.bottom))
        .filter(|&(w, h)| u64::from(w) * u64::from(h) <= MAX_PIXELS)
        .ok_or_else(|| Error::limit("padded picture is too large"))?;
    for f in &mut d.frames {
        let taken = std::mem::replace(&mut f.pixels, Pixels::L8(Vec::new()));
        let b = widen(Bytes::take(taken, d.width, d.height)?, bg);
        f.pixels = frame(b, d.width as usize, by, bg, w as usize, h as usize)?.give();
    }
    d.rows_decoded = if d.rows_decoded == d.height { h } else { d.rows_decoded.saturating_add(by.top) };
    (d.width, d.height) = (w, h);
    Ok(d)
}

/// The channels that picture and background need together.
fn widen(b: Bytes, bg: [u8; 4]) -> Bytes {
    let colour = b.channels > 2 || bg[0] != bg[1] || bg[1] != bg[2];
    let alpha = b.has_alpha() || bg[3] != 255;
    let channels = if colour { 3 } else { 1 } + usize::from(alpha);
    if channels == b.channels {
        return b;
    }
    let mut px = Vec::with_capacity(b.px.len() / b.channels * channels);
    for p in b.px.chunks_exact(b.channels) {
        let rgba = match *p {
            [l] => [l, l, l, 255],
            [l, a] => [l, l, l, a],
            [r, g, b] => [r, g, b, 255],
            [r, g, b, a] => [r, g, b, a],
            _ => [0; 4],
        };
        put(&mut px, rgba, channels);
    }
    Bytes { px, channels }
}

fn put(out: &mut Vec<u8>, [r, g, b, a]: [u8; 4], channels: usize) {
    match channels {
        1 => out.push(r),
        2 => out.extend([r, a]),
        3 => out.extend([r, g, b]),
        _ => out.extend([r, g, b, a]),
    }
}

fn frame(b: Bytes, old: usize, by: Pad, bg: [u8; 4], w: usize, h: usize) -> Result<Bytes> {
    let ch = b.channels;
    let mut dot = Vec::new();
    put(&mut dot, bg, ch);
    let mut px = dot.repeat(w * h);
    let rows = px.chunks_exact_mut(w * ch).skip(by.top as usize);
    for (src, dst) in b.px.chunks_exact(old * ch).zip(rows) {
        let at = by.left as usize * ch;
        let part = dst.get_mut(at..at + old * ch);
        part.ok_or_else(|| Error::new(Code::BadRequest, "border is off"))?.copy_from_slice(src);
    }
    Ok(Bytes { px, channels: ch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{bytes, noise, picture};

    #[test]
    fn every_pixel_is_picture_or_border() {
        let src = noise(5 * 4 * 3, 9);
        let by = Pad { left: 1, top: 2, right: 3, bottom: 4 };
        let got = pad(picture(5, 4, Pixels::Rgb8(src.clone())), by, [1, 2, 3, 255]).expect("fits");
        assert_eq!((got.width, got.height), (9, 10));
        for y in 0..10usize {
            for x in 0..9usize {
                let inside = (1..6).contains(&x) && (2..6).contains(&y);
                let at = 3 * (y * 9 + x);
                let from = if inside { 3 * ((y - 2) * 5 + x - 1) } else { 0 };
                let want = if inside { &src[from..from + 3] } else { &[1, 2, 3] };
                assert_eq!(&bytes(&got)[at..at + 3], want);
            }
        }
    }

    #[test]
    fn channels_grow_as_needed() {
        let by = Pad { left: 1, ..Pad::default() };
        let clear = pad(picture(1, 1, Pixels::L8(vec![7])), by, [0; 4]).expect("fits");
        assert_eq!(clear.frames[0].pixels, Pixels::La8(vec![0, 0, 7, 255]));
        let red = pad(picture(1, 1, Pixels::L8(vec![7])), by, [255, 0, 0, 255]).expect("fits");
        assert_eq!(red.frames[0].pixels, Pixels::Rgb8(vec![255, 0, 0, 7, 7, 7]));
    }

    #[test]
    fn too_large_is_refused() {
        let by = Pad { right: u32::MAX, ..Pad::default() };
        assert!(pad(picture(1, 1, Pixels::L8(vec![7])), by, [0; 4]).is_err());
        let by = Pad { right: 70_000, bottom: 70_000, ..Pad::default() };
        assert!(pad(picture(1, 1, Pixels::L8(vec![7])), by, [0; 4]).is_err());
    }
}
