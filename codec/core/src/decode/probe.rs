//! Header-only facts of a file, for all formats: nothing is decompressed beyond a header, nothing large allocated.

use crate::error::{Code, Error, Result};
use crate::image::{Format, Probe};

use super::{avif, bmp, common, exr, gif, hdr, heic, ico, jpeg_header, jxl, png, pnm, qoi, sniff, svg, tga, tiff, webp};

/// Width, height, frames, orientation, alpha and depth.
///
/// Errors: `UnknownFormat`; `Corrupt` or `Unsupported` from the header; `Limit` when width × height passes
/// `max_pixels` or the format's own lower cap ([`pixel_cap`]).
pub fn probe(bytes: &[u8], max_pixels: u64) -> Result<Probe> {
    let format = sniff(bytes).ok_or_else(|| Error::new(Code::UnknownFormat, "no known picture format"))?;
    let found = match format {
        Format::Jpeg => jpeg_header::probe(bytes),
        Format::Png => png::probe(bytes),
        Format::Webp => webp::probe(bytes),
        Format::Gif => gif::probe(bytes),
        Format::Bmp => bmp::probe(bytes),
        Format::Tiff => tiff::probe(bytes),
        Format::Ico => ico::probe(bytes),
        Format::Svg => svg::probe(bytes),
        Format::Heic => heic::probe(bytes),
        Format::Avif => avif::probe(bytes),
        Format::Tga => tga::probe(bytes),
        Format::Pnm => pnm::probe(bytes),
        Format::Qoi => qoi::probe(bytes),
        Format::Hdr => hdr::probe(bytes),
        Format::Exr => exr::probe(bytes),
        Format::Jxl => jxl::probe(bytes),
    }?;
    common::pixel_count(found.width, found.height, max_pixels.min(pixel_cap(format)))?;
    Ok(found)
}

/// The format's own cap in pixels, where its decoder needs so many bytes a pixel that the general cap
/// would pass 400 MB; figures stand at each constant. An SVG is rasterised at a size that fits; an AVIF, decoded
/// outside the core, has its caps there (codec/limits.ts).
pub fn pixel_cap(format: Format) -> u64 {
    match format {
        Format::Webp => webp::MAX_PIXELS,
        Format::Gif => gif::MAX_PIXELS,
        Format::Hdr => hdr::MAX_PIXELS,
        Format::Heic => heic::MAX_PIXELS,
        Format::Exr => exr::MAX_PIXELS,
        Format::Jxl => jxl::MAX_PIXELS,
        _ => u64::MAX,
    }
}
