//! YCbCr planes (full-range BT.601, as JFIF) → interleaved RGB.

use crate::error::{Code, Error, Result};
use crate::image::Ycc;

/// `width`×`height` RGB, 3 bytes a pixel. Chroma at half size is brought up by libjpeg's "fancy" triangle filter,
/// any other ratio by the nearest sample. `BadRequest` when the planes don't have the sizes they claim.
pub fn ycc_to_rgb8(ycc: &Ycc, width: u32, height: u32) -> Result<Vec<u8>> {
    let (w, h, cw, ch) = (width as usize, height as usize, ycc.cw as usize, ycc.ch as usize);
    let fits = |p: &[u8], a: usize, b: usize| a > 0 && b > 0 && a.checked_mul(b) == Some(p.len());
    if !fits(&ycc.y, w, h) || !fits(&ycc.cb, cw, ch) || !fits(&ycc.cr, cw, ch) {
        return Err(Error::new(Code::BadRequest, "planes and sizes disagree"));
    }
    let mut out = vec![0u8; w * h * 3];
    let mut rows = Rows { sums: vec![0; cw], cb: vec![0; w], cr: vec![0; w], planes: [(); 3].map(|()| vec![0; w]) };
    for (y, (luma, rgb)) in ycc.y.chunks_exact(w).zip(out.chunks_exact_mut(3 * w)).enumerate() {
        let Rows { sums, cb, cr, planes } = &mut rows;
        if (cw, ch) == (w, h) {
            let [cb, cr] = [&ycc.cb, &ycc.cr].map(|plane| plane.get(y * w..(y + 1) * w).unwrap_or_default());
            convert(luma, cb, cr, planes, rgb);
            continue;
        }
        for (plane, row) in [(&ycc.cb, &mut *cb), (&ycc.cr, &mut *cr)] {
            let (a, b) = near_rows(y, h, ch);
            vertical(plane.chunks_exact(cw), a, b, sums);
            horizontal(sums, row);
        }
        convert(luma, cb, cr, planes, rgb);
    }
    Ok(out)
}

struct Rows {
    sums: Vec<u16>,
    cb: Vec<u8>,
    cr: Vec<u8>,
    /// Red, green and blue of a row: a plane at a time is what compilers turn into SIMD.
    planes: [Vec<u8>; 3],
}

/// The chroma rows that weigh 3 and 1 for luma row `y`.
fn near_rows(y: usize, h: usize, ch: usize) -> (usize, usize) {
    if ch == h {
        return (y, y);
    }
    if ch != h.div_ceil(2) {
        let i = (y * ch / h).min(ch - 1);
        return (i, i);
    }
    let i = y / 2;
    (i, if y % 2 == 0 { i.saturating_sub(1) } else { (i + 1).min(ch - 1) })
}

/// `sums` = 3·row a + row b.
fn vertical(mut rows: std::slice::ChunksExact<u8>, a: usize, b: usize, sums: &mut [u16]) {
    let (Some(ra), Some(rb)) = (rows.clone().nth(a), rows.nth(b)) else { return };
    for ((s, &x), &y) in sums.iter_mut().zip(ra).zip(rb) {
        *s = 3 * u16::from(x) + u16::from(y);
    }
}

/// Sums (4 × a sample) → one sample a luma pixel.
fn horizontal(sums: &[u16], row: &mut [u8]) {
    let (cw, w) = (sums.len(), row.len());
    if cw == w {
        row.iter_mut().zip(sums).for_each(|(o, s)| *o = ((s + 2) >> 2) as u8);
    } else if cw == w.div_ceil(2) {
        let at = |i: usize| sums.get(i.min(cw - 1)).copied().unwrap_or(0);
        for (i, pair) in row.chunks_mut(2).enumerate() {
            let s = 3 * at(i);
            for (k, o) in pair.iter_mut().enumerate() {
                *o = if k == 0 { (s + at(i.saturating_sub(1)) + 8) >> 4 } else { (s + at(i + 1) + 7) >> 4 } as u8;
            }
        }
    } else {
        for (x, o) in row.iter_mut().enumerate() {
            *o = ((sums.get(x * cw / w).copied().unwrap_or(0) + 2) >> 2) as u8;
        }
    }
}

/// JFIF's equations in 16-bit fixed point, rounded as libjpeg does.
fn convert(luma: &[u8], cb: &[u8], cr: &[u8], planes: &mut [Vec<u8>; 3], rgb: &mut [u8]) {
    let [reds, greens, blues] = planes;
    for ((o, &y), &r) in reds.iter_mut().zip(luma).zip(cr) {
        *o = (i32::from(y) + ((91_881 * (i32::from(r) - 128) + 32_768) >> 16)).clamp(0, 255) as u8;
    }
    for (((o, &y), &b), &r) in greens.iter_mut().zip(luma).zip(cb).zip(cr) {
        let (b, r) = (i32::from(b) - 128, i32::from(r) - 128);
        *o = (i32::from(y) + ((-22_554 * b - 46_802 * r + 32_768) >> 16)).clamp(0, 255) as u8;
    }
    for ((o, &y), &b) in blues.iter_mut().zip(luma).zip(cb) {
        *o = (i32::from(y) + ((116_130 * (i32::from(b) - 128) + 32_768) >> 16)).clamp(0, 255) as u8;
    }
    for (((o, r), g), b) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(reds).zip(greens).zip(blues) {
        *o = [*r, *g, *b];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_equations_at_full_size() {
        let n = 256;
        let y: Vec<u8> = (0..n * n).map(|i| (i % 251) as u8).collect();
        let cb: Vec<u8> = (0..n * n).map(|i| (i / 7 % 256) as u8).collect();
        let cr: Vec<u8> = (0..n * n).map(|i| (i / 256 % 256) as u8).collect();
        let ycc = Ycc { y, cb, cr, cw: n as u32, ch: n as u32 };
        let rgb = ycc_to_rgb8(&ycc, n as u32, n as u32).expect("sizes agree");
        for i in 0..n * n {
            let (l, b, r) = (f64::from(ycc.y[i]), f64::from(ycc.cb[i]) - 128.0, f64::from(ycc.cr[i]) - 128.0);
            let want = [l + 1.402 * r, l - 0.344_136 * b - 0.714_136 * r, l + 1.772 * b];
            for c in 0..3 {
                assert!((f64::from(rgb[3 * i + c]) - want[c].clamp(0.0, 255.0)).abs() <= 0.51);
            }
        }
    }

    #[test]
    fn flat_chroma_stays_flat_at_every_ratio() {
        for (w, h) in [(1u32, 1u32), (2, 2), (5, 3), (7, 8)] {
            for (cw, ch) in [(w, h), (w.div_ceil(2), h), (w.div_ceil(2), h.div_ceil(2)), (w.div_ceil(4), h)] {
                let n = (cw * ch) as usize;
                let ycc = Ycc { y: vec![90; (w * h) as usize], cb: vec![128; n], cr: vec![128; n], cw, ch };
                assert!(ycc_to_rgb8(&ycc, w, h).expect("fits").iter().all(|&v| v == 90));
            }
        }
    }

    #[test]
    fn wrong_sizes_are_an_error() {
        let ycc = Ycc { y: vec![0; 4], cb: vec![0; 1], cr: vec![0; 2], cw: 1, ch: 1 };
        assert!(ycc_to_rgb8(&ycc, 2, 2).is_err());
    }
}
