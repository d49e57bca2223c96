//! JPEG (ITU-T T.81): baseline, or progressive by spectral selection, Huffman tables made to measure.

mod coefficients;
pub mod fdct;
pub mod huffman;
mod progressive;
#[cfg(target_arch = "wasm32")]
mod simd;
pub mod tables;
mod write;

use crate::error::{Code, Error, Result};
use coefficients::Coder;
use huffman::{Bits, Counts, Sink, Table, Token};

/// One component: its samples and how many of them stand in an MCU, a side.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    pub data: &'a [u8],
    pub width: usize,
    pub height: usize,
    /// 1 or 2; chroma has 1.
    pub h: usize,
    pub v: usize,
}

/// Settings.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// 1–100, libjpeg's scale.
    pub quality: u8,
    pub progressive: bool,
}

/// Up to here coefficients and tokens are kept between the passes: at most 6 bytes a pixel, which larger pictures have no
/// room for beside their samples.
const MAX_KEPT_PIXELS: usize = 8_000_000;

/// Encodes one plane (grey) or three (YCbCr, full range); `width` × `height` is the picture's size.
///
/// # Errors
/// `bad_request` for sizes past 65,535 or planes that don't cover the picture.
pub fn encode(planes: &[Plane], width: u32, height: u32, options: &Options) -> Result<Vec<u8>> {
    check(planes, width, height)?;
    let steps = tables::quantisation(options.quality);
    let mut out = Vec::with_capacity((width as usize * height as usize) / 4 + 1024);
    write::head(&mut out, planes, width as u16, height as u16, &steps, options.progressive);
    let coder = Coder::new(planes, width as usize, height as usize, &steps);
    let keep = width as usize * height as usize <= MAX_KEPT_PIXELS;
    if options.progressive {
        progressive::scans(&coder, planes, keep, &mut out);
    } else {
        scan(&mut out, &coder, &(0..planes.len()).collect::<Vec<_>>(), (0, 63), keep);
    }
    out.extend_from_slice(&[0xff, 0xd9]);
    Ok(out)
}

/// Something whose tokens can be asked for more than once.
trait Pass {
    fn run(&self, tokens: &mut impl Sink);

    /// About how many there are.
    fn expected(&self) -> usize {
        0
    }
}

impl Pass for Coder<'_> {
    fn run(&self, tokens: &mut impl Sink) {
        self.interleaved(tokens);
    }

    fn expected(&self) -> usize {
        self.mcus().0 * self.mcus().1 * 64
    }
}

/// Tables and bits of one scan over `members`, coefficients `band.0..=band.1`. Its tokens are needed twice, for the tables
/// and for the bits: kept in between, or made again. The bytes are the same.
fn scan(out: &mut Vec<u8>, pass: &impl Pass, members: &[usize], band: (u8, u8), keep: bool) {
    let mut counts = Counts::new();
    let mut kept: Vec<Token> = Vec::with_capacity(if keep { pass.expected() } else { 0 });
    if keep {
        pass.run(&mut kept);
        kept.iter().for_each(|t| counts.push(*t));
    } else {
        pass.run(&mut counts);
    }
    let tables: [Table; 4] = counts.0.map(|c| Table::from_frequencies(&c));
    write::huffman(out, &tables, &counts.0);
    write::scan_header(out, members, band.0, band.1);
    let mut bits = Bits::new(&tables, out);
    if keep {
        kept.iter().for_each(|t| bits.push(*t));
    } else {
        pass.run(&mut bits);
    }
    bits.finish();
}

fn check(planes: &[Plane], width: u32, height: u32) -> Result<()> {
    let h_max = planes.iter().map(|p| p.h).max().unwrap_or(1);
    let v_max = planes.iter().map(|p| p.v).max().unwrap_or(1);
    let covers = |p: &Plane| {
        (1..=2).contains(&p.h) && (1..=2).contains(&p.v)
            && p.width == (width as usize * p.h).div_ceil(h_max)
            && p.height == (height as usize * p.v).div_ceil(v_max)
            && p.data.len() >= p.width * p.height
    };
    let sides = (1..=65535).contains(&width) && (1..=65535).contains(&height);
    if sides && matches!(planes.len(), 1 | 3) && planes.iter().all(covers) {
        return Ok(());
    }
    Err(Error::new(Code::BadRequest, "JPEG: planes and size disagree"))
}

