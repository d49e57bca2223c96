//! Joins decoded parts: tiles onto the canvas, alpha in, premultiplication out, `clap` cut.

use crate::decode::canvas::{Canvas, Rect};
use crate::decode::common::{drop_opaque_alpha, pixel_count, still};
use crate::decode::heif::Crop;
use crate::error::{Code, Error, Result};
use crate::image::Decoded;

use super::MAX_PIXELS;
use super::parts::{AvifParts, Part, Role};

/// Puts the parts together. `pixels` holds each part's RGBA8 one behind the other in the parts' order, `sizes`
/// what the decoder made of each.
///
/// Result: RGB8 or RGBA8, orientation reported. Errors: `BadRequest` when `pixels` and `sizes` disagree.
pub fn assemble(parts: &AvifParts, sizes: &[(u32, u32)], pixels: &[u8]) -> Result<Decoded> {
    pixel_count(parts.canvas_width, parts.canvas_height, MAX_PIXELS)?;
    let mut canvas = Canvas::new(parts.canvas_width, parts.canvas_height);
    let mut rest = pixels;
    let mismatch = || Error::new(Code::BadRequest, "avif: parts and pixels disagree");
    if sizes.len() != parts.parts.len() {
        return Err(mismatch());
    }
    // Alpha parts stand behind all colour parts, so colour never overwrites alpha.
    for (part, &size) in parts.parts.iter().zip(sizes) {
        let len = (u64::from(size.0) * u64::from(size.1)).saturating_mul(4);
        let (own, behind) = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len)).ok_or_else(mismatch)?;
        rest = behind;
        draw(&mut canvas, part, size, own);
    }
    if parts.premultiplied {
        canvas.rgba.as_chunks_mut::<4>().0.iter_mut().for_each(unpremultiply);
    }
    if let Some(crop) = parts.crop {
        canvas = cut(&mut canvas, crop);
    }
    let mut out = still(canvas.width, canvas.height, drop_opaque_alpha(canvas.rgba));
    out.orientation = parts.orientation;
    out.icc.clone_from(&parts.icc);
    out.exif.clone_from(&parts.exif);
    out.xmp.clone_from(&parts.xmp);
    Ok(out)
}

/// Draws one part at its place. An alpha part of another size than its colour is stretched (nearest).
fn draw(canvas: &mut Canvas, part: &Part, (width, height): (u32, u32), pixels: &[u8]) {
    if width == 0 || height == 0 {
        return;
    }
    let stretch = part.role == Role::Alpha && (width, height) != (part.width, part.height);
    let (w, h) = if stretch { (part.width, part.height) } else { (width, height) };
    let rect = canvas.clip(Rect { x: part.x, y: part.y, w, h });
    for y in 0..rect.h {
        let from = if stretch { (u64::from(y) * u64::from(height) / u64::from(h)) as u32 } else { y };
        let start = from as usize * width as usize;
        let line = pixels.as_chunks::<4>().0.get(start..start + width as usize).unwrap_or_default();
        let row = canvas.row(rect.x, rect.y + y, rect.w).as_chunks_mut::<4>().0;
        match part.role {
            Role::Colour => row.iter_mut().zip(line).for_each(|(out, &p)| *out = [p[0], p[1], p[2], 255]),
            Role::Alpha => {
                for (x, out) in row.iter_mut().enumerate() {
                    let x = if stretch { x * width as usize / w.max(1) as usize } else { x };
                    out[3] = line.get(x).map_or(255, |p| p[0]);
                }
            }
        }
    }
}

fn unpremultiply(pixel: &mut [u8; 4]) {
    let a = u32::from(pixel[3]);
    if (1..255).contains(&a) {
        pixel.iter_mut().take(3).for_each(|c| *c = ((u32::from(*c) * 255 + a / 2) / a).min(255) as u8);
    }
}

fn cut(canvas: &mut Canvas, crop: Crop) -> Canvas {
    let (rect, rgba) = canvas.save(Rect { x: crop.left, y: crop.top, w: crop.width, h: crop.height });
    Canvas { width: rect.w, height: rect.h, rgba }
}
