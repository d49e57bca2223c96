//! One transform over a decoded picture: cut, size, turn, colour, effects, border; frame by frame.

use crate::colour;
use crate::error::Result;
use crate::geometry::Geometry;
use crate::image::{Decoded, Frame, Pixels};
use crate::ops::{self, Bytes};
use crate::planar::{self, Wanted};
use crate::request::{IccMode, Output, TransformRequest};
use crate::resize::resize_owned;

/// Whether planes can stay planes all the way to an encoder that takes them.
pub fn stays_planar(d: &Decoded, r: &TransformRequest) -> bool {
    let [Frame { pixels: pixels @ Pixels::Ycc(_), .. }] = d.frames.as_slice() else { return false };
    let plain = colour::stays(pixels, d.icc.as_deref(), r.icc == IccMode::Keep);
    plain && r.output == Output::Ycc420 && r.pad.is_none() && !has_effects(r)
}

fn has_effects(r: &TransformRequest) -> bool {
    r.grayscale || [r.blur, r.sharpen, r.brightness, r.contrast, r.saturation].iter().any(|v| *v != 0.0)
}

/// Runs the transform. The result is 8-bit sRGB (or, with `icc=keep`, of the small profile that it carries).
///
/// 8-bit pixels are resized before their colours are converted (fewer of them are left then); deeper ones after it.
///
/// # Errors
/// `bad_request` for a crop, size or effect out of range.
pub fn transform(d: Decoded, r: &TransformRequest) -> Result<Decoded> {
    let geometry = Geometry::new(d.width, d.height, r.orientation, r.crop, r.resize)?;
    let background = r.background()?;
    let keep = r.icc == IccMode::Keep;
    let early = d.frames.iter().all(|f| is_narrow(&f.pixels));
    let mut d = if early { colour::to_srgb8(place(d, &geometry)?, keep)? } else { place(colour::to_srgb8(d, keep)?, &geometry)? };
    drop_opaque_alpha(&mut d);
    if r.flatten {
        d = ops::flatten(d, background)?;
    }
    d = effects(d, r)?;
    if let Some(p) = r.pad {
        let by = ops::Pad { left: p.left, top: p.top, right: p.right, bottom: p.bottom };
        d = ops::pad(d, by, background)?;
    }
    Ok(d)
}

fn effects(d: Decoded, r: &TransformRequest) -> Result<Decoded> {
    let mut d = if r.grayscale { ops::grayscale(d)? } else { d };
    if [r.brightness, r.contrast, r.saturation].iter().any(|v| *v != 0.0) {
        let by = ops::Adjust { brightness: r.brightness, contrast: r.contrast, saturation: r.saturation };
        d = ops::adjust(d, by)?;
    }
    if r.blur != 0.0 {
        d = ops::blur(d, r.blur)?;
    }
    if r.sharpen != 0.0 { ops::sharpen(d, r.sharpen) } else { Ok(d) }
}

/// 8 bits a sample: can be resized as it is.
fn is_narrow(p: &Pixels) -> bool {
    matches!(p, Pixels::L8(_) | Pixels::La8(_) | Pixels::Rgb8(_) | Pixels::Rgba8(_) | Pixels::Cmyk8(_) | Pixels::Ycc(_))
}

/// Cuts, sizes and turns every frame.
fn place(mut d: Decoded, g: &Geometry) -> Result<Decoded> {
    let (width, height) = (d.width, d.height);
    let fine = |p: &Pixels| matches!(p, Pixels::Ycc(y) if y.cw > width || y.ch > height);
    // Chroma finer than luma has to be brought to its size.
    if g.is_whole(width, height) && !d.frames.iter().any(|f| fine(&f.pixels)) {
        return ops::orient(d, g.orientation);
    }
    for frame in &mut d.frames {
        let taken = std::mem::replace(&mut frame.pixels, Pixels::L8(Vec::new()));
        frame.pixels = sized(taken, width, height, g)?;
    }
    let rows = u64::from(d.rows_decoded) * u64::from(g.stored_size.1) / u64::from(height.max(1));
    (d.width, d.height) = g.stored_size;
    d.rows_decoded = rows as u32;
    ops::orient(d, g.orientation)
}

fn sized(pixels: Pixels, width: u32, height: u32, g: &Geometry) -> Result<Pixels> {
    match pixels {
        Pixels::Ycc(ycc) => planar::render(&ycc, width, height, g, &Wanted::full_range(false)).map(Pixels::Ycc),
        Pixels::Cmyk8(data) => Ok(Pixels::Cmyk8(resample(data, 4, width, height, g)?)),
        pixels => {
            let mut b = Bytes::take(pixels, width, height)?;
            let clear = b.has_alpha() && !opaque_bytes(&b);
            if clear {
                ops::premultiply::premultiply(&mut b);
            }
            b.px = resample(std::mem::take(&mut b.px), b.channels, width, height, g)?;
            if clear {
                clamp_to_alpha(&mut b);
                ops::premultiply::unpremultiply(&mut b);
            }
            Ok(b.give())
        }
    }
}

fn opaque_bytes(b: &Bytes) -> bool {
    match b.channels {
        4 => crate::analyse::opaque_bytes(&b.px),
        _ => b.px.as_chunks::<2>().0.iter().all(|p| p[1] == 255),
    }
}

/// Lanczos overshoots: premultiplied colour must not pass alpha.
fn clamp_to_alpha(b: &mut Bytes) {
    for p in b.px.chunks_exact_mut(b.channels) {
        if let Some((a, c)) = p.split_last_mut() {
            c.iter_mut().for_each(|v| *v = (*v).min(*a));
        }
    }
}

fn resample(data: Vec<u8>, channels: usize, width: u32, height: u32, g: &Geometry) -> Result<Vec<u8>> {
    resize_owned(data, (width, height), channels, g.window, g.stored_size)
}

/// Alpha that says nothing costs bytes in every output.
fn drop_opaque_alpha(d: &mut Decoded) {
    if !d.frames.iter().all(|f| matches!(f.pixels, Pixels::La8(_) | Pixels::Rgba8(_)) && crate::analyse::opaque(&f.pixels)) {
        return;
    }
    for frame in &mut d.frames {
        let taken = std::mem::replace(&mut frame.pixels, Pixels::L8(Vec::new()));
        frame.pixels = without_alpha(taken);
    }
}

fn without_alpha(p: Pixels) -> Pixels {
    match p {
        Pixels::La8(v) => Pixels::L8(ops::narrowed::<2, 1>(v, |[l, _]| [*l])),
        Pixels::Rgba8(v) => Pixels::Rgb8(ops::narrowed::<4, 3>(v, |[r, g, b, _]| [*r, *g, *b])),
        p => p,
    }
}
