//! WebP (RFC 9649): own container walk, the crate `image-webp` for each bitstream, own composition.

mod animation;
mod container;

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Frames, Pixels, Probe};

use super::common::{MAX_FRAME_COUNT, exif_body, metadata, pixel_count, still, strip_alpha};
use super::exif;
use container::{Bitstream, Container};

/// Lossless takes 4 bytes a pixel: 223 MB measured at this size.
pub const MAX_PIXELS: u64 = 56_000_000;
/// Lossy takes 6 bytes a pixel: 251 MiB measured for a whole process at this size.
const MAX_LOSSY_PIXELS: u64 = 36_000_000;
/// Lossy with alpha takes 11 bytes a pixel: 446 MiB measured for a whole process at 36 MP.
const MAX_LOSSY_ALPHA_PIXELS: u64 = 28_000_000;
/// Canvas, one frame and what its decoder takes: 15 bytes a pixel.
const MAX_ANIMATED_PIXELS: u64 = 24_000_000;

fn cap(file: &Container<'_>) -> u64 {
    match file.still {
        _ if file.animated => MAX_ANIMATED_PIXELS,
        Some(still) if still.is_lossless() => MAX_PIXELS,
        Some(still) if still.has_alpha() => MAX_LOSSY_ALPHA_PIXELS,
        _ => MAX_LOSSY_PIXELS,
    }
}

/// Size, alpha, frames and orientation from the chunk headers.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let file = Container::parse(bytes)?;
    pixel_count(file.width, file.height, cap(&file))?;
    let frames = if file.animated { file.frames.len() as u32 } else { 1 };
    Ok(Probe {
        format: Format::Webp,
        width: file.width,
        height: file.height,
        frames: frames.clamp(1, MAX_FRAME_COUNT + 1),
        orientation: file.exif.map_or(1, |e| exif::orientation(exif_body(e))),
        has_alpha: file.has_alpha,
        bits_per_sample: 8,
    })
}

/// Decodes a still to RGB8 or RGBA8, or composes the frames that `options.frames` asks for.
///
/// Errors: `Limit` past the cap, `Corrupt` for broken or cut bitstreams of the first frame.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let file = Container::parse(bytes)?;
    pixel_count(file.width, file.height, options.max_pixels.min(cap(&file)))?;
    let mut out = if file.animated {
        animation::decode(&file, options)?
    } else {
        let image = file.still.ok_or_else(|| Error::corrupt("webp: no picture"))?;
        still(file.width, file.height, bitstream(&image)?)
    };
    if options.frames == Frames::First {
        out.loops = None;
    }
    out.icc = file.icc.and_then(metadata);
    out.exif = file.exif.map(exif_body).and_then(metadata);
    out.orientation = out.exif.as_deref().map_or(1, exif::orientation);
    out.xmp = file.xmp.and_then(metadata);
    Ok(out)
}

/// Decodes one VP8 or VP8L stream (with its ALPH) through a file made of just that.
fn bitstream(image: &Bitstream<'_>) -> Result<Pixels> {
    let file = image.to_file();
    let mut decoder = WebPDecoder::new(Cursor::new(file.as_slice())).map_err(|e| as_error(&e))?;
    let size = decoder.output_buffer_size().ok_or_else(|| Error::limit("webp: too large"))?;
    if decoder.dimensions() != (image.width, image.height) {
        return Err(Error::corrupt("webp: sizes disagree"));
    }
    let mut data = vec![0; size];
    decoder.read_image(&mut data).map_err(|e| as_error(&e))?;
    Ok(match (decoder.has_alpha(), image.has_alpha()) {
        (true, true) => Pixels::Rgba8(data),
        (true, false) => Pixels::Rgb8(strip_alpha(data)),
        (false, _) => Pixels::Rgb8(data),
    })
}

fn as_error(error: &DecodingError) -> Error {
    match error {
        DecodingError::MemoryLimitExceeded | DecodingError::ImageTooLarge => Error::limit(format!("webp: {error}")),
        _ => Error::corrupt(format!("webp: {error}")),
    }
}
