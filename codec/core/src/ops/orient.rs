//! EXIF orientation 1–8: turns and mirrors of every kind of pixels.

use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels, Ycc};

/// Edge of the square blocks in which rows and columns are exchanged: both sides of a block stay in cache.
const TILE: usize = 32;

/// Turns the picture by EXIF `orientation` (TIFF/EP tag 274): 2 mirrored, 3 half turn, 4 flipped, 5 transposed,
/// 6 a quarter clockwise, 7 transversed, 8 a quarter anticlockwise. Afterwards `orientation` is 1. Values outside
/// 1–8 count as 1. Subsampled chroma is turned on its own grid: at odd sizes it may shift by half a luma pixel.
pub fn orient(d: Decoded, orientation: u8) -> Result<Decoded> {
    let mut d = d;
    d.orientation = 1;
    if !(2..=8).contains(&orientation) {
        return Ok(d);
    }
    let (w, h) = (d.width as usize, d.height as usize);
    for f in &mut d.frames {
        let taken = std::mem::replace(&mut f.pixels, Pixels::L8(Vec::new()));
        f.pixels = turn_pixels(taken, w, h, orientation)?;
    }
    (d.width, d.height) = oriented_size(d.width, d.height, orientation);
    if orientation != 2 {
        d.rows_decoded = d.height;
    }
    Ok(d)
}

/// Width and height after turning.
pub fn oriented_size(width: u32, height: u32, orientation: u8) -> (u32, u32) {
    if (5..=8).contains(&orientation) { (height, width) } else { (width, height) }
}

fn turn_pixels(p: Pixels, w: usize, h: usize, o: u8) -> Result<Pixels> {
    Ok(match p {
        Pixels::L8(v) => Pixels::L8(turn::<_, 1>(v, w, h, o)?),
        Pixels::La8(v) => Pixels::La8(turn::<_, 2>(v, w, h, o)?),
        Pixels::Rgb8(v) => Pixels::Rgb8(turn::<_, 3>(v, w, h, o)?),
        Pixels::Rgba8(v) => Pixels::Rgba8(turn::<_, 4>(v, w, h, o)?),
        Pixels::L16(v) => Pixels::L16(turn::<_, 1>(v, w, h, o)?),
        Pixels::La16(v) => Pixels::La16(turn::<_, 2>(v, w, h, o)?),
        Pixels::Rgb16(v) => Pixels::Rgb16(turn::<_, 3>(v, w, h, o)?),
        Pixels::Rgba16(v) => Pixels::Rgba16(turn::<_, 4>(v, w, h, o)?),
        Pixels::RgbF32(v) => Pixels::RgbF32(turn::<_, 3>(v, w, h, o)?),
        Pixels::RgbaF32(v) => Pixels::RgbaF32(turn::<_, 4>(v, w, h, o)?),
        Pixels::Cmyk8(v) => Pixels::Cmyk8(turn::<_, 4>(v, w, h, o)?),
        Pixels::Lab16(v) => Pixels::Lab16(turn::<_, 3>(v, w, h, o)?),
        Pixels::Ycc(y) => Pixels::Ycc(turn_planes(y, w, h, o)?),
    })
}

fn turn_planes(y: Ycc, w: usize, h: usize, o: u8) -> Result<Ycc> {
    let (cw, ch) = (y.cw as usize, y.ch as usize);
    let (nw, nh) = oriented_size(y.cw, y.ch, o);
    Ok(Ycc {
        y: turn::<_, 1>(y.y, w, h, o)?,
        cb: turn::<_, 1>(y.cb, cw, ch, o)?,
        cr: turn::<_, 1>(y.cr, cw, ch, o)?,
        cw: nw,
        ch: nh,
    })
}

/// `N` values a pixel. Mirrors and the half turn work in place.
fn turn<T: Copy, const N: usize>(mut v: Vec<T>, w: usize, h: usize, o: u8) -> Result<Vec<T>> {
    if w == 0 || h == 0 || w.checked_mul(h).and_then(|n| n.checked_mul(N)) != Some(v.len()) {
        return Err(Error::new(Code::BadRequest, "pixels and size disagree"));
    }
    let px = v.as_chunks_mut::<N>().0;
    match o {
        2 => px.chunks_exact_mut(w).for_each(<[_]>::reverse),
        3 => px.reverse(),
        4 => flip_rows(px, w, h),
        _ => return Ok(transpose(px, w, h, o)),
    }
    Ok(v)
}

