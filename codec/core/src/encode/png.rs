//! PNG by the `png` crate's fast mode.

use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};
use crate::ops::Bytes;
use crate::request::EncodeRequest;
use std::borrow::Cow;

/// Encodes the first frame.
///
/// # Errors
/// `bad_request` for deep pixels.
pub fn encode(d: &Decoded, _r: &EncodeRequest) -> Result<Vec<u8>> {
    let pixels = d.frames.first().map(|f| &f.pixels).ok_or_else(|| Error::new(Code::BadRequest, "no frame"))?;
    let (data, kind) = samples(pixels, d.width, d.height)?;
    let mut info = png::Info::with_size(d.width, d.height);
    info.color_type = kind;
    info.bit_depth = png::BitDepth::Eight;
    let mut out = Vec::with_capacity(data.len() / 2 + 1024);
    let mut encoder = png::Encoder::with_info(&mut out, info).map_err(bad)?;
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    let mut writer = encoder.write_header().map_err(bad)?;
    writer.write_image_data(&data).map_err(bad)?;
    writer.finish().map_err(bad)?;
    Ok(out)
}

fn samples(p: &Pixels, width: u32, height: u32) -> Result<(Cow<'_, [u8]>, png::ColorType)> {
    Ok(match p {
        Pixels::L8(v) => (Cow::Borrowed(v), png::ColorType::Grayscale),
        Pixels::La8(v) => (Cow::Borrowed(v), png::ColorType::GrayscaleAlpha),
        Pixels::Rgb8(v) => (Cow::Borrowed(v), png::ColorType::Rgb),
        Pixels::Rgba8(v) => (Cow::Borrowed(v), png::ColorType::Rgba),
        other => (Cow::Owned(Bytes::take(other.clone(), width, height)?.px), png::ColorType::Rgb),
    })
}

fn bad(e: png::EncodingError) -> Error {
    Error::new(Code::BadRequest, format!("PNG: {e}"))
}
