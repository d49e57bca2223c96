//! PNG and APNG (W3C PNG third edition): stills by rows, so that a cut file gives what came.

mod apng;
mod chunks;
mod still;

use std::io::Cursor;

use png::{DecodingError, Limits, Transformations};

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Frames, Probe};

use super::common::{MAX_FRAME_COUNT, pixel_count};
use super::exif;
use chunks::Chunks;

pub const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// The crate allocates rows and chunk buffers only; pixels are ours.
const CRATE_BYTES: usize = 32 << 20;

type Source<'a> = Cursor<&'a [u8]>;

/// Size, depth, alpha, frames and orientation from the chunks before and between the image data.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let found = Chunks::scan(bytes)?;
    let header = found.header;
    Ok(Probe {
        format: Format::Png,
        width: header.width,
        height: header.height,
        frames: found.frames.clamp(1, MAX_FRAME_COUNT + 1),
        orientation: found.exif.map_or(1, exif::orientation),
        has_alpha: header.colour_type & 4 != 0 || found.has_trns,
        bits_per_sample: header.depth.max(8),
    })
}

/// Decodes a still (16-bit samples kept) or composes an animation's frames in RGBA8.
///
/// `Frames::First` gives the default image, the one a viewer without APNG shows.
/// Errors: `Limit` past the cap, `Corrupt` when not even one row came.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let found = Chunks::scan(bytes)?;
    pixel_count(found.header.width, found.header.height, options.max_pixels)?;
    let animated = found.frames > 1 && options.frames != Frames::First;
    let mut out = if animated {
        apng::decode(bytes, options)?
    } else {
        still::decode(bytes, options.max_pixels)?
    };
    out.icc = found.icc();
    out.exif = found.exif.and_then(super::common::metadata);
    out.orientation = found.exif.map_or(1, exif::orientation);
    out.xmp = found.xmp();
    out.iptc = found.rights();
    Ok(out)
}

/// A decoder of the crate that keeps neither text nor profile (both are bombs there: an 8×8 picture took 404 MB).
fn open(bytes: &[u8], transformations: Transformations) -> Result<png::Reader<Source<'_>>> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: CRATE_BYTES });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(transformations);
    decoder.read_info().map_err(|e| as_error(&e))
}

fn as_error(error: &DecodingError) -> Error {
    match error {
        DecodingError::LimitsExceeded => Error::limit("png: too much memory"),
        other => Error::corrupt(format!("png: {other}")),
    }
}

/// Whether the data merely ended early.
fn is_cut(error: &DecodingError) -> bool {
    matches!(error, DecodingError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof)
}