fn flip_rows<P: Copy>(px: &mut [P], w: usize, h: usize) {
    let (top, bottom) = px.split_at_mut(h / 2 * w);
    for (a, b) in top.chunks_exact_mut(w).zip(bottom.rchunks_exact_mut(w)) {
        a.swap_with_slice(b);
    }
}

/// Orientations 5–8: new pixel (x, y) is the old one at column y or w−1−y, row x or h−1−x.
fn transpose<T: Copy, const N: usize>(px: &[[T; N]], w: usize, h: usize, o: u8) -> Vec<T> {
    let mut out = px.to_vec();
    for y0 in (0..w).step_by(TILE) {
        for x0 in (0..h).step_by(TILE) {
            let x1 = (x0 + TILE).min(h);
            for y in y0..(y0 + TILE).min(w) {
                let col = if matches!(o, 7 | 8) { w - 1 - y } else { y };
                let Some(row) = out.get_mut(y * h + x0..y * h + x1) else { continue };
                for (x, p) in (x0..x1).zip(row) {
                    let from = if matches!(o, 6 | 7) { h - 1 - x } else { x };
                    if let Some(q) = px.get(from * w + col) {
                        *p = *q;
                    }
                }
            }
        }
    }
    out.into_flattened()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{bytes, noise, picture};

    /// Where the EXIF text says that the 0th row and column of the stored picture go.
    fn slow(px: &[u8], w: usize, h: usize, o: u8) -> Vec<u8> {
        let (nw, nh) = if o >= 5 { (h, w) } else { (w, h) };
        let mut out = vec![0; w * h];
        for y in 0..nh {
            for x in 0..nw {
                let (sx, sy) = match o {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (y, h - 1 - x),
                    7 => (w - 1 - y, h - 1 - x),
                    8 => (w - 1 - y, x),
                    _ => (x, y),
                };
                out[y * nw + x] = px[sy * w + sx];
            }
        }
        out
    }

    #[test]
    fn all_eight_at_many_sizes() {
        for (w, h) in [(1, 1), (1, 7), (5, 1), (4, 3), (33, 65), (70, 40)] {
            let px = noise((w * h) as usize, 7);
            for o in 1..=8 {
                let got = orient(picture(w, h, Pixels::L8(px.clone())), o).expect("turns");
                assert_eq!(bytes(&got), slow(&px, w as usize, h as usize, o), "{w}x{h} {o}");
                assert_eq!((got.width, got.height), oriented_size(w, h, o));
            }
        }
    }

    #[test]
    fn channels_stay_together() {
        let (w, h) = (37u32, 23u32);
        let l: Vec<u8> = noise((w * h) as usize, 3);
        for o in 1..=8 {
            let want = slow(&l, w as usize, h as usize, o);
            let wide = l.iter().flat_map(|&v| [u16::from(v), 1000, 2000, u16::from(v) + 1]).collect();
            let got = orient(picture(w, h, Pixels::Rgba16(wide)), o).expect("turns");
            let Pixels::Rgba16(v) = &got.frames[0].pixels else { panic!("kind changed") };
            for (p, l) in v.chunks(4).zip(&want) {
                assert_eq!(p, [u16::from(*l), 1000, 2000, u16::from(*l) + 1]);
            }
        }
    }

    #[test]
    fn planes_turn_on_their_own_grids() {
        let ycc = Ycc { y: noise(20, 1), cb: noise(6, 2), cr: noise(6, 3), cw: 3, ch: 2 };
        let got = orient(picture(5, 4, Pixels::Ycc(ycc.clone())), 6).expect("turns");
        let Pixels::Ycc(t) = &got.frames[0].pixels else { panic!("kind changed") };
        assert_eq!((t.cw, t.ch), (2, 3));
        assert_eq!(t.y, slow(&ycc.y, 5, 4, 6));
        assert_eq!(t.cr, slow(&ycc.cr, 3, 2, 6));
    }

    #[test]
    fn wrong_lengths_are_an_error() {
        assert!(orient(picture(3, 3, Pixels::Rgb8(vec![0; 26])), 6).is_err());
    }
}
