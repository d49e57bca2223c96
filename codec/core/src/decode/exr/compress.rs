//! RLE, ZIP and PXR24 of EXR chunks; the other codings have files of their own.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit as inflate;

use crate::decode::common::Reader;
use crate::error::{Error, Result};

use super::blocks::Area;
use super::header::{Coding, Header, Kind};
use super::{b44, piz};

/// The chunk's samples: rows from the top, in each row the channels one behind the other, little-endian.
pub fn decompress(header: &Header, area: &Area, data: &[u8]) -> Result<Vec<u8>> {
    let size = area.bytes(header) as usize;
    // Chunks that would not have shrunk are stored as they are.
    if header.coding == Coding::None || data.len() >= size {
        return if data.len() < size { Err(cut()) } else { Ok(data.to_vec()) };
    }
    let out = match header.coding {
        Coding::None => return Err(cut()),
        Coding::Rle => unfilter(&rle(data, size)?),
        Coding::Zip => unfilter(&inflate(data, size).map_err(|_| cut())?),
        Coding::Pxr24 => pxr24(header, area, &inflate(data, size).map_err(|_| cut())?)?,
        Coding::Piz => piz::decode(header, area, data)?,
        Coding::B44 => b44::decode(header, area, data)?,
    };
    if out.len() < size { Err(cut()) } else { Ok(out) }
}

fn cut() -> Error {
    Error::corrupt("exr: a broken chunk")
}

/// Negative counts are literals, others one less than a run.
fn rle(data: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut r = Reader::new(data);
    let mut out = Vec::with_capacity(most);
    while r.remaining() > 0 && out.len() < most {
        let head = r.u8()?.cast_signed();
        if head < 0 {
            out.extend_from_slice(r.take(usize::from(head.unsigned_abs()))?);
        } else {
            let byte = r.u8()?;
            out.resize(out.len() + head as usize + 1, byte);
        }
    }
    out.truncate(most);
    Ok(out)
}

/// Undoes the byte differences, then puts the two halves together by turns.
fn unfilter(data: &[u8]) -> Vec<u8> {
    let mut sums = Vec::with_capacity(data.len());
    let mut last = 128u8;
    for (i, &byte) in data.iter().enumerate() {
        last = if i == 0 { byte } else { last.wrapping_add(byte).wrapping_sub(128) };
        sums.push(last);
    }
    let (even, odd) = sums.split_at(sums.len().div_ceil(2));
    let mut out = vec![0; sums.len()];
    out.iter_mut().step_by(2).zip(even).for_each(|(o, &v)| *o = v);
    out.iter_mut().skip(1).step_by(2).zip(odd).for_each(|(o, &v)| *o = v);
    out
}

/// Differences of samples, their bytes in planes, floats cut to 24 bits.
fn pxr24(header: &Header, area: &Area, data: &[u8]) -> Result<Vec<u8>> {
    let mut r = Reader::new(data);
    let mut out = Vec::with_capacity(area.bytes(header) as usize);
    for row in 0..area.height {
        for channel in header.channels.iter().filter(|c| area.has_row(header, c, row)) {
            let width = area.size(header, channel).0 as usize;
            let (planes, shift) = match channel.kind {
                Kind::Uint => (4, 0),
                Kind::Half => (2, 0),
                Kind::Float => (3, 8),
            };
            let bytes = r.take(width * planes)?;
            let mut pixel = 0u32;
            for x in 0..width {
                let plane = |p: usize| bytes.get(p * width + x).copied().unwrap_or(0);
                let step = (0..planes).fold(0u32, |v, p| v << 8 | u32::from(plane(p)));
                pixel = pixel.wrapping_add(step << shift);
                match channel.kind {
                    Kind::Half => out.extend_from_slice(&(pixel as u16).to_le_bytes()),
                    _ => out.extend_from_slice(&pixel.to_le_bytes()),
                }
            }
        }
    }
    Ok(out)
}
