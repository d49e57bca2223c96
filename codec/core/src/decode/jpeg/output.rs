//! Planes to pixels: which colour space the components are in, and how they leave.

use super::frame::{Component, Frame};
use super::segments::Metadata;
use super::upsample::upsample;
use crate::colour::ycc_to_rgb8;
use crate::error::{Error, Result};
use crate::image::{Pixels, Ycc};

/// The picture's pixels at the scale decoded; the planes are emptied.
///
/// # Errors
/// `corrupt` where planes and sizes disagree.
pub fn pixels(frame: &mut Frame, meta: &Metadata, planar: bool) -> Result<Pixels> {
    let (w, h) = (frame.width as usize, frame.height as usize);
    let rgb = is_rgb(frame, meta);
    match frame.components.as_mut_slice() {
        [grey] => Ok(Pixels::L8(grey.take_plane())),
        [a, b, c] if rgb => {
            let planes = [full(a, w, h), full(b, w, h), full(c, w, h)];
            Ok(Pixels::Rgb8(interleave(&planes, w * h)))
        }
        [y, cb, cr] => {
            let luma_full = y.size == (w, h);
            // Interleaved output takes chroma at full or half size; what is rarer is brought up here.
            let usual = planar || [(w, h), (w.div_ceil(2), h), (w, h.div_ceil(2)), (w.div_ceil(2), h.div_ceil(2))].contains(&cb.size);
            let same = cb.size == cr.size && usual;
            let (cw, ch) = if same { cb.size } else { (w, h) };
            let chroma = if same { [cb.take_plane(), cr.take_plane()] } else { [full(cb, w, h), full(cr, w, h)] };
            let [cb, cr] = chroma;
            let y = if luma_full { y.take_plane() } else { full(y, w, h) };
            let ycc = Ycc { y, cb, cr, cw: cw as u32, ch: ch as u32 };
            if planar { Ok(Pixels::Ycc(ycc)) } else { Ok(Pixels::Rgb8(ycc_to_rgb8(&ycc, frame.width, frame.height)?)) }
        }
        [c, m, y, k] => {
            let k = full(k, w, h);
            let planes = [full(c, w, h), full(m, w, h), full(y, w, h)];
            Ok(Pixels::Cmyk8(inks(planes, k, meta, frame.width, frame.height)?))
        }
        _ => Err(Error::unsupported("JPEG: number of components")),
    }
}

/// Three components that are red, green, blue: by Adobe's marker, or by their letters where no marker speaks.
fn is_rgb(frame: &Frame, meta: &Metadata) -> bool {
    let ids: Vec<u8> = frame.components.iter().map(|c| c.id).collect();
    match meta.adobe {
        Some(transform) => transform == 0,
        None => !meta.jfif && ids == b"RGB",
    }
}

/// A component's plane at the picture's size.
fn full(c: &mut Component, w: usize, h: usize) -> Vec<u8> {
    let (pw, ph) = c.size;
    let plane = c.take_plane();
    if (pw, ph) == (w, h) { plane } else { upsample(&plane, pw, ph, w, h) }
}

fn interleave<const N: usize>(planes: &[Vec<u8>; N], len: usize) -> Vec<u8> {
    let mut out = vec![0u8; len * N];
    for (c, plane) in planes.iter().enumerate() {
        for (pixel, v) in out.chunks_exact_mut(N).zip(plane) {
            pixel[c] = *v;
        }
    }
    out
}

/// Four planes to ink amounts. Adobe's files hold the inverse of the ink, which its marker tells; YCCK's first
/// three planes are the YCbCr of the inverted inks.
fn inks(planes: [Vec<u8>; 3], k: Vec<u8>, meta: &Metadata, width: u32, height: u32) -> Result<Vec<u8>> {
    let invert = meta.adobe.is_some();
    let len = k.len();
    let [c, m, y] = planes;
    if meta.adobe != Some(2) {
        let mut out = interleave(&[c, m, y, k], len);
        if invert {
            out.iter_mut().for_each(|v| *v = 255 - *v);
        }
        return Ok(out);
    }
    let ycc = Ycc { y: c, cb: m, cr: y, cw: width, ch: height };
    let rgb = ycc_to_rgb8(&ycc, width, height)?;
    let mut out = Vec::with_capacity(len * 4);
    for (pixel, k) in rgb.chunks_exact(3).zip(&k) {
        // libjpeg gives 255 - RGB for YCCK, and Adobe's inversion turns that back.
        out.extend_from_slice(pixel);
        out.push(255 - *k);
    }
    Ok(out)
}
