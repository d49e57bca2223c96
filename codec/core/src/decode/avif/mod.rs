//! AVIF: the container is read here, the AV1 pictures in it are decoded outside (by a libavif package), and
//! put together here again.
//!
//! That package refuses many valid files: alpha without `ispe`, `clap`, tiles shared by grids, odd grids.
//! So [`rewrap`] emits a minimal, clean file for each coded picture, and [`assemble`] joins the pixels.

mod assemble;
mod mini;
mod sequence;
mod parts;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Probe};

use super::heif::Meta;

pub use assemble::assemble;
pub use parts::{AvifParts, Part, Role, rewrap};

/// In one process: planes (up to 6 bytes a pixel), RGBA in the package, in JavaScript, as input and as canvas
/// here (4 each): 22 bytes a pixel, 352 MB at this size.
pub const MAX_PIXELS: u64 = 16_000_000;

/// Size after `clap`, before `irot` and `imir`, which `orientation` tells. Frames of a sequence are counted.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let frames = sequence::frames(bytes).max(1);
    let Ok(meta) = Meta::parse(bytes) else { return sequence::probe(bytes, frames) };
    let layout = parts::layout(&meta)?;
    Ok(Probe {
        format: Format::Avif,
        width: layout.width(),
        height: layout.height(),
        frames,
        orientation: layout.orientation,
        has_alpha: layout.has_alpha,
        bits_per_sample: layout.bits,
    })
}

/// Always `Unsupported`: the caller decodes the parts of [`rewrap`] and hands the pixels to [`assemble`].
pub fn decode(_bytes: &[u8], _options: &DecodeOptions) -> Result<Decoded> {
    Err(Error::unsupported("avif: pixels are decoded outside (avif_parts, avif_assemble)"))
}
