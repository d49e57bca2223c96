//! Crop, size and orientation of one transform, worked out once.

use crate::error::{Code, Error, Result};
use crate::orient::Turn;
use crate::request::{Rect, Size};
use crate::resize::Window;

/// Largest side that a transform makes.
const MAX_SIDE: u32 = 65_535;

/// What to cut from the stored picture, the size to bring it to, and how to turn it afterwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    pub orientation: u8,
    /// In the stored picture.
    pub window: Window,
    /// Size before turning.
    pub stored_size: (u32, u32),
    /// Size after turning.
    pub size: (u32, u32),
}

impl Geometry {
    /// For a stored picture of `width` × `height`; `crop` and `resize` are upright. Without `resize` the crop keeps its
    /// scale, its sides rounded to whole pixels.
    ///
    /// # Errors
    /// `bad_request` for an empty crop, one outside of the picture, or a size of 0 or past 65,535.
    pub fn new(width: u32, height: u32, orientation: u8, crop: Option<Rect>, resize: Option<Size>) -> Result<Self> {
        let turn = Turn::new(orientation);
        let (w, h) = turn.size(width, height);
        let whole = Rect { left: 0.0, top: 0.0, width: f64::from(w), height: f64::from(h) };
        let rect = clip(crop.unwrap_or(whole), whole).ok_or_else(|| Error::new(Code::BadRequest, "crop outside of the picture"))?;
        let side = |s: f64| (s.round() as u32).max(1);
        let size = resize.map_or((side(rect.width), side(rect.height)), |s| (s.width, s.height));
        if size.0 == 0 || size.1 == 0 || size.0 > MAX_SIDE || size.1 > MAX_SIDE {
            return Err(Error::new(Code::BadRequest, "size out of range"));
        }
        Ok(Self {
            orientation,
            window: turn.window(rect, f64::from(width), f64::from(height)),
            stored_size: turn.size(size.0, size.1),
            size,
        })
    }

    pub fn turn(&self) -> Turn {
        Turn::new(self.orientation)
    }

    /// Whether nothing is cut, scaled or turned of a picture of this size.
    pub fn is_identity(&self, width: u32, height: u32) -> bool {
        self.turn() == Turn::new(1) && self.is_whole(width, height)
    }

    /// Whether nothing is cut or scaled.
    pub fn is_whole(&self, width: u32, height: u32) -> bool {
        self.window == Window::whole(width, height) && self.stored_size == (width, height)
    }
}

/// The part of `rect` within `whole`; None where less than a thousandth of a pixel is left.
fn clip(rect: Rect, whole: Rect) -> Option<Rect> {
    let span = |start: f64, len: f64, most: f64| {
        if !start.is_finite() || !len.is_finite() {
            return None;
        }
        let from = start.max(0.0);
        let to = (start + len).min(most);
        if to - from > 1e-3 { Some((from, to - from)) } else { None }
    };
    let (left, width) = span(rect.left, rect.width, whole.width)?;
    let (top, height) = span(rect.top, rect.height, whole.height)?;
    Some(Rect { left, top, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_swap_with_quarter_turns() {
        let g = Geometry::new(300, 200, 6, None, Some(Size { width: 20, height: 30 })).unwrap();
        assert_eq!((g.size, g.stored_size), ((20, 30), (30, 20)));
        let g = Geometry::new(300, 200, 6, None, None).unwrap();
        assert_eq!(g.size, (200, 300));
        assert!(!g.is_identity(300, 200));
    }

    #[test]
    fn crops_are_clipped_or_refused() {
        let rect = |left, width| Some(Rect { left, top: 0.0, width, height: 10.0 });
        assert_eq!(Geometry::new(10, 10, 1, rect(-5.0, 10.0), None).unwrap().size, (5, 10));
        assert!(Geometry::new(10, 10, 1, rect(10.0, 5.0), None).is_err());
        assert!(Geometry::new(10, 10, 1, rect(f64::NAN, 5.0), None).is_err());
    }
}
