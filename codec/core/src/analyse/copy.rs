//! A small upright copy of a picture, by box averaging.

use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Frame, Pixels, Ycc};

/// RGBA, 4 bytes a pixel, alpha not premultiplied, rows top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

impl Copy {
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 4]> {
        let at = y.checked_mul(self.width as usize)?.checked_add(x)?;
        self.rgba.as_chunks::<4>().0.get(at).copied()
    }

    pub fn as_decoded(&self) -> Decoded {
        Decoded {
            width: self.width,
            height: self.height,
            frames: vec![Frame { pixels: Pixels::Rgba8(self.rgba.clone()), delay_ms: 0 }],
            loops: None,
            orientation: 1,
            rows_decoded: self.height,
            icc: None,
            exif: None,
            xmp: None,
            iptc: None,
        }
    }
}

/// The first frame, turned upright, at most `side` pixels a side, ratio kept (each side at least 1, rounded to the
/// nearest), never enlarged. A copy's pixel is the mean of the stored pixels whose left top corners lie in its box
/// (box i of n over s pixels: ⌊i·s/n⌋ up to ⌊(i+1)·s/n⌋), colour weighted by alpha, to the nearest.
/// `BadRequest` for deep pixels.
pub fn small_copy(d: &Decoded, side: u32) -> Result<Copy> {
    let Some(frame) = d.frames.first() else { return Err(Error::new(Code::BadRequest, "no frame")) };
    let (w, h) = fit(d.width, d.height, side);
    let size = Size { w: d.width as usize, h: d.height as usize, nw: w as usize, nh: h as usize };
    let rgba = match &frame.pixels {
        Pixels::L8(v) => means::<1>(v, size)?.into_iter().flat_map(|[l]| [l, l, l, 255]).collect(),
        Pixels::Rgb8(v) => means::<3>(v, size)?.into_iter().flat_map(|[r, g, b]| [r, g, b, 255]).collect(),
        Pixels::La8(v) => weighted::<2>(v, size)?.into_iter().flat_map(|[l, a]| [l, l, l, a]).collect(),
        Pixels::Rgba8(v) => weighted::<4>(v, size)?.into_flattened(),
        Pixels::Ycc(y) => planes(y, size)?,
        _ => return Err(Error::new(Code::BadRequest, "this step wants 8-bit pixels")),
    };
    let mut copy = Copy { width: w, height: h, rgba }.as_decoded();
    copy = crate::ops::orient(copy, d.orientation)?;
    match copy.frames.pop().map(|f| f.pixels) {
        Some(Pixels::Rgba8(rgba)) => Ok(Copy { width: copy.width, height: copy.height, rgba }),
        _ => Err(Error::new(Code::BadRequest, "no frame")),
    }
}

fn fit(w: u32, h: u32, side: u32) -> (u32, u32) {
    let long = w.max(h).max(1);
    if long <= side {
        return (w, h);
    }
    let one = |v: u32| {
        let v = (u64::from(v) * u64::from(side) * 2 + u64::from(long)) / (2 * u64::from(long));
        u32::try_from(v).unwrap_or(side).clamp(1, side)
    };
    (one(w), one(h))
}

/// Stored and new size.
#[derive(Clone, Copy)]
struct Size {
    w: usize,
    h: usize,
    nw: usize,
    nh: usize,
}

/// For every new pixel the sum that `add` makes of its stored pixels, and their count, through `done`.
fn boxes<const N: usize, S: Default + Clone, O>(
    v: &[u8],
    s: Size,
    add: impl Fn(&mut S, &[u8; N]),
    done: impl Fn(&S, u64) -> O,
) -> Result<Vec<O>> {
    if s.w == 0 || s.h == 0 || s.w.checked_mul(s.h).and_then(|n| n.checked_mul(N)) != Some(v.len()) {
        return Err(Error::new(Code::BadRequest, "pixels and size disagree"));
    }
    let px = v.as_chunks::<N>().0;
    let cut = |i: usize, of: usize, n: usize| (i as u64 * of as u64 / n as u64) as usize;
    let mut out = Vec::with_capacity(s.nw * s.nh);
    for ny in 0..s.nh {
        let (y0, y1) = (cut(ny, s.h, s.nh), cut(ny + 1, s.h, s.nh));
        let mut sums = vec![S::default(); s.nw];
        for row in px.chunks_exact(s.w).take(y1).skip(y0) {
            for (nx, sum) in sums.iter_mut().enumerate() {
                let part = row.get(cut(nx, s.w, s.nw)..cut(nx + 1, s.w, s.nw));
                part.unwrap_or_default().iter().for_each(|p| add(sum, p));
            }
        }
        let count = |nx: usize| ((cut(nx + 1, s.w, s.nw) - cut(nx, s.w, s.nw)) * (y1 - y0)) as u64;
        out.extend(sums.iter().enumerate().map(|(nx, sum)| done(sum, count(nx).max(1))));
    }
    Ok(out)
}

