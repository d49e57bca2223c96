//! BMP (Windows 2–5, OS/2 1–2), also the headerless DIB inside ICO.

mod header;
mod rle;
mod unpack;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{check_plausible, pixel_count, still, still_probe};
pub use header::{Compression, Header};

/// BITMAPFILEHEADER.
const FILE_HEADER: usize = 14;

pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let header = parse(bytes)?;
    Ok(still_probe(Format::Bmp, header.width, header.height, header.has_alpha(), 8))
}

/// Decodes to RGB8, or RGBA8 where masks or RLE skips give transparency.
///
/// Embedded JPEG and PNG are `Unsupported`; rows that a cut file lacks are not counted.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let header = parse(bytes)?;
    pixel_count(header.width, header.height, options.max_pixels)?;
    let offset = u32::from_le_bytes(bytes.get(10..14).and_then(|b| b.try_into().ok()).unwrap_or_default()) as usize;
    let least = FILE_HEADER + header.size;
    let offset = if offset < least { least + header.palette_bytes() } else { offset };
    let mut out = decode_dib(bytes.get(FILE_HEADER..).unwrap_or_default(), &header, offset - FILE_HEADER)?;
    out.icc = header.icc(bytes.get(FILE_HEADER..).unwrap_or_default());
    Ok(out)
}

fn parse(bytes: &[u8]) -> Result<Header> {
    if !bytes.starts_with(b"BM") {
        return Err(Error::corrupt("no BMP header"));
    }
    Header::parse(bytes.get(FILE_HEADER..).unwrap_or_default())
}

/// Decodes a DIB (header first) whose pixels start at `offset`. The caller has checked the size.
pub fn decode_dib(dib: &[u8], header: &Header, offset: usize) -> Result<Decoded> {
    let data = dib.get(offset..).unwrap_or_default();
    if data.is_empty() {
        return Err(Error::corrupt("bmp: no pixels"));
    }
    let palette = header.palette(dib, offset);
    let pixels = header.width as usize * header.height as usize;
    let (pixels, rows) = match header.compression {
        Compression::Rle4 | Compression::Rle8 | Compression::Rle24 => {
            // One RLE8 pair of bytes gives 255 pixels; skips may leave the rest empty.
            check_plausible(pixels, data.len(), 4096)?;
            (rle::decode(header, &palette, data), header.height)
        }
        Compression::None | Compression::Masks => {
            // A cut file may miss rows, not nearly everything.
            check_plausible(pixels, data.len(), 512)?;
            unpack::decode(header, &palette, data)
        }
    };
    if rows == 0 {
        return Err(Error::corrupt("bmp: not one row of pixels"));
    }
    let mut out = still(header.width, header.height, Pixels::L8(Vec::new()));
    out.rows_decoded = rows;
    if let Some(frame) = out.frames.first_mut() {
        frame.pixels = pixels;
    }
    Ok(out)
}
