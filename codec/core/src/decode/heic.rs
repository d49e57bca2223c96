//! HEIC by the crate `heic-decoder`; the container's facts by our own reader.

use heic_decoder::HeifError;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{metadata, pixel_count, still, still_probe};
use super::heif::{Crop, Item, Meta, without_empty_associations};

/// The crate takes some 18 bytes a pixel at its peak (planes of i32 twice, then RGB): 288 MB at this size.
pub const MAX_PIXELS: u64 = 16_000_000;

/// Size after `clap`, before `irot` and `imir`, which `orientation` tells.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let Ok(meta) = Meta::parse(bytes) else { return probe_sequence(bytes) };
    let item = meta.item(meta.primary)?;
    let (width, height) = match &item.kind {
        b"grid" => meta.grid(item).map(|g| (g.width, g.height))?,
        _ => meta.size(item).ok_or_else(|| Error::corrupt("heic: no size"))?,
    };
    let (width, height) = meta.crop(item, width, height).map_or((width, height), |c| (c.width, c.height));
    Ok(Probe {
        format: Format::Heic,
        width,
        height,
        frames: 1,
        orientation: meta.orientation(item),
        has_alpha: meta.alpha_of(item.id).is_some(),
        bits_per_sample: depth(&meta, item),
    })
}

/// A file with a track alone: its first picture.
fn probe_sequence(bytes: &[u8]) -> Result<Probe> {
    let own = heic_decoder::probe(bytes).map_err(as_error)?;
    let bits = if own.bit_depth_luma > 8 { 16 } else { 8 };
    Ok(still_probe(Format::Heic, side(own.coded_width)?, side(own.coded_height)?, false, bits))
}

/// `bit_depth_luma_minus8` of `hvcC` (ISO/IEC 14496-15 section 8.3.2.1), of the first tile for a grid.
fn depth(meta: &Meta<'_>, item: &Item<'_>) -> u8 {
    let tile = meta.targets(item.id, b"dimg").first().and_then(|&id| meta.item(id).ok());
    let config = meta.property(tile.unwrap_or(item), b"hvcC");
    let bits = config.and_then(|c| c.body.get(17).copied()).map_or(8, |b| 8 + (b & 7));
    if bits > 8 { 16 } else { 8 }
}

/// Decodes the primary picture to RGB or RGBA, 16 bits a sample when the file has more than 8.
///
/// Errors: `Limit` past [`MAX_PIXELS`], `Corrupt`, `Unsupported` for other codecs in the container.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let repaired = without_empty_associations(bytes);
    let bytes = repaired.as_deref().unwrap_or(bytes);
    let header = probe(bytes)?;
    let cap = options.max_pixels.min(MAX_PIXELS);
    pixel_count(header.width, header.height, cap)?;
    let own = heic_decoder::probe(bytes).map_err(as_error)?;
    pixel_count(side(own.coded_width)?, side(own.coded_height)?, cap)?;
    let image = heic_decoder::decode_with(bytes, &heic_decoder::DecodeOptions { apply_transforms: false });
    let image = image.map_err(as_error)?;
    let (width, height) = (side(image.width)?, side(image.height)?);
    let premultiplied = image.alpha.as_ref().is_some_and(|a| a.premultiplied);
    let deep = image.bit_depth_luma > 8;
    let alpha = image.alpha.is_some();
    let pixels = match (alpha, deep) {
        (false, false) => Pixels::Rgb8(image.to_rgb8().map_err(as_error)?.data),
        (false, true) => Pixels::Rgb16(image.to_rgb16().map_err(as_error)?.data),
        (true, false) => Pixels::Rgba8(image.to_rgba8().map_err(as_error)?.data),
        (true, true) => Pixels::Rgba16(image.to_rgba16().map_err(as_error)?.data),
    };
    let metadata_of = image.metadata;
    let pixels = if premultiplied { unpremultiplied(pixels) } else { pixels };
    let mut out = cropped(bytes, width, height, pixels);
    out.orientation = header.orientation;
    out.icc = metadata_of.icc_profile.as_deref().and_then(metadata);
    out.exif = metadata_of.exif.as_deref().and_then(metadata);
    out.xmp = metadata_of.xmp.as_deref().and_then(metadata);
    Ok(out)
}

/// Cuts out what `clap` leaves.
fn cropped(bytes: &[u8], width: u32, height: u32, pixels: Pixels) -> Decoded {
    let crop = Meta::parse(bytes).ok().and_then(|meta| {
        let item = meta.item(meta.primary).ok()?;
        meta.crop(item, width, height)
    });
    match crop {
        Some(crop) => still(crop.width, crop.height, cut(pixels, width, crop)),
        None => still(width, height, pixels),
    }
}

fn cut(pixels: Pixels, width: u32, crop: Crop) -> Pixels {
    fn rows<T: Copy>(data: &[T], channels: usize, width: u32, crop: Crop) -> Vec<T> {
        let stride = width as usize * channels;
        let (from, len) = (crop.left as usize * channels, crop.width as usize * channels);
        let lines = data.chunks_exact(stride.max(1)).skip(crop.top as usize).take(crop.height as usize);
        lines.flat_map(|line| line.get(from..from + len).unwrap_or_default()).copied().collect()
    }
    match pixels {
        Pixels::Rgb8(data) => Pixels::Rgb8(rows(&data, 3, width, crop)),
        Pixels::Rgb16(data) => Pixels::Rgb16(rows(&data, 3, width, crop)),
        Pixels::Rgba8(data) => Pixels::Rgba8(rows(&data, 4, width, crop)),
        Pixels::Rgba16(data) => Pixels::Rgba16(rows(&data, 4, width, crop)),
        other => other,
    }
}

fn side(v: usize) -> Result<u32> {
    u32::try_from(v).map_err(|_| Error::limit("heic: too large"))
}

fn unpremultiplied(pixels: Pixels) -> Pixels {
    match pixels {
        Pixels::Rgba8(mut data) => {
            for p in data.as_chunks_mut::<4>().0 {
                let a = u32::from(p[3]);
                if a > 0 {
                    p.iter_mut().take(3).for_each(|c| *c = ((u32::from(*c) * 255 + a / 2) / a).min(255) as u8);
                }
            }
            Pixels::Rgba8(data)
        }
        Pixels::Rgba16(mut data) => {
            for p in data.as_chunks_mut::<4>().0 {
                let a = u64::from(p[3]);
                if a > 0 {
                    p.iter_mut().take(3).for_each(|c| *c = ((u64::from(*c) * 65_535 + a / 2) / a).min(65_535) as u16);
                }
            }
            Pixels::Rgba16(data)
        }
        other => other,
    }
}

fn as_error(error: HeifError) -> Error {
    match error {
        HeifError::Unsupported(what) => Error::unsupported(format!("heic: {what}")),
        HeifError::LimitExceeded(what) => Error::limit(format!("heic: {what}")),
        other => Error::corrupt(format!("heic: {other}")),
    }
}
