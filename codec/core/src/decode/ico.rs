//! ICO and CUR: the largest entry (then the deepest), PNG or DIB with its AND mask.

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::bmp::{self, Header};
use super::common::{Reader, drop_opaque_alpha, pixel_count, still_probe};
use super::png;

/// Entries looked at; Windows itself shows a handful.
const MAX_ENTRIES: u16 = 1024;

/// One directory entry that holds a readable header; sizes are the embedded picture's own.
struct Entry<'a> {
    data: &'a [u8],
    width: u32,
    height: u32,
    depth: u32,
    is_png: bool,
}

/// Whether a directory with a first entry inside the file stands at the start (TGA shares the first four bytes).
pub fn looks_like(bytes: &[u8]) -> bool {
    let mut r = Reader::new(bytes);
    let head = r.take(4);
    let first = || -> Result<bool> {
        let count = r.u16_le()?;
        r.skip(8)?;
        let (len, at) = (r.u32_le()?, r.u32_le()?);
        Ok(count > 0 && len > 0 && at >= 22 && (at as usize) < bytes.len())
    };
    matches!(head, Ok([0, 0, 1 | 2, 0])) && { first }().unwrap_or(false)
}

pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let best = largest(bytes)?;
    Ok(still_probe(Format::Ico, best.width, best.height, true, 8))
}

/// Decodes the largest entry. The cap is checked on the embedded picture's own header, not the directory's.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let best = largest(bytes)?;
    pixel_count(best.width, best.height, options.max_pixels)?;
    if best.is_png {
        return png::decode(best.data, options);
    }
    let header = Header::parse(best.data)?.halved();
    let offset = header.size + header.palette_bytes();
    let mut out = bmp::decode_dib(best.data, &header, offset)?;
    if let Some(frame) = out.frames.first_mut() {
        let pixels = std::mem::replace(&mut frame.pixels, Pixels::L8(Vec::new()));
        frame.pixels = masked(&header, best.data.get(offset..).unwrap_or_default(), pixels);
    }
    Ok(out)
}

fn largest(bytes: &[u8]) -> Result<Entry<'_>> {
    let mut r = Reader::new(bytes);
    if !matches!(r.take(4)?, [0, 0, 1 | 2, 0]) {
        return Err(Error::corrupt("no ICO header"));
    }
    let count = r.u16_le()?.min(MAX_ENTRIES);
    let mut best: Option<Entry<'_>> = None;
    for _ in 0..count {
        let Ok(record) = r.take(16) else { break };
        let Some(entry) = entry(bytes, record) else { continue };
        let rank = |e: &Entry<'_>| (u64::from(e.width) * u64::from(e.height), e.depth);
        if best.as_ref().is_none_or(|b| rank(&entry) > rank(b)) {
            best = Some(entry);
        }
    }
    best.ok_or_else(|| Error::corrupt("ico: no entry with a picture"))
}

fn entry<'a>(bytes: &'a [u8], record: &[u8]) -> Option<Entry<'a>> {
    let mut r = Reader::at(record, 8);
    let (len, at) = (r.u32_le().ok()? as usize, r.u32_le().ok()? as usize);
    let data = bytes.get(at..)?;
    let data = data.get(..len).unwrap_or(data);
    if data.starts_with(png::SIGNATURE) {
        let probe = png::probe(data).ok()?;
        return Some(Entry { data, width: probe.width, height: probe.height, depth: 32, is_png: true });
    }
    let header = Header::parse(data).ok()?.halved();
    let depth = header.bits.into();
    (header.height > 0).then_some(Entry { data, width: header.width, height: header.height, depth, is_png: false })
}

/// Puts transparency in: the alpha of 32-bit cells unless it is 0 throughout, else the AND mask.
fn masked(header: &Header, data: &[u8], pixels: Pixels) -> Pixels {
    let (width, height) = (header.width as usize, header.height as usize);
    let stride = (width * usize::from(header.bits)).div_ceil(32) * 4;
    let mut rgba: Vec<u8> = match pixels {
        Pixels::Rgb8(rgb) => rgb.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect(),
        Pixels::Rgba8(rgba) => return Pixels::Rgba8(rgba),
        other => return other,
    };
    if header.bits == 32 && cell_alpha(header, data, stride, &mut rgba) {
        return Pixels::Rgba8(rgba);
    }
    let mask = data.get(stride * height..).unwrap_or_default();
    let mask_stride = width.div_ceil(32) * 4;
    for (line, row) in mask.chunks(mask_stride.max(1)).zip(rows_up(header, &mut rgba)) {
        for (x, pixel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            if line.get(x / 8).is_some_and(|b| b >> (7 - x % 8) & 1 == 1) {
                pixel[3] = 0;
            }
        }
    }
    drop_opaque_alpha(rgba)
}

/// Copies the fourth byte of every cell; false when all are 0 (then the file has no alpha).
fn cell_alpha(header: &Header, data: &[u8], stride: usize, rgba: &mut [u8]) -> bool {
    let alphas = data.get(..stride * header.height as usize).unwrap_or(data);
    if alphas.iter().skip(3).step_by(4).all(|&a| a == 0) {
        return false;
    }
    for (line, row) in alphas.chunks(stride.max(1)).zip(rows_up(header, rgba)) {
        for (pixel, cell) in row.as_chunks_mut::<4>().0.iter_mut().zip(line.as_chunks::<4>().0) {
            pixel[3] = cell[3];
        }
    }
    true
}

/// Rows in the order a DIB stores them.
fn rows_up<'a>(header: &Header, rgba: &'a mut [u8]) -> Box<dyn Iterator<Item = &'a mut [u8]> + 'a> {
    let stride = (header.width as usize * 4).max(1);
    if header.top_down { Box::new(rgba.chunks_mut(stride)) } else { Box::new(rgba.rchunks_mut(stride)) }
}
