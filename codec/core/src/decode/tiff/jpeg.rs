//! JPEG inside TIFF: technical note 2 (compression 7) and the old style of TIFF 6.0 section 22 (compression 6).
//!
//! Streams are completed in memory and decoded by `zune-jpeg` without its colour conversion, so that YCbCr
//! coefficients and ranges of the TIFF apply.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::decode::jpeg_header;
use crate::error::{Error, Result};
use crate::image::Pixels;

use super::header::{Header, Photometric};
use super::ifd::Directory;

const MAX_SCANS: usize = 64;
const TABLES: u16 = 347;
const APP14_RGB: &[u8] = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00";

/// One strip or tile of compression 7 as interleaved samples; at most `rows` rows of `width` pixels.
pub fn segment(dir: &Directory<'_>, header: &Header, data: &[u8], width: u32, rows: u32) -> Result<Vec<u8>> {
    let tables = dir.data(TABLES).unwrap_or_default();
    let components = if header.planar { 1 } else { header.samples };
    let rgb = components == 3 && header.photometric != Photometric::Ycbcr;
    let stream = complete(tables, data, rgb);
    decode(&stream, width, rows, components)
}

/// SOI, tables, and the segment's own markers as one stream.
fn complete(tables: &[u8], data: &[u8], rgb: bool) -> Vec<u8> {
    let tables = tables.strip_prefix(b"\xff\xd8").unwrap_or(tables);
    let tables = tables.strip_suffix(b"\xff\xd9").unwrap_or(tables);
    let data = data.strip_prefix(b"\xff\xd8").unwrap_or(data);
    let mut out = b"\xff\xd8".to_vec();
    if rgb {
        out.extend_from_slice(APP14_RGB);
    }
    out.extend_from_slice(tables);
    out.extend_from_slice(data);
    out
}

/// Decodes to raw components. The stream may be shorter than the segment, not wider.
fn decode(stream: &[u8], width: u32, rows: u32, components: usize) -> Result<Vec<u8>> {
    let found = jpeg_header::header(stream)?;
    if found.width != width || found.height > rows.saturating_add(64) || usize::from(found.components) != components {
        return Err(Error::corrupt("tiff: a JPEG of another size than its strip or tile"));
    }
    let space = |rgb: bool| match components {
        1 => Ok(ColorSpace::Luma),
        3 if rgb => Ok(ColorSpace::RGB),
        3 => Ok(ColorSpace::YCbCr),
        4 => Ok(ColorSpace::CMYK),
        _ => Err(Error::unsupported("tiff: JPEG of other than 1, 3 or 4 components")),
    };
    let rgb = stream.get(2..).is_some_and(|s| s.starts_with(APP14_RGB));
    let options = DecoderOptions::new_safe()
        .set_max_width(width as usize)
        .set_max_height(found.height as usize)
        .set_strict_mode(false)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(space(rgb)?);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(stream), options);
    let mut out = decoder.decode().map_err(|e| Error::corrupt(format!("tiff: {e:?}")))?;
    out.truncate(width as usize * rows as usize * components);
    Ok(out)
}

/// Old-style JPEG as RGB8: a whole stream in the file, or strips and tiles without their headers.
pub fn old(bytes: &[u8], dir: &Directory<'_>, header: &Header) -> Result<(Pixels, u32)> {
    if header.planar || header.bits != 8 || !matches!(header.samples, 1 | 3) {
        return Err(Error::unsupported("tiff: old-style JPEG of this kind"));
    }
    let samples = match whole_stream(bytes, dir, header) {
        Some(stream) => decode(stream, header.width, header.height, header.samples)?,
        None => joined(bytes, dir, header)?,
    };
    let rows = samples.len() / (header.width as usize * header.samples);
    let mut samples = samples;
    samples.resize(header.width as usize * header.height as usize * header.samples, 0);
    let samples = super::segments::Samples::U8(samples);
    Ok((super::colour::convert(dir, header, samples)?, rows as u32))
}

/// JPEGInterchangeFormat, when it points to a stream that is whole (frame and scan).
fn whole_stream<'a>(bytes: &'a [u8], dir: &Directory<'_>, header: &Header) -> Option<&'a [u8]> {
    let at = usize::try_from(dir.uint(513)?).ok()?;
    let stream = bytes.get(at..)?;
    let found = jpeg_header::header(stream).ok()?;
    let same = found.width == header.width && found.height == header.height;
    (same && memchr::memmem::find(stream, b"\xff\xda").is_some()).then_some(stream)
}

