//! The planar path: YCbCr planes of a JPEG cut, resized and turned apart, chroma straight to the sampling
//! that the encoder wants; no upsampling and no RGB in between.

use crate::error::{Code, Error, Result};
use crate::geometry::Geometry;
use crate::image::{Decoded, Frame, Pixels, Ycc};
use crate::ops;
use crate::resize::kernel::Span;
use crate::resize::{Range, Source, Window, resize};

/// What the encoder wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Chroma at half size (rounded up) both ways, else at full size.
    pub half: bool,
    pub luma: Range,
    pub chroma: Range,
}

impl Wanted {
    /// As JPEG stores it.
    pub fn full_range(half: bool) -> Self {
        Self { half, luma: Range::FULL, chroma: Range::FULL }
    }

    /// As WebP stores it: limited range, 4:2:0.
    pub const WEBP: Wanted = Wanted { half: true, luma: Range::LUMA, chroma: Range::CHROMA };
}

/// The planes of `source` (`width` × `height`) as `geometry` and `wanted` say, not turned yet.
///
/// # Errors
/// `bad_request` where sizes don't fit.
pub fn render(source: &Ycc, width: u32, height: u32, geometry: &Geometry, wanted: &Wanted) -> Result<Ycc> {
    let (w, h) = geometry.stored_size;
    let plane = |data, pw, ph| Source { data, width: pw, height: ph, channels: 1 };
    let y = resize(plane(&source.y, width, height), geometry.window, w, h, wanted.luma)?;
    let (cw, ch) = if wanted.half { (w.div_ceil(2), h.div_ceil(2)) } else { (w, h) };
    let window = chroma_window(source, width, height, geometry, wanted.half);
    let cb = resize(plane(&source.cb, source.cw, source.ch), window, cw, ch, wanted.chroma)?;
    let cr = resize(plane(&source.cr, source.cw, source.ch), window, cw, ch, wanted.chroma)?;
    Ok(Ycc { y, cb, cr, cw, ch })
}

/// As [`render`], turned upright; what else `d` holds is kept.
///
/// # Errors
/// As [`render`], and for anything but one frame of planes.
pub fn upright(d: &Decoded, geometry: &Geometry, wanted: &Wanted) -> Result<Decoded> {
    let Some(Pixels::Ycc(ycc)) = d.frames.first().map(|f| &f.pixels) else {
        return Err(Error::new(Code::BadRequest, "no planes"));
    };
    let pixels = Pixels::Ycc(render(ycc, d.width, d.height, geometry, wanted)?);
    let (width, height) = geometry.stored_size;
    let still = Decoded {
        width, height, frames: vec![Frame { pixels, delay_ms: 0 }], loops: None, orientation: 1, rows_decoded: height,
        icc: d.icc.clone(), exif: d.exif.clone(), xmp: d.xmp.clone(), iptc: d.iptc.clone(),
    };
    ops::orient(still, geometry.orientation)
}

/// The window of the chroma planes. Half-size chroma of an odd side covers one luma pixel past the edge that is
/// the right or bottom one once the picture is upright.
fn chroma_window(source: &Ycc, width: u32, height: u32, geometry: &Geometry, half: bool) -> Window {
    let turn = geometry.turn();
    let side = |span: Span, out: u32, flip: bool, full: u32, part: u32| {
        let extra = if half && out % 2 == 1 { span.len / f64::from(out) } else { 0.0 };
        let start = if flip { span.start - extra } else { span.start };
        let ratio = sampling(full, part);
        Span { start: start / ratio, len: (span.len + extra) / ratio }
    };
    let (w, h) = geometry.stored_size;
    Window {
        x: side(geometry.window.x, w, turn.flip_x, width, source.cw),
        y: side(geometry.window.y, h, turn.flip_y, height, source.ch),
    }
}

/// Luma samples a chroma sample, from sizes that are rounded up.
fn sampling(full: u32, part: u32) -> f64 {
    let coarser = [1, 2, 4].into_iter().find(|f| full.div_ceil(*f) == part).map(f64::from);
    // A finer IDCT can leave one side of 4:2:2 chroma finer than luma.
    let finer = || [2, 4].into_iter().find(|f| part.div_ceil(*f) == full).map(|f| 1.0 / f64::from(f));
    coarser.or_else(finer).unwrap_or(f64::from(full) / f64::from(part.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::picture;
    use crate::request::{Rect, Size};

    fn ramp(w: u32, h: u32) -> Ycc {
        let y = (0..w * h).map(|i| (i % w * 255 / w) as u8).collect();
        let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
        let c: Vec<u8> = (0..cw * ch).map(|i| (i % cw * 255 / cw) as u8).collect();
        Ycc { y, cb: c.clone(), cr: c, cw, ch }
    }

    #[test]
    fn chroma_lies_where_luma_lies() {
        let source = ramp(200, 100);
        for o in 1..=8u8 {
            let rect = Rect { left: 10.0, top: 10.0, width: 61.0, height: 61.0 };
            let g = Geometry::new(200, 100, o, Some(rect), Some(Size { width: 31, height: 31 })).unwrap();
            for half in [true, false] {
                let d = upright(&picture(200, 100, Pixels::Ycc(source.clone())), &g, &Wanted::full_range(half)).unwrap();
                let Pixels::Ycc(p) = &d.frames[0].pixels else { panic!("planes") };
                let f = if half { 2 } else { 1 };
                for y in 1..(31 / f) - 1 {
                    for x in 1..(31 / f) - 1 {
                        let chroma = i32::from(p.cb[y * p.cw as usize + x]);
                        let luma = i32::from(p.y[(y * f) * 31 + x * f]);
                        let next = i32::from(p.y[(y * f + f - 1) * 31 + x * f + f - 1]);
                        assert!((chroma - (luma + next) / 2).abs() <= 3, "{o} {half} {x} {y}: {chroma} {luma}");
                    }
                }
            }
        }
    }

    #[test]
    fn limited_range_keeps_grey_and_maps_the_ends() {
        let source = Ycc { y: [0, 255].repeat(32), cb: vec![128; 16], cr: vec![255; 16], cw: 4, ch: 4 };
        let g = Geometry::new(8, 8, 1, None, None).unwrap();
        let p = render(&source, 8, 8, &g, &Wanted::WEBP).unwrap();
        assert_eq!((p.y[0], p.y[1], p.cb[0], p.cr[0]), (16, 235, 128, 240));
    }
}
