//! EXIF orientations 1–8 (CIPA DC-008, tag 0x0112) as geometry: which stored window an upright one shows.

use crate::request::Rect;
use crate::resize::Window;
use crate::resize::kernel::Span;

/// An orientation as axes: upright (x, y) comes from stored (x, y), swapped first, then flipped along stored axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub swap: bool,
    pub flip_x: bool,
    pub flip_y: bool,
}

impl Turn {
    /// Anything but 2–8 leaves the picture as it is.
    pub fn new(orientation: u8) -> Self {
        Self {
            swap: (5..=8).contains(&orientation),
            flip_x: matches!(orientation, 2 | 3 | 7 | 8),
            flip_y: matches!(orientation, 3 | 4 | 6 | 7),
        }
    }

    /// Width and height after (or, being its own inverse, before) the turn.
    pub fn size(self, width: u32, height: u32) -> (u32, u32) {
        if self.swap { (height, width) } else { (width, height) }
    }

    /// The stored window that `upright` shows, of a stored picture of `width` × `height`.
    pub fn window(self, upright: Rect, width: f64, height: f64) -> Window {
        let across = Span { start: upright.left, len: upright.width };
        let down = Span { start: upright.top, len: upright.height };
        let (x, y) = if self.swap { (down, across) } else { (across, down) };
        let mirror = |s: Span, of: f64, flip: bool| if flip { Span { start: of - s.start - s.len, ..s } } else { s };
        Window { x: mirror(x, width, self.flip_x), y: mirror(y, height, self.flip_y) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Pixels;
    use crate::ops::testing::{bytes, picture};

    #[test]
    fn a_window_shows_the_pixels_that_turning_puts_there() {
        let stored = [1u8, 2, 3, 4, 5, 6];
        for o in 1..=8 {
            let turn = Turn::new(o);
            let (w, h) = turn.size(3, 2);
            let upright = crate::ops::orient(picture(3, 2, Pixels::L8(stored.to_vec())), o).expect("turns");
            for (i, v) in bytes(&upright).iter().enumerate() {
                let (x, y) = (i % w as usize, i / w as usize);
                assert!(y < h as usize);
                let rect = Rect { left: x as f64, top: y as f64, width: 1.0, height: 1.0 };
                let window = turn.window(rect, 3.0, 2.0);
                assert_eq!(stored[window.y.start as usize * 3 + window.x.start as usize], *v, "orientation {o}");
            }
        }
    }
}
