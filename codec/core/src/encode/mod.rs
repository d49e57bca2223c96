//! Pixels to files, one folder or file a format.

mod gif;
pub mod jpeg;
mod jpeg_planes;
mod palette;
mod png;
pub mod webp;

use crate::error::Result;
use crate::image::{Decoded, Pixels};
use crate::ops::Bytes;
use crate::request::{EncodeRequest, OutputFormat};

/// Quality where none is asked for.
const QUALITY: u8 = 80;
/// From here on JPEG keeps its chroma at full size.
const FULL_CHROMA: u8 = 90;

/// 1–100.
pub fn quality(r: &EncodeRequest) -> u8 {
    r.quality.unwrap_or(QUALITY).clamp(1, 100)
}

/// Whether a JPEG of this request has chroma at half size.
pub fn halves_chroma(r: &EncodeRequest) -> bool {
    quality(r) < FULL_CHROMA
}

/// Whether this request can be served from limited-range 4:2:0 planes.
pub fn takes_planes(r: &EncodeRequest) -> bool {
    r.format == OutputFormat::Webp && !r.lossless && quality(r) < 100
}

/// Encodes the picture, or where the format and the picture have frames, the animation, without metadata (see
/// [`crate::meta::embed`]). Pixels are 8-bit sRGB or of
/// the profile that `d.icc` holds; planes are of the range and sampling that the format wants.
///
/// # Errors
/// `bad_request` for sizes that the format has not, `limit` where memory is out.
pub fn encode(d: &Decoded, r: &EncodeRequest) -> Result<Vec<u8>> {
    match r.format {
        OutputFormat::Jpeg => jpeg_planes::encode(d, r),
        OutputFormat::Png => png::encode(d, r),
        OutputFormat::Webp => webp::encode(d, r),
        OutputFormat::Gif => gif::encode(d),
    }
}

/// Pixels as RGBA, alpha not premultiplied.
///
/// # Errors
/// `bad_request` for deep pixels.
pub fn rgba8(p: &Pixels, width: u32, height: u32) -> Result<Vec<u8>> {
    if let Pixels::Rgba8(v) = p {
        return Ok(v.clone());
    }
    let b = Bytes::take(p.clone(), width, height)?;
    let mut out = vec![255u8; width as usize * height as usize * 4];
    for (o, p) in out.as_chunks_mut::<4>().0.iter_mut().zip(b.px.chunks_exact(b.channels)) {
        match *p {
            [l] => *o = [l, l, l, 255],
            [l, a] => *o = [l, l, l, a],
            [r, g, b] => *o = [r, g, b, 255],
            _ => {}
        }
    }
    Ok(out)
}
