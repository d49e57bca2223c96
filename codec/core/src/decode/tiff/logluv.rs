//! SGI's LogL (16 bits) and LogLuv (32 bits), run-length coded by byte planes; to linear Rec. 709.

use crate::decode::common::Reader;
use crate::error::{Error, Result};

use super::header::{Header, Photometric};

/// The compression of both; the 24-bit kind (34677) is not read.
const SGILOG: u64 = 34_676;

/// Decodes `pixels` pixels to one (LogL) or three floats each. Data that ends early leaves black.
pub fn decode(header: &Header, data: &[u8], pixels: usize) -> Result<Vec<f32>> {
    if header.compression != SGILOG || header.planar {
        return Err(Error::unsupported("tiff: LogLuv of 24 bits"));
    }
    let grey = header.photometric == Photometric::LogL;
    let width = header.segment.0 as usize;
    let mut out = Vec::with_capacity(pixels * if grey { 1 } else { 3 });
    let mut r = Reader::new(data);
    let mut row = vec![0u32; width];
    for _ in 0..pixels / width.max(1) {
        row.fill(0);
        for shift in (0..if grey { 2 } else { 4 }).rev() {
            if plane(&mut r, &mut row, shift * 8).is_err() {
                return Ok(out);
            }
        }
        match grey {
            true => out.extend(row.iter().map(|&v| luminance(v))),
            false => out.extend(row.iter().flat_map(|&v| colour(v))),
        }
    }
    Ok(out)
}

/// One byte plane of a row: counts of 128 and more are runs (less 126), others literal bytes.
fn plane(r: &mut Reader<'_>, row: &mut [u32], shift: u32) -> Result<()> {
    let mut x = 0;
    while x < row.len() {
        let head = r.u8()?;
        let run = head >= 128;
        let count = if run { usize::from(head) - 126 } else { usize::from(head) };
        let mut value = if run { r.u8()? } else { 0 };
        for _ in 0..count.min(row.len() - x) {
            if !run {
                value = r.u8()?;
            }
            if let Some(slot) = row.get_mut(x) {
                *slot |= u32::from(value) << shift;
            }
            x += 1;
        }
    }
    Ok(())
}

/// Sign, and 15 bits of log2 of luminance in steps of 1/256 from 2^-64.
fn luminance(v: u32) -> f32 {
    let coded = v & 0x7fff;
    if coded == 0 {
        return 0.0;
    }
    let y = ((coded as f32 + 0.5) / 256.0 - 64.0).exp2();
    if v & 0x8000 != 0 { -y } else { y }
}

/// Luminance and 8-bit CIE u', v' in steps of 1/410, as linear RGB of equal-energy white.
fn colour(v: u32) -> [f32; 3] {
    let y = luminance(v >> 16);
    if y <= 0.0 {
        return [0.0; 3];
    }
    let (u1, v1) = (((v >> 8 & 255) as f32 + 0.5) / 410.0, ((v & 255) as f32 + 0.5) / 410.0);
    let s = 1.0 / (6.0 * u1 - 16.0 * v1 + 12.0);
    let (cx, cy) = (9.0 * u1 * s, 4.0 * v1 * s);
    let (x, z) = (cx / cy * y, (1.0 - cx - cy) / cy * y);
    [2.690 * x - 1.276 * y - 0.414 * z, -1.022 * x + 1.978 * y + 0.044 * z, 0.061 * x - 0.224 * y + 1.163 * z]
}