/// The forward DCT and the mask of coefficients, SIMD against scalar, on noise at any quality.
#[cfg(all(target_arch = "wasm32", feature = "selftest"))]
pub fn arms_agree(seed: u32) -> bool {
    let mut samples = [0i16; 64];
    let noise = crate::selftest::noise(64, seed);
    samples.iter_mut().zip(&noise).for_each(|(s, v)| *s = (i16::from(*v) - 128) >> (seed % 7));
    let [luma, chroma] = tables::quantisation((seed % 100 + 1) as u8);
    [luma, chroma].iter().all(|steps| {
        let reciprocals = fdct::reciprocals(steps);
        let (mut a, mut b) = ([0; 64], [0; 64]);
        simd::transform(&samples, &reciprocals, &mut a);
        fdct::transform(&samples, &reciprocals, &mut b);
        let mask = a.iter().enumerate().fold(0u64, |m, (k, v)| m | u64::from(*v != 0) << k);
        a == b && simd::nonzero(&a) == mask
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{DecodeOptions, Frames, Pixels};

    fn gradient(w: usize, h: usize, seed: usize) -> Vec<u8> {
        (0..w * h).map(|i| ((i % w * 3 + i / w * 2 + seed) % 200 + 20) as u8).collect()
    }

    fn round_trip(w: u32, h: u32, half: bool, progressive: bool) -> f64 {
        let (cw, ch) = if half { (w.div_ceil(2), h.div_ceil(2)) } else { (w, h) };
        let (y, cb, cr) = (gradient(w as usize, h as usize, 0), vec![100; (cw * ch) as usize], vec![150; (cw * ch) as usize]);
        let f = if half { 2 } else { 1 };
        let plane = |data, w: u32, h: u32, f| Plane { data, width: w as usize, height: h as usize, h: f, v: f };
        let planes = [plane(&y, w, h, f), plane(&cb, cw, ch, 1), plane(&cr, cw, ch, 1)];
        let bytes = encode(&planes, w, h, &Options { quality: 95, progressive }).unwrap();
        let options = DecodeOptions { max_pixels: 1 << 20, frames: Frames::First, target: None, allow_ycc: true, full_chroma: false };
        let d = crate::decode::jpeg::decode(&bytes, &options).unwrap();
        assert_eq!((d.width, d.height, d.rows_decoded), (w, h, h));
        let Pixels::Ycc(back) = &d.frames[0].pixels else { panic!("planes expected") };
        assert_eq!((back.cw, back.ch), (cw, ch));
        assert!(back.cb.iter().all(|v| v.abs_diff(100) <= 1));
        back.y.iter().zip(&y).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / y.len() as f64
    }

    #[test]
    fn tokens_made_twice_give_the_same_bytes() {
        let (y, c) = (gradient(100, 61, 0), gradient(50, 31, 7));
        let plane = |data, width, height, f| Plane { data, width, height, h: f, v: f };
        let planes = [plane(&y, 100, 61, 2), plane(&c, 50, 31, 1), plane(&c, 50, 31, 1)];
        let coder = Coder::new(&planes, 100, 61, &tables::quantisation(85));
        let [kept, made] = [true, false].map(|keep| {
            let mut out = Vec::new();
            scan(&mut out, &coder, &[0, 1, 2], (0, 63), keep);
            progressive::scans(&coder, &planes, keep, &mut out);
            out
        });
        assert_eq!(kept, made);
    }

    #[test]
    fn comes_back_close_in_every_layout() {
        for (w, h) in [(1, 1), (8, 8), (17, 33), (64, 48), (100, 7)] {
            for half in [false, true] {
                for progressive in [false, true] {
                    assert!(round_trip(w, h, half, progressive) < 4.0, "{w}×{h} half {half} progressive {progressive}");
                }
            }
        }
    }
}
