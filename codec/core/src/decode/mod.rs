//! Sniff, probe and decode, one file or folder a format. Every decoder checks `max_pixels` on the header first.

pub mod avif;
mod bmp;
pub mod canvas;
pub mod common;
pub mod exif;
mod exr;
mod gif;
mod hdr;
mod heic;
mod heif;
mod ico;
mod isobmff;
pub mod jpeg;
pub mod jpeg_header;
mod jxl;
mod png;
mod pnm;
mod probe;
mod qoi;
mod sniff;
mod svg;
mod tga;
mod tiff;
mod webp;

pub use probe::{pixel_cap, probe};
pub use sniff::sniff;

use crate::error::{Code, Error, Result};
use crate::image::{DecodeOptions, Decoded, Format};

/// Decodes what [`sniff`] says the bytes are. Orientation is reported, not applied.
///
/// Errors: `UnknownFormat`, `Corrupt`, `Unsupported`, and `Limit` (checked on the header, before any
/// allocation that depends on it).
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let format = sniff(bytes).ok_or_else(|| Error::new(Code::UnknownFormat, "no known picture format"))?;
    match format {
        Format::Jpeg => jpeg::decode(bytes, options),
        Format::Png => png::decode(bytes, options),
        Format::Webp => webp::decode(bytes, options),
        Format::Gif => gif::decode(bytes, options),
        Format::Bmp => bmp::decode(bytes, options),
        Format::Tiff => tiff::decode(bytes, options),
        Format::Ico => ico::decode(bytes, options),
        Format::Svg => svg::decode(bytes, options),
        Format::Heic => heic::decode(bytes, options),
        Format::Avif => avif::decode(bytes, options),
        Format::Tga => tga::decode(bytes, options),
        Format::Pnm => pnm::decode(bytes, options),
        Format::Qoi => qoi::decode(bytes, options),
        Format::Hdr => hdr::decode(bytes, options),
        Format::Exr => exr::decode(bytes, options),
        Format::Jxl => jxl::decode(bytes, options),
    }
}
