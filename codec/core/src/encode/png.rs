//! PNG: pictures of few colours with a palette, drawings by LZ77 without filters, photographs by the `png` crate's
//! fast mode with a filter a row. Which is which is told by how often neighbours are equal.

use super::palette;
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};
use crate::ops::Bytes;
use crate::request::EncodeRequest;
use png::{BitDepth, ColorType, DeflateCompression, Filter};
use std::borrow::Cow;

/// zlib's level for drawings where no effort is asked for.
const LEVEL: u8 = 3;
/// Share of pixels equal to the one before, in percent, from which a picture counts as a drawing.
const FLAT: usize = 38;

/// Encodes the first frame; an `effort` of 1–9 is zlib's level, of 0 the fast mode for all pictures.
///
/// # Errors
/// `bad_request` for deep pixels.
pub fn encode(d: &Decoded, r: &EncodeRequest) -> Result<Vec<u8>> {
    let pixels = d.frames.first().map(|f| &f.pixels).ok_or_else(|| Error::new(Code::BadRequest, "no frame"))?;
    let (data, kind) = samples(pixels, d.width, d.height)?;
    let channels = kind.samples();
    let flat = is_flat(&data, channels);
    let mut info = png::Info::with_size(d.width, d.height);
    (info.color_type, info.bit_depth) = (kind, BitDepth::Eight);
    let indexed = if flat && channels > 1 { palette::exact(&data, channels, d.width as usize) } else { None };
    let data = match indexed {
        Some(p) => {
            (info.color_type, info.bit_depth) = (ColorType::Indexed, depth(p.bits));
            info.palette = Some(Cow::Owned(p.colours));
            info.trns = p.alphas.map(Cow::Owned);
            Cow::Owned(p.rows)
        }
        None => data,
    };
    write(info, &data, flat && r.effort != Some(0), r.effort)
}

fn write(info: png::Info, data: &[u8], flat: bool, effort: Option<u8>) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 2 + 1024);
    let mut encoder = png::Encoder::with_info(&mut out, info).map_err(bad)?;
    match effort {
        Some(0) => encoder.set_compression(png::Compression::Fast),
        None if !flat => encoder.set_compression(png::Compression::Fast),
        level => encoder.set_deflate_compression(DeflateCompression::Level(level.unwrap_or(LEVEL).min(9))),
    }
    encoder.set_filter(if flat { Filter::NoFilter } else { Filter::Adaptive });
    let mut writer = encoder.write_header().map_err(bad)?;
    writer.write_image_data(data).map_err(bad)?;
    writer.finish().map_err(bad)?;
    Ok(out)
}

/// Whether enough pixels equal the one before.
fn is_flat(data: &[u8], channels: usize) -> bool {
    let pixels = data.len() / channels.max(1);
    let next = data.get(channels..).unwrap_or_default();
    let equal = data.chunks_exact(channels).zip(next.chunks_exact(channels)).filter(|(a, b)| a == b).count();
    equal * 100 >= pixels * FLAT
}

fn depth(bits: u8) -> BitDepth {
    match bits {
        1 => BitDepth::One,
        2 => BitDepth::Two,
        4 => BitDepth::Four,
        _ => BitDepth::Eight,
    }
}

fn samples(p: &Pixels, width: u32, height: u32) -> Result<(Cow<'_, [u8]>, ColorType)> {
    Ok(match p {
        Pixels::L8(v) => (Cow::Borrowed(v), ColorType::Grayscale),
        Pixels::La8(v) => (Cow::Borrowed(v), ColorType::GrayscaleAlpha),
        Pixels::Rgb8(v) => (Cow::Borrowed(v), ColorType::Rgb),
        Pixels::Rgba8(v) => (Cow::Borrowed(v), ColorType::Rgba),
        other => (Cow::Owned(Bytes::take(other.clone(), width, height)?.px), ColorType::Rgb),
    })
}

fn bad(e: png::EncodingError) -> Error {
    Error::new(Code::BadRequest, format!("PNG: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{DecodeOptions, Frames};
    use crate::ops::testing::{noise, picture};
    use crate::request::{MetaMode, OutputFormat};

    fn round_trip(w: u32, h: u32, pixels: Pixels) -> (usize, Vec<u8>) {
        let r = EncodeRequest {
            format: OutputFormat::Png, quality: None, effort: None, lossless: false, progressive: false, palette: false,
            meta: MetaMode::None,
        };
        let file = encode(&picture(w, h, pixels), &r).unwrap();
        let options = DecodeOptions { max_pixels: 1 << 20, frames: Frames::First, target: None, allow_ycc: false, full_chroma: false };
        let back = crate::decode::decode(&file, &options).unwrap();
        (file.len(), super::super::rgba8(&back.frames[0].pixels, w, h).unwrap())
    }

    #[test]
    fn every_kind_comes_back_exactly() {
        let n = 31 * 17;
        for pixels in [
            Pixels::L8(noise(n, 1)), Pixels::La8(noise(n * 2, 2)), Pixels::Rgb8(noise(n * 3, 3)),
            Pixels::Rgba8(noise(n * 4, 4)), Pixels::Rgb8(vec![9; n * 3]),
            Pixels::Rgba8((0..n).flat_map(|i| { let c = (i / 20 % 200) as u8; [c, 0, c, c] }).collect()),
        ] {
            let expected = super::super::rgba8(&pixels, 31, 17).unwrap();
            assert_eq!(round_trip(31, 17, pixels).1, expected);
        }
    }

    #[test]
    fn few_colours_take_a_palette() {
        let stripes = |colours: usize| (0..64 * 64).flat_map(|i| { let c = (i / 16 % colours) as u8; [c, 7, 255 - c] }).collect();
        let (two, _) = round_trip(64, 64, Pixels::Rgb8(stripes(2)));
        let (many, _) = round_trip(64, 64, Pixels::Rgb8(stripes(200)));
        assert!(two < 200 && many < 2000, "{two} {many}");
    }
}
