//! Whatever pixels there are to the planes that JPEG takes.

use super::jpeg::{self, Options, Plane};
use super::{halves_chroma, quality};
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels, Ycc};
use crate::ops::Bytes;
use crate::request::EncodeRequest;

/// Encodes the first frame; alpha is left out (flatten before).
///
/// # Errors
/// `bad_request` for deep pixels or a side past 65,535.
pub fn encode(d: &Decoded, r: &EncodeRequest) -> Result<Vec<u8>> {
    let options = Options { quality: quality(r), progressive: r.progressive };
    let (width, height) = (d.width, d.height);
    let pixels = d.frames.first().map(|f| &f.pixels).ok_or_else(|| Error::new(Code::BadRequest, "no frame"))?;
    let half = halves_chroma(r);
    match pixels {
        Pixels::Ycc(p) if fits(p, width, height, half) => planes(p, width, height, half, &options),
        Pixels::L8(l) => jpeg::encode(&[plane(l, width, height, 1)], width, height, &options),
        pixels => {
            let b = Bytes::take(pixels.clone(), width, height)?;
            if b.channels <= 2 {
                let l: Vec<u8> = b.px.chunks_exact(b.channels).filter_map(|p| p.first().copied()).collect();
                return jpeg::encode(&[plane(&l, width, height, 1)], width, height, &options);
            }
            planes(&from_rgb(&b, width as usize, half), width, height, half, &options)
        }
    }
}

fn plane(data: &[u8], width: u32, height: u32, factor: usize) -> Plane<'_> {
    Plane { data, width: width as usize, height: height as usize, h: factor, v: factor }
}

fn fits(p: &Ycc, width: u32, height: u32, half: bool) -> bool {
    let (w, h) = if half { (width.div_ceil(2), height.div_ceil(2)) } else { (width, height) };
    (p.cw, p.ch) == (w, h)
}

fn planes(p: &Ycc, width: u32, height: u32, half: bool, options: &Options) -> Result<Vec<u8>> {
    let all = [
        plane(&p.y, width, height, if half { 2 } else { 1 }),
        plane(&p.cb, p.cw, p.ch, 1),
        plane(&p.cr, p.cw, p.ch, 1),
    ];
    jpeg::encode(&all, width, height, options)
}

/// RGB (or RGBA, alpha ignored) to planes, chroma averaged over 2 × 2 pixels when `half`.
fn from_rgb(b: &Bytes, width: usize, half: bool) -> Ycc {
    let count = b.px.len() / b.channels;
    let (mut y, mut cb, mut cr) = (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    for p in b.px.chunks_exact(b.channels) {
        let &[r, g, b, ..] = p else { continue };
        let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
        y.push(((19595 * r + 38470 * g + 7471 * b + 32768) >> 16) as u8);
        cb.push(((-11059 * r - 21709 * g + 32768 * b + (128 << 16) + 32767) >> 16) as u8);
        cr.push(((32768 * r - 27439 * g - 5329 * b + (128 << 16) + 32767) >> 16) as u8);
    }
    let height = count / width.max(1);
    if !half {
        return Ycc { y, cb, cr, cw: width as u32, ch: height as u32 };
    }
    let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
    Ycc { y, cb: halve(&cb, width), cr: halve(&cr, width), cw: cw as u32, ch: ch as u32 }
}

/// Means of 2 × 2 samples, rounded up and down by turns as libjpeg does, edges repeated.
fn halve(plane: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(plane.len() / 4 + width);
    for rows in plane.chunks(2 * width) {
        let (top, bottom) = rows.split_at(width.min(rows.len()));
        let bottom = if bottom.is_empty() { top } else { bottom };
        for (n, (a, b)) in top.chunks(2).zip(bottom.chunks(2)).enumerate() {
            let sum = |p: &[u8]| match *p {
                [x, y] => u32::from(x) + u32::from(y),
                [x] => 2 * u32::from(x),
                _ => 0,
            };
            out.push(((sum(a) + sum(b) + 1 + (n as u32 & 1)) >> 2) as u8);
        }
    }
    out
}
