//! Metadata: what leaves with a derivative, putting it into files, and stripping originals.
//!
//! Positions, serial numbers, thumbnails and maker notes never leave in any mode. Everything is rebuilt from an
//! allowlist ([`exif`]) or through a filter ([`xmp`]), never cut out of the original block.

pub mod avif;
pub mod exif;
pub mod gif;
pub mod heif;
pub mod iptc;
pub mod jpeg;
pub mod jxl;
pub mod png;
pub mod scrub;
pub mod tiff;
pub mod webp;
pub mod xmp;

pub use exif::date;

use crate::error::{Error, Result};
use crate::image::{Decoded, Format};

/// What of the original's metadata goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    None,
    /// Copyright, creator, and the IPTC AI label.
    #[default]
    Rights,
    /// Everything but positions, serial numbers, thumbnails and maker notes.
    All,
}

/// Blocks to embed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetaBlocks {
    /// TIFF-structured, without `Exif\0\0`, without orientation; at most 65,000 bytes.
    pub exif: Option<Vec<u8>>,
    /// A packet in UTF-8; at most 65,000 bytes.
    pub xmp: Option<Vec<u8>>,
    pub icc: Option<Vec<u8>>,
}

impl MetaBlocks {
    pub fn is_empty(&self) -> bool {
        self.exif.is_none() && self.xmp.is_none() && self.icc.is_none()
    }
}

/// The blocks for a derivative of `d`, whose orientation has been applied and whose `icc` is what the pixels are in
/// (None = sRGB; it goes out in every mode, since pixels mean nothing without it).
pub fn rebuild(d: &Decoded, mode: Mode) -> MetaBlocks {
    MetaBlocks {
        exif: d.exif.as_deref().and_then(|e| exif::rebuild(e, mode, false)),
        xmp: xmp::rebuild(d.xmp.as_deref(), d.iptc.as_deref(), mode, false),
        icc: d.icc.clone(),
    }
}

/// As [`rebuild`] for a format that has XMP alone: what only EXIF says of rights is told there.
pub fn rebuild_as_xmp(d: &Decoded, mode: Mode) -> MetaBlocks {
    let told = d.exif.as_deref().filter(|_| d.iptc.is_none()).map(|e| {
        let (copyright, artist) = exif::rights(e);
        let records = [(iptc::COPYRIGHT, copyright), (iptc::CREATOR, artist)];
        records.into_iter().filter_map(|(set, text)| Some(iptc::record(set, &text?))).collect::<Vec<_>>().concat()
    });
    let iim = d.iptc.as_deref().or(told.as_deref());
    MetaBlocks { xmp: xmp::rebuild(d.xmp.as_deref(), iim, mode, false), ..MetaBlocks::default() }
}

/// The file with the blocks in it. Meant for files fresh from an encoder: blocks they already have are not looked for.
/// JXL takes no profile here (its encoder must). `Unsupported` for formats other than JPEG, PNG, WebP, AVIF, JXL and GIF,
/// and for AVIF sequences; `Corrupt` when the file isn't what it is said to be.
pub fn embed(format: Format, file: &[u8], blocks: &MetaBlocks) -> Result<Vec<u8>> {
    if blocks.is_empty() {
        return Ok(file.to_vec());
    }
    match format {
        Format::Jpeg => jpeg::embed(file, blocks),
        Format::Png => png::embed(file, blocks),
        Format::Webp => webp::embed(file, blocks),
        Format::Avif => avif::embed(file, blocks),
        Format::Jxl => jxl::embed(file, blocks),
        Format::Gif => gif::embed(file, blocks),
        _ => Err(Error::unsupported("no metadata for this format")),
    }
}

/// An original without positions, serial numbers, thumbnails and maker notes; its pixels' bytes stay as they are, and
/// so do orientation, colour profile, dates, texts and rights. TIFF, HEIC and AVIF are scrubbed in place.
/// `Unsupported` for other formats than JPEG, PNG, WebP, GIF, TIFF, HEIC and AVIF.
pub fn strip_original(format: Format, file: &[u8]) -> Result<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg::strip(file),
        Format::Png => png::strip(file),
        Format::Webp => webp::strip(file),
        Format::Gif => gif::strip(file),
        Format::Heic | Format::Avif => heif::strip(file),
        Format::Tiff => {
            let mut out = file.to_vec();
            scrub::scrub(&mut out, true);
            Ok(out)
        }
        _ => Err(Error::unsupported("no stripping for this format")),
    }
}
