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
        Pixels::La8(v) => {
            let l: Vec<u8> = v.as_chunks::<2>().0.iter().map(|p| p[0]).collect();
            jpeg::encode(&[plane(&l, width, height, 1)], width, height, &options)
        }
        Pixels::Rgb8(v) => planes(&from_rgb::<3>(v, width as usize, half), width, height, half, &options),
        Pixels::Rgba8(v) => planes(&from_rgb::<4>(v, width as usize, half), width, height, half, &options),
        pixels => {
            let rgb = Bytes::take(pixels.clone(), width, height)?.px;
            planes(&from_rgb::<3>(&rgb, width as usize, half), width, height, half, &options)
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

/// RGB (or RGBA, alpha ignored) to planes, chroma averaged over 2 × 2 pixels when `half`: two rows at a time, so that
/// chroma never stands in memory at full size.
fn from_rgb<const N: usize>(px: &[u8], width: usize, half: bool) -> Ycc {
    let px = px.as_chunks::<N>().0;
    let height = px.len() / width.max(1);
    let (cw, ch) = if half { (width.div_ceil(2), height.div_ceil(2)) } else { (width, height) };
    let mut y = Vec::with_capacity(px.len());
    let [mut cb, mut cr] = [(); 2].map(|()| Vec::with_capacity(cw * ch));
    let mut rows = [(); 2].map(|()| Vec::with_capacity(2 * width));
    for pair in px.chunks(2 * width.max(1)) {
        y.extend(pair.iter().map(|p| luma(p[0], p[1], p[2])));
        let [b, r] = &mut rows;
        b.clear();
        b.extend(pair.iter().map(|p| blue(p[0], p[1], p[2])));
        r.clear();
        r.extend(pair.iter().map(|p| red(p[0], p[1], p[2])));
        for (out, rows) in [(&mut cb, b), (&mut cr, r)] {
            if half { halve(rows, width, out) } else { out.extend_from_slice(rows) }
        }
    }
    Ycc { y, cb, cr, cw: cw as u32, ch: ch as u32 }
}

#[inline(always)]
fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((19595 * i32::from(r) + 38470 * i32::from(g) + 7471 * i32::from(b) + 32768) >> 16) as u8
}

#[inline(always)]
fn blue(r: u8, g: u8, b: u8) -> u8 {
    ((-11059 * i32::from(r) - 21709 * i32::from(g) + 32768 * i32::from(b) + (128 << 16) + 32767) >> 16) as u8
}

#[inline(always)]
fn red(r: u8, g: u8, b: u8) -> u8 {
    ((32768 * i32::from(r) - 27439 * i32::from(g) - 5329 * i32::from(b) + (128 << 16) + 32767) >> 16) as u8
}

/// Means of 2 × 2 samples, rounded up and down by turns as libjpeg does, edges repeated.
fn halve(rows: &[u8], width: usize, out: &mut Vec<u8>) {
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
