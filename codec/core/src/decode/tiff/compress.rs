//! Decompression of one strip or tile.

use std::borrow::Cow;
use std::io::{Cursor, Read, Write};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::decode::common::Reader;
use crate::decode::webp;
use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Frames, Pixels};

use super::header::{Header, JPEG};
use super::ifd::Directory;
use super::{ccitt, jpeg, lzw};

/// Bytes of one row of a segment of that width, samples packed.
pub fn row_len(header: &Header, width: u32) -> Result<usize> {
    let samples = if header.planar { 1 } else { header.samples as u64 };
    let bits = u64::from(width) * samples * u64::from(header.bits);
    usize::try_from(bits.div_ceil(8)).map_err(|_| Error::limit("tiff: rows too long"))
}

/// Bytes of a whole segment of that many rows.
pub fn segment_len(header: &Header, rows: u32) -> Result<usize> {
    let width = header.segment.0;
    if header.is_subsampled() {
        let (h, v) = header.subsampling;
        let blocks = u64::from(width.div_ceil(h)) * u64::from(rows.div_ceil(v));
        return usize::try_from(blocks * u64::from(h * v + 2)).map_err(|_| Error::limit("tiff: strips too large"));
    }
    row_len(header, width)?.checked_mul(rows as usize).ok_or_else(|| Error::limit("tiff: strips too large"))
}

/// Whether the predictor tag means something with this compression (LZW, Deflate, zstd, LZMA).
pub fn may_predict(compression: u64) -> bool {
    matches!(compression, 5 | 8 | 32_946 | 50_000 | 34_925)
}

/// The segment's packed samples, at most its own size; fewer when the data is cut.
pub fn decompress<'a>(
    dir: &Directory<'_>,
    header: &Header,
    data: &'a [u8],
    width: u32,
    rows: u32,
) -> Result<Cow<'a, [u8]>> {
    let most = segment_len(header, rows)?;
    let data = match header.reversed_bits && !matches!(header.compression, 7 | 50_001) {
        true => Cow::Owned(data.iter().map(|b| b.reverse_bits()).collect()),
        false => Cow::Borrowed(data),
    };
    Ok(match header.compression {
        1 => data,
        2..=4 => {
            let coding = ccitt::Coding::of(header.compression, dir.uint(292).unwrap_or(0));
            Cow::Owned(ccitt::decode(&data, coding, width, rows))
        }
        5 => Cow::Owned(lzw::decode(&data, most)),
        JPEG => Cow::Owned(jpeg::segment(dir, header, &data, width, rows)?),
        8 | 32_946 => Cow::Owned(inflate(&data, most)),
        32_773 => Cow::Owned(pack_bits(&data, most)),
        34_925 => Cow::Owned(lzma(&data, most)?),
        50_000 => Cow::Owned(zstd(&data, most)?),
        50_001 => Cow::Owned(webp_tile(header, &data, width, rows)?),
        other => return Err(Error::unsupported(format!("tiff: compression {other}"))),
    })
}

/// What could be inflated; more output than expected is cut.
fn inflate(data: &[u8], most: usize) -> Vec<u8> {
    decompress_to_vec_zlib_with_limit(data, most).unwrap_or_else(|e| e.output)
}

/// PackBits (section 9).
fn pack_bits(data: &[u8], most: usize) -> Vec<u8> {
    let mut r = Reader::new(data);
    let mut out = Vec::with_capacity(most.min(data.len().saturating_mul(64)));
    while out.len() < most {
        let Ok(head) = r.u8() else { break };
        match head {
            0..=127 => out.extend_from_slice(r.take_up_to(usize::from(head) + 1)),
            128 => {}
            _ => match r.u8() {
                Ok(byte) => out.resize(out.len() + 257 - usize::from(head), byte),
                Err(_) => break,
            },
        }
    }
    out.truncate(most);
    out
}

/// A writer that fails once it holds `most` bytes.
struct Bounded {
    out: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.out.len() + data.len() > self.most {
            return Err(std::io::ErrorKind::OutOfMemory.into());
        }
        self.out.extend_from_slice(data);
        Ok(data.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lzma(data: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut sink = Bounded { out: Vec::new(), most: most.saturating_add(1 << 16) };
    lzma_rs::xz_decompress(&mut Cursor::new(data), &mut sink).map_err(|e| Error::corrupt(format!("tiff: {e}")))?;
    sink.out.truncate(most);
    Ok(sink.out)
}

fn zstd(data: &[u8], most: usize) -> Result<Vec<u8>> {
    let decoder = ruzstd::decoding::StreamingDecoder::new(data);
    let decoder = decoder.map_err(|e| Error::corrupt(format!("tiff: {e}")))?;
    let mut out = Vec::new();
    decoder.take(most as u64).read_to_end(&mut out).map_err(|e| Error::corrupt(format!("tiff: {e}")))?;
    Ok(out)
}

/// A WebP file for each tile (libtiff's extension), brought to the tile's number of samples.
fn webp_tile(header: &Header, data: &[u8], width: u32, rows: u32) -> Result<Vec<u8>> {
    let max_pixels = u64::from(width) * u64::from(rows);
    let options = DecodeOptions { max_pixels, frames: Frames::First, target: None, allow_ycc: false, full_chroma: false };
    let tile = webp::decode(data, &options)?;
    if (tile.width, tile.height) != (width, rows) || header.planar || header.bits != 8 {
        return Err(Error::corrupt("tiff: a WebP tile of another size"));
    }
    let pixels = tile.frames.into_iter().next().map(|f| f.pixels);
    match (pixels, header.samples) {
        (Some(Pixels::Rgb8(data)), 3) | (Some(Pixels::Rgba8(data)), 4) => Ok(data),
        (Some(Pixels::Rgba8(data)), 3) => Ok(crate::decode::common::strip_alpha(data)),
        (Some(Pixels::Rgb8(data)), 4) => {
            Ok(data.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect())
        }
        _ => Err(Error::unsupported("tiff: WebP tiles of other than 3 or 4 samples")),
    }
}