fn nearest(sum: u64, of: u64) -> u8 {
    ((sum + of / 2) / of.max(1)).min(255) as u8
}

fn means<const N: usize>(v: &[u8], s: Size) -> Result<Vec<[u8; N]>> {
    let add = |sum: &mut Sum<N>, p: &[u8; N]| sum.0.iter_mut().zip(p).for_each(|(s, v)| *s += u64::from(*v));
    boxes(v, s, add, |sum, n| sum.0.map(|t| nearest(t, n)))
}

/// The last channel is alpha. Clear boxes are black.
fn weighted<const N: usize>(v: &[u8], s: Size) -> Result<Vec<[u8; N]>> {
    let add = |sum: &mut Sum<N>, p: &[u8; N]| {
        let a = u64::from(p[N - 1]);
        sum.0.iter_mut().zip(p).take(N - 1).for_each(|(s, v)| *s += u64::from(*v) * a);
        sum.0[N - 1] += a;
    };
    boxes(v, s, add, |sum, n| {
        let alpha = sum.0[N - 1];
        let mut out = sum.0.map(|t| if alpha == 0 { 0 } else { nearest(t, alpha) });
        out[N - 1] = nearest(alpha, n);
        out
    })
}

#[derive(Clone)]
struct Sum<const N: usize>([u64; N]);

impl<const N: usize> Default for Sum<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// Each plane is averaged on its own grid, then turned into RGB.
fn planes(y: &Ycc, s: Size) -> Result<Vec<u8>> {
    let small = (s.nw.min(y.cw as usize).max(1), s.nh.min(y.ch as usize).max(1));
    let luma = means::<1>(&y.y, s)?.into_flattened();
    let cs = Size { w: y.cw as usize, h: y.ch as usize, nw: small.0, nh: small.1 };
    let (cb, cr) = (means::<1>(&y.cb, cs)?.into_flattened(), means::<1>(&y.cr, cs)?.into_flattened());
    let ycc = Ycc { y: luma, cb, cr, cw: small.0 as u32, ch: small.1 as u32 };
    let rgb = crate::colour::ycc_to_rgb8(&ycc, s.nw as u32, s.nh as u32)?;
    Ok(rgb.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{noise, picture};

    #[test]
    fn means_of_boxes() {
        let (w, h) = (250u32, 130u32);
        let px = noise((w * h * 4) as usize, 12);
        let c = small_copy(&picture(w, h, Pixels::Rgba8(px.clone())), 100).expect("8 bit");
        assert_eq!((c.width, c.height), (100, 52));
        for y in 0..c.height {
            for x in 0..c.width {
                let (mut sum, mut alpha, mut n) = ([0.0; 3], 0.0, 0.0);
                for sy in y * h / c.height..(y + 1) * h / c.height {
                    for sx in x * w / c.width..(x + 1) * w / c.width {
                        let p = &px[4 * (sy * w + sx) as usize..][..4];
                        (0..3).for_each(|i| sum[i] += f64::from(p[i]) * f64::from(p[3]));
                        alpha += f64::from(p[3]);
                        n += 1.0;
                    }
                }
                let got = c.pixel(x as usize, y as usize).expect("inside");
                for i in 0..3 {
                    assert!(alpha == 0.0 || (f64::from(got[i]) - sum[i] / alpha).abs() <= 0.5001);
                }
                assert!((f64::from(got[3]) - alpha / n).abs() <= 0.5001);
            }
        }
    }

    #[test]
    fn small_pictures_stay_and_long_ones_keep_a_pixel() {
        let px = noise(30, 3);
        let c = small_copy(&picture(5, 2, Pixels::Rgb8(px.clone())), 100).expect("8 bit");
        assert!(c.rgba.chunks(4).zip(px.chunks(3)).all(|(a, b)| a[..3] == *b && a[3] == 255));
        let c = small_copy(&picture(3000, 1, Pixels::L8(vec![9; 3000])), 100).expect("8 bit");
        assert_eq!((c.width, c.height), (100, 1));
    }
}
