//! Netpbm: PBM, PGM, PPM (plain and raw), PAM, and PFM (floats).

mod header;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{Reader, check_plausible, keep_wide, pixel_count, scale_to_u8, scale_to_u16, still, still_probe};
use header::{Coding, Header};

/// Floats take 4 bytes a sample: 384 MB for RGB at this size.
const MAX_FLOAT_PIXELS: u64 = 32_000_000;

pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let h = Header::parse(&mut Reader::new(bytes))?;
    if matches!(h.coding, Coding::Float { .. }) {
        pixel_count(h.width, h.height, MAX_FLOAT_PIXELS)?;
    }
    let bits = match h.coding {
        Coding::Float { .. } => 32,
        _ if h.maxval > 255 => 16,
        _ => 8,
    };
    Ok(still_probe(Format::Pnm, h.width, h.height, h.has_alpha(), bits))
}

/// Decodes to 8 bits a sample, or to 16 where maxval > 255; PFM to floats. Samples past maxval are clamped.
///
/// Rows that a cut file lacks stay 0 and are not counted. Errors: `Limit`, `Corrupt`.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let mut r = Reader::new(bytes);
    let h = Header::parse(&mut r)?;
    let float = matches!(h.coding, Coding::Float { .. });
    let cap = if float { options.max_pixels.min(MAX_FLOAT_PIXELS) } else { options.max_pixels };
    let pixels = pixel_count(h.width, h.height, cap)?;
    // A cut file may miss rows, not nearly everything: 8 pixels a byte is the densest.
    check_plausible(pixels, r.remaining(), 512)?;
    let samples = pixels.saturating_mul(h.channels);
    let (pixels, done) = match h.coding {
        Coding::Float { little } => floats(&mut r, &h, little),
        _ if h.maxval > 255 && keep_wide(pixels, h.channels) => {
            let mut out = vec![0u16; samples];
            let max = h.maxval;
            let done = fill(&mut r, &h, &mut out, |v| scale_to_u16(v, max));
            (wide(h.channels, out), done)
        }
        _ => {
            let mut out = vec![0u8; samples];
            let max = h.maxval;
            let done = fill(&mut r, &h, &mut out, |v| scale_to_u8(v, max));
            (eight(h.channels, out), done)
        }
    };
    let rows = (done / (h.width as usize * h.channels)) as u32;
    if rows == 0 {
        return Err(Error::corrupt("pnm: not one row"));
    }
    let mut out = still(h.width, h.height, pixels);
    out.rows_decoded = rows;
    Ok(out)
}

fn eight(channels: usize, out: Vec<u8>) -> Pixels {
    match channels {
        1 => Pixels::L8(out),
        2 => Pixels::La8(out),
        3 => Pixels::Rgb8(out),
        _ => Pixels::Rgba8(out),
    }
}

fn wide(channels: usize, out: Vec<u16>) -> Pixels {
    match channels {
        1 => Pixels::L16(out),
        2 => Pixels::La16(out),
        3 => Pixels::Rgb16(out),
        _ => Pixels::Rgba16(out),
    }
}

/// Fills `out` as far as the data goes; returns the samples done.
fn fill<T: Copy>(r: &mut Reader<'_>, h: &Header, out: &mut [T], scale: impl Fn(u32) -> T) -> usize {
    match h.coding {
        Coding::Plain if h.bitmap => plain_bits(r, out, scale),
        Coding::Plain => plain(r, out, scale),
        Coding::Raw if h.bitmap => raw_bits(r, h.width as usize, out, scale),
        _ => raw(r, h.maxval > 255, out, scale),
    }
}

fn raw<T>(r: &mut Reader<'_>, two: bool, out: &mut [T], scale: impl Fn(u32) -> T) -> usize {
    let data = r.rest();
    if two {
        let pairs = data.as_chunks::<2>().0;
        out.iter_mut().zip(pairs).for_each(|(o, &p)| *o = scale(u16::from_be_bytes(p).into()));
        return out.len().min(pairs.len());
    }
    out.iter_mut().zip(data).for_each(|(o, &v)| *o = scale(v.into()));
    out.len().min(data.len())
}

/// Packed bits, rows padded to bytes; 1 is black.
fn raw_bits<T>(r: &mut Reader<'_>, width: usize, out: &mut [T], scale: impl Fn(u32) -> T) -> usize {
    let mut done = 0;
    for (row, line) in out.chunks_mut(width.max(1)).zip(r.rest().chunks(width.div_ceil(8).max(1))) {
        for (x, o) in row.iter_mut().enumerate() {
            let Some(byte) = line.get(x / 8) else { return done };
            *o = scale(u32::from(byte >> (7 - x % 8) & 1 == 0));
            done += 1;
        }
    }
    done
}

/// Digits need no space between them; 1 is black.
fn plain_bits<T>(r: &mut Reader<'_>, out: &mut [T], scale: impl Fn(u32) -> T) -> usize {
    let mut done = 0;
    let mut slots = out.iter_mut();
    let mut comment = false;
    for &byte in r.rest() {
        match byte {
            b'\n' | b'\r' => comment = false,
            _ if comment => {}
            b'#' => comment = true,
            b'0' | b'1' => {
                let Some(slot) = slots.next() else { break };
                *slot = scale(u32::from(byte == b'0'));
                done += 1;
            }
            _ => {}
        }
    }
    done
}

fn plain<T>(r: &mut Reader<'_>, out: &mut [T], scale: impl Fn(u32) -> T) -> usize {
    for (done, slot) in out.iter_mut().enumerate() {
        match header::number(r) {
            Ok(value) => *slot = scale(value),
            Err(_) => return done,
        }
    }
    out.len()
}

/// PFM: rows bottom to top (of a cut file the lower ones came); what is not finite becomes 0.
fn floats(r: &mut Reader<'_>, h: &Header, little: bool) -> (Pixels, usize) {
    let stride = h.width as usize * 3;
    let mut out = vec![0f32; h.width as usize * h.height as usize * 3];
    let mut done = 0;
    for row in out.rchunks_exact_mut(stride.max(1)) {
        for pixel in row.as_chunks_mut::<3>().0 {
            let mut value = || -> Result<f32> {
                let bits = if little { r.u32_le()? } else { r.u32_be()? };
                Ok(Some(f32::from_bits(bits)).filter(|v| v.is_finite()).unwrap_or(0.0))
            };
            let Ok(first) = value() else { return (Pixels::RgbF32(out), done) };
            *pixel = [first; 3];
            done += 1;
            if h.channels == 3 {
                (pixel[1], pixel[2]) = (value().unwrap_or(0.0), value().unwrap_or(0.0));
                done += 2;
            }
        }
    }
    (Pixels::RgbF32(out), done)
}
