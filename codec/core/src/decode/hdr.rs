//! Radiance HDR (RGBE): flat, old and new run lengths, all eight row orders' upright one and flips.

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{Reader, check_plausible, pixel_count, still, still_probe};

/// 12 bytes of float a pixel, and the output: 370 MiB measured for a whole process at this size.
pub const MAX_PIXELS: u64 = 20_000_000;
/// A header longer than this is none.
const MAX_HEADER: usize = 64 << 10;

struct Header {
    width: u32,
    height: u32,
    bottom_up: bool,
    mirrored: bool,
}

pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let h = header(&mut Reader::new(bytes))?;
    Ok(still_probe(Format::Hdr, h.width, h.height, false, 32))
}

/// Decodes to scene-linear RGB floats. EXPOSURE is left in: it was chosen so that the picture looks right. Rows that a cut file lacks are not counted.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let mut r = Reader::new(bytes);
    let h = header(&mut r)?;
    let pixels = pixel_count(h.width, h.height, options.max_pixels.min(MAX_PIXELS))?;
    check_plausible(pixels, r.remaining(), 128)?;
    let mut out = vec![0f32; pixels * 3];
    let mut row = vec![[0u8; 4]; h.width as usize];
    let stride = h.width as usize * 3;
    let mut rows = 0;
    for y in 0..h.height as usize {
        if scanline(&mut r, &mut row).is_err() {
            break;
        }
        rows += 1;
        let y = if h.bottom_up { h.height as usize - 1 - y } else { y };
        if h.mirrored {
            row.reverse();
        }
        let line = out.get_mut(y * stride..(y + 1) * stride).unwrap_or_default();
        for (out, rgbe) in line.as_chunks_mut::<3>().0.iter_mut().zip(&row) {
            *out = to_linear(*rgbe);
        }
    }
    if rows == 0 {
        return Err(Error::corrupt("hdr: not one row"));
    }
    let mut out = still(h.width, h.height, Pixels::RgbF32(out));
    out.rows_decoded = rows;
    Ok(out)
}

fn to_linear([r, g, b, e]: [u8; 4]) -> [f32; 3] {
    if e == 0 {
        return [0.0; 3];
    }
    let scale = (f32::from(e) - 136.0).exp2();
    [r, g, b].map(|c| f32::from(c) * scale)
}

fn line<'a>(r: &mut Reader<'a>) -> Result<&'a [u8]> {
    let rest = r.rest();
    let end = rest.iter().take(MAX_HEADER).position(|&b| b == b'\n');
    let end = end.ok_or_else(|| Error::corrupt("hdr: endless header"))?;
    let line = r.take(end)?;
    r.skip(1)?;
    Ok(line.strip_suffix(b"\r").unwrap_or(line))
}

fn header(r: &mut Reader<'_>) -> Result<Header> {
    if !line(r)?.starts_with(b"#?") {
        return Err(Error::corrupt("no HDR header"));
    }
    loop {
        let text = line(r)?;
        if text.is_empty() {
            break;
        }
        if text.starts_with(b"FORMAT=") && !text.starts_with(b"FORMAT=32-bit_rle_rgbe") {
            return Err(Error::unsupported("hdr: XYZE"));
        }
        if r.pos() > MAX_HEADER {
            return Err(Error::corrupt("hdr: endless header"));
        }
    }
    resolution(line(r)?)
}

/// `-Y height +X width` and its flips; orders with X first (rotated scanlines) are refused.
fn resolution(text: &[u8]) -> Result<Header> {
    let text = std::str::from_utf8(text).map_err(|_| Error::corrupt("hdr: no size"))?;
    let mut words = text.split_ascii_whitespace();
    let mut next = || words.next().ok_or_else(|| Error::corrupt("hdr: no size"));
    let (y, height, x, width) = (next()?, next()?, next()?, next()?);
    if !matches!((y, x), ("-Y" | "+Y", "-X" | "+X")) {
        return Err(Error::unsupported("hdr: rotated scanlines"));
    }
    let side = |v: &str| v.parse::<u32>().map_err(|_| Error::corrupt("hdr: no size"));
    let (width, height) = (side(width)?, side(height)?);
    Ok(Header { width, height, bottom_up: y == "+Y", mirrored: x == "-X" })
}

/// One row, whichever coding it has.
fn scanline(r: &mut Reader<'_>, row: &mut [[u8; 4]]) -> Result<()> {
    let start = r.rest().first_chunk::<4>().copied().unwrap_or_default();
    let new_style = start[0] == 2 && start[1] == 2 && start[2] < 128;
    if new_style && (8..0x8000).contains(&row.len()) {
        r.skip(4)?;
        if usize::from(u16::from_be_bytes([start[2], start[3]])) != row.len() {
            return Err(Error::corrupt("hdr: row of another width"));
        }
        return (0..4).try_for_each(|channel| new_channel(r, row, channel));
    }
    old_row(r, row)
}

fn new_channel(r: &mut Reader<'_>, row: &mut [[u8; 4]], channel: usize) -> Result<()> {
    let mut x = 0;
    while x < row.len() {
        let count = usize::from(r.u8()?);
        let run = count > 128;
        let count = if run { count - 128 } else { count };
        let span = row.get_mut(x..x + count).ok_or_else(|| Error::corrupt("hdr: run past the row"))?;
        if count == 0 {
            return Err(Error::corrupt("hdr: empty run"));
        }
        if run {
            let value = r.u8()?;
            span.iter_mut().for_each(|p| p[channel] = value);
        } else {
            span.iter_mut().zip(r.take(count)?).for_each(|(p, &v)| p[channel] = v);
        }
        x += count;
    }
    Ok(())
}

/// Flat pixels; (1,1,1,n) repeats the last one n times, n's of neighbours being digits of base 256.
fn old_row(r: &mut Reader<'_>, row: &mut [[u8; 4]]) -> Result<()> {
    let mut x = 0;
    let mut shift = 0;
    while x < row.len() {
        let cell: [u8; 4] = r.take(4)?.try_into().map_err(|_| Error::corrupt("hdr: cut"))?;
        if let [1, 1, 1, count] = cell {
            let last = x.checked_sub(1).and_then(|i| row.get(i).copied());
            let last = last.ok_or_else(|| Error::corrupt("hdr: run without pixel"))?;
            let count = usize::from(count) << shift;
            let end = (x + count).min(row.len());
            row.get_mut(x..end).unwrap_or_default().fill(last);
            x = end;
            shift = if shift >= 16 { 0 } else { shift + 8 };
        } else {
            if let Some(slot) = row.get_mut(x) {
                *slot = cell;
            }
            x += 1;
            shift = 0;
        }
    }
    Ok(())
}