/// Builds a stream for each tile (or one for all strips) out of the table tags.
fn joined(bytes: &[u8], dir: &Directory<'_>, header: &Header) -> Result<Vec<u8>> {
    let (at, len) = if header.tiled { (324, 325) } else { (273, 279) };
    let parts = dir.uints(at).into_iter().zip(dir.uints(len)).filter_map(|(at, len)| {
        let at = usize::try_from(at).ok()?;
        bytes.get(at..at.checked_add(usize::try_from(len).ok()?)?)
    });
    if !header.tiled {
        let scan: Vec<u8> = parts.flatten().copied().collect();
        return decode(&stream(dir, header, (header.width, header.height), &scan)?, header.width, header.height, header.samples);
    }
    let mut out = vec![0; header.width as usize * header.height as usize * header.samples];
    let across = header.width.div_ceil(header.segment.0);
    for (index, part) in (0u32..).zip(parts) {
        let tile = decode(&stream(dir, header, header.segment, part)?, header.segment.0, header.segment.1, header.samples)?;
        let place = (index % across * header.segment.0, index / across * header.segment.1);
        blit(header, &tile, place, &mut out);
    }
    Ok(out)
}

fn blit(header: &Header, tile: &[u8], (left, top): (u32, u32), out: &mut [u8]) {
    let columns = header.segment.0.min(header.width.saturating_sub(left)) as usize * header.samples;
    for (y, row) in (top..header.height).zip(tile.chunks_exact(header.segment.0 as usize * header.samples)) {
        let start = (y as usize * header.width as usize + left as usize) * header.samples;
        if let (Some(slots), Some(row)) = (out.get_mut(start..start + columns), row.get(..columns)) {
            slots.copy_from_slice(row);
        }
    }
}

/// Markers made of the tags JPEGQTables, JPEGDCTables and JPEGACTables (offsets, one a component), then the scan.
fn stream(dir: &Directory<'_>, header: &Header, size: (u32, u32), scan: &[u8]) -> Result<Vec<u8>> {
    let side = |v: u32| u16::try_from(v).map_err(|_| Error::corrupt("tiff: JPEG too large"));
    let (width, height) = (side(size.0)?, side(size.1)?);
    let components = header.samples as u8;
    let mut out = b"\xff\xd8".to_vec();
    for id in 0..components {
        push(&mut out, 0xdb, &[&[id], table(dir, 519, id, 64)?]);
    }
    let mut frame = vec![8];
    frame.extend_from_slice(&height.to_be_bytes());
    frame.extend_from_slice(&width.to_be_bytes());
    frame.push(components);
    for id in 0..components {
        let (h, v) = if id == 0 && components == 3 { header.subsampling } else { (1, 1) };
        frame.extend_from_slice(&[id + 1, (h << 4 | v) as u8, id]);
    }
    push(&mut out, 0xc0, &[&frame]);
    for id in 0..components {
        push(&mut out, 0xc4, &[&[id], huffman(dir, 520, id)?]);
        push(&mut out, 0xc4, &[&[0x10 | id], huffman(dir, 521, id)?]);
    }
    if let Some(interval) = dir.uint(515).and_then(|v| u16::try_from(v).ok()).filter(|&v| v > 0) {
        push(&mut out, 0xdd, &[&interval.to_be_bytes()]);
    }
    let mut head = vec![components];
    (0..components).for_each(|id| head.extend_from_slice(&[id + 1, id << 4 | id]));
    head.extend_from_slice(&[0, 63, 0]);
    push(&mut out, 0xda, &[&head]);
    out.extend_from_slice(scan);
    out.extend_from_slice(b"\xff\xd9");
    Ok(out)
}

fn push(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|p| p.len()).sum();
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&(len as u16 + 2).to_be_bytes());
    parts.iter().for_each(|p| out.extend_from_slice(p));
}

fn table<'a>(dir: &Directory<'a>, tag: u16, id: u8, len: usize) -> Result<&'a [u8]> {
    let at = dir.uints(tag).get(usize::from(id)).and_then(|&at| usize::try_from(at).ok());
    let found = at.and_then(|at| dir.bytes.get(at..at.checked_add(len)?));
    found.ok_or_else(|| Error::corrupt("tiff: old-style JPEG without tables"))
}

/// 16 counts and as many values as they sum up to.
fn huffman<'a>(dir: &Directory<'a>, tag: u16, id: u8) -> Result<&'a [u8]> {
    let values: usize = table(dir, tag, id, 16)?.iter().map(|&c| usize::from(c)).sum();
    table(dir, tag, id, 16 + values)
}
