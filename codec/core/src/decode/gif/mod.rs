//! GIF87a and GIF89a: own block reader (cut files give what came), LZW by `weezl`, frames composed.

mod blocks;
mod compose;

use crate::error::Result;
use crate::image::{DecodeOptions, Decoded, Format, Probe};

use super::common::{MAX_FRAME_COUNT, metadata, pixel_count};
use blocks::{Block, Blocks};

/// RGBA, the canvas it is composed on, and the output: 365 MiB measured for a whole process at this size.
pub const MAX_PIXELS: u64 = 58_000_000;

/// Size of the screen, frames and transparency, without decompressing.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let mut blocks = Blocks::open(bytes)?;
    let mut frames = 0u32;
    let mut has_alpha = false;
    let mut size = (0, 0);
    while let Some(block) = blocks.next_block() {
        if let Block::Image(image) = block {
            frames += 1;
            has_alpha |= image.control.transparent.is_some();
            size = if frames == 1 { blocks.screen.size_with(&image.rect) } else { size };
            if frames > MAX_FRAME_COUNT {
                break;
            }
        }
    }
    if frames == 0 {
        return Err(crate::error::Error::corrupt("gif: no picture"));
    }
    Ok(Probe {
        format: Format::Gif,
        width: size.0,
        height: size.1,
        frames,
        orientation: 1,
        has_alpha: has_alpha || frames > 1,
        bits_per_sample: 8,
    })
}

/// Composes the frames asked for: RGB8 for one opaque frame, else RGBA8.
///
/// Errors: `Limit` past the cap, `Corrupt` when the first frame has no pixel at all.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let blocks = Blocks::open(bytes)?;
    let first = blocks.first_rect()?;
    let (width, height) = blocks.screen.size_with(&first);
    pixel_count(width, height, options.max_pixels.min(MAX_PIXELS))?;
    let found = blocks.metadata();
    let mut out = compose::run(blocks, width, height, options)?;
    out.icc = found.icc.as_deref().and_then(metadata);
    out.xmp = found.xmp.as_deref().and_then(metadata);
    Ok(out)
}
