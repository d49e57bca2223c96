//! TIFF 6.0, BigTIFF and the common extensions: own reader, the first page only.

mod ccitt;
mod colour;
mod compress;
mod header;
mod ifd;
mod jpeg;
mod logluv;
mod lzw;
mod metadata;
mod predict;
mod segments;
mod unpack;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{pixel_count, still};
use header::{Header, Sample};
use ifd::Directory;

/// Float pictures take 12 bytes a pixel, their segments as much: 288 MB at this size.
const MAX_FLOAT_PIXELS: u64 = 16_000_000;

/// Size, alpha, depth and orientation of the first page. `frames` is 1: pages are no animation.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let header = Header::read(&Directory::first(bytes)?)?;
    if header.sample == Sample::Float || header.is_logluv() {
        pixel_count(header.width, header.height, MAX_FLOAT_PIXELS)?;
    }
    let bits = match header.sample {
        Sample::Float => 32,
        _ if header.bits > 8 => 16,
        _ => 8,
    };
    Ok(Probe {
        format: Format::Tiff,
        width: header.width,
        height: header.height,
        frames: 1,
        orientation: header.orientation,
        has_alpha: header.alpha.is_some(),
        bits_per_sample: bits,
    })
}

/// Decodes the first page.
///
/// L, La, RGB, RGBA in 8 or 16 bits, `Cmyk8`, `Lab16`, floats for float samples and LogLuv. A cut file keeps
/// the rows that came. Errors: `Limit`, `Corrupt`, `Unsupported` (names the feature).
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let directory = Directory::first(bytes)?;
    let header = Header::read(&directory)?;
    let float = header.sample == Sample::Float || header.is_logluv();
    let cap = if float { options.max_pixels.min(MAX_FLOAT_PIXELS) } else { options.max_pixels };
    pixel_count(header.width, header.height, cap)?;
    let (pixels, rows) = if header.compression == header::OLD_JPEG {
        jpeg::old(bytes, &directory, &header)?
    } else {
        let (samples, rows) = segments::read(bytes, &directory, &header)?;
        (colour::convert(&directory, &header, samples)?, rows)
    };
    if rows == 0 {
        return Err(Error::corrupt("tiff: not one row of pixels"));
    }
    let mut out = still(header.width, header.height, Pixels::L8(Vec::new()));
    out.rows_decoded = rows.min(header.height);
    out.orientation = header.orientation;
    metadata::read(&directory, &mut out);
    if let Some(frame) = out.frames.first_mut() {
        frame.pixels = pixels;
    }
    Ok(out)
}
