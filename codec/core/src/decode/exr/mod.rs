//! OpenEXR: own reader of flat scanline and tiled parts, full resolution, all codings but DWA; with subsampling.

mod b44;
mod blocks;
mod colour;
mod compress;
mod header;
mod huffman;
mod piz;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{pixel_count, still};
use header::Header;

/// Four floats of the picture and, at worst, as many of the planes they come from: 32 bytes a pixel and less
/// for the usual halves: 387 MiB measured for a whole process at 10 MP, with its output in full size.
pub const MAX_PIXELS: u64 = 9_500_000;

/// Size of the data window of the first part.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let header = Header::read(bytes)?;
    Ok(Probe {
        format: Format::Exr,
        width: header.width,
        height: header.height,
        frames: 1,
        orientation: 1,
        has_alpha: colour::Plan::of(&header)?.has_alpha(),
        bits_per_sample: 32,
    })
}

/// Decodes the first part to scene-linear Rec. 709 floats, alpha not premultiplied.
///
/// RGB(A), luminance with or without chroma, or the only channel as grey. Chunks that are missing or broken
/// leave black; rows after the first such one are not counted. Errors: `Unsupported` for deep data and DWA.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let header = Header::read(bytes)?;
    pixel_count(header.width, header.height, options.max_pixels.min(MAX_PIXELS))?;
    let plan = colour::Plan::of(&header)?;
    let (planes, rows) = blocks::read(bytes, &header, &plan.channels())?;
    if rows == 0 {
        return Err(Error::corrupt("exr: not one row of pixels"));
    }
    let mut out = still(header.width, header.height, Pixels::L8(Vec::new()));
    out.rows_decoded = rows;
    if let Some(frame) = out.frames.first_mut() {
        frame.pixels = plan.pixels(&header, planes);
    }
    Ok(out)
}
