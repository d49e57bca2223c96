//! Finding the border that can go.

use std::borrow::Cow;

use super::orient::oriented_size;
use crate::colour::ycc_to_rgb8;
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};

/// A box in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// The smallest box, in coordinates of the picture turned upright by its `orientation`, that holds every pixel of the
/// first frame that differs from the pixel in the upright picture's top left corner by more than `threshold` in any
/// channel (libvips' find_trim with line_art; 10 is a usual threshold). Colour counts as far as one of the two is
/// visible: |Δc| · max(a, a₀) / 255. The whole picture when nothing differs. 8-bit pixels only, else `BadRequest`.
pub fn trim_box(d: &Decoded, threshold: u8) -> Result<Area> {
    let (w, h) = (d.width as usize, d.height as usize);
    let (px, step) = view(d)?;
    if w == 0 || h == 0 || w.checked_mul(h).and_then(|n| n.checked_mul(step)) != Some(px.len()) {
        return Err(Error::new(Code::BadRequest, "pixels and size disagree"));
    }
    let corner = corner(d.orientation, w, h);
    let bg = px.get(corner * step..(corner + 1) * step).unwrap_or_default();
    let found = Search { px: &px, step, w, bg, threshold: u32::from(threshold) }.stored_box();
    let whole = Area { left: 0, top: 0, width: d.width, height: d.height };
    Ok(upright(found.unwrap_or(whole), d.width, d.height, d.orientation))
}

fn view(d: &Decoded) -> Result<(Cow<'_, [u8]>, usize)> {
    Ok(match d.frames.first().map(|f| &f.pixels) {
        Some(Pixels::L8(v)) => (Cow::Borrowed(v), 1),
        Some(Pixels::La8(v)) => (Cow::Borrowed(v), 2),
        Some(Pixels::Rgb8(v)) => (Cow::Borrowed(v), 3),
        Some(Pixels::Rgba8(v)) => (Cow::Borrowed(v), 4),
        Some(Pixels::Ycc(y)) => (Cow::Owned(ycc_to_rgb8(y, d.width, d.height)?), 3),
        _ => return Err(Error::new(Code::BadRequest, "this step wants 8-bit pixels")),
    })
}

/// Index of the stored pixel that stands in the upright picture's top left corner.
fn corner(orientation: u8, w: usize, h: usize) -> usize {
    match orientation {
        2 | 8 => w - 1,
        3 | 7 => w * h - 1,
        4 | 6 => (h - 1) * w,
        _ => 0,
    }
}

/// A stored box → the upright one.
fn upright(a: Area, w: u32, h: u32, orientation: u8) -> Area {
    let (right, bottom) = (w - a.left - a.width, h - a.top - a.height);
    let (left, top) = match orientation {
        2 => (right, a.top),
        3 => (right, bottom),
        4 => (a.left, bottom),
        5 => (a.top, a.left),
        6 => (bottom, a.left),
        7 => (bottom, right),
        8 => (a.top, right),
        _ => (a.left, a.top),
    };
    let (width, height) = oriented_size(a.width, a.height, orientation);
    Area { left, top, width, height }
}

struct Search<'a> {
    px: &'a [u8],
    step: usize,
    w: usize,
    bg: &'a [u8],
    threshold: u32,
}

impl Search<'_> {
    fn stored_box(&self) -> Option<Area> {
        let rows = || self.px.chunks_exact(self.w * self.step);
        let top = rows().position(|r| self.first(r).is_some())?;
        let bottom = rows().rposition(|r| self.first(r).is_some())?;
        let (mut left, mut right) = (self.w, 0);
        for row in rows().take(bottom + 1).skip(top) {
            // Only what lies outside the box so far can widen it.
            let before = row.get(..left * self.step).unwrap_or(row);
            left = self.first(before).unwrap_or(left);
            let after = row.get(right * self.step..).unwrap_or_default();
            right += self.last(after).map_or(0, |i| i + 1);
        }
        let size = |a: usize, b: usize| (b - a) as u32;
        Some(Area { left: left as u32, top: top as u32, width: size(left, right), height: size(top, bottom + 1) })
    }

    fn first(&self, row: &[u8]) -> Option<usize> {
        row.chunks_exact(self.step).position(|p| self.differs(p))
    }

    fn last(&self, row: &[u8]) -> Option<usize> {
        row.chunks_exact(self.step).rposition(|p| self.differs(p))
    }

    fn differs(&self, p: &[u8]) -> bool {
        let off = |a: u8, b: u8| u32::from(a.abs_diff(b));
        if self.step % 2 == 1 {
            return p.iter().zip(self.bg).any(|(&a, &b)| off(a, b) > self.threshold);
        }
        let (Some((&a, c)), Some((&a0, c0))) = (p.split_last(), self.bg.split_last()) else { return false };
        let seen = u32::from(a.max(a0));
        off(a, a0) > self.threshold || c.iter().zip(c0).any(|(&x, &y)| off(x, y) * seen > self.threshold * 255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::orient::orient;
    use crate::ops::testing::picture;

    fn slow(px: &[u8], w: usize, h: usize, threshold: u8) -> Area {
        let hits: Vec<(usize, usize)> = (0..w * h)
            .filter(|i| (0..3).any(|c| px[3 * i + c].abs_diff(px[c]) > threshold))
            .map(|i| (i % w, i / w))
            .collect();
        if hits.is_empty() {
            return Area { left: 0, top: 0, width: w as u32, height: h as u32 };
        }
        let of = |f: fn(&(usize, usize)) -> usize| {
            (hits.iter().map(f).min().unwrap_or(0) as u32, hits.iter().map(f).max().unwrap_or(0) as u32)
        };
        let ((l, r), (t, b)) = (of(|p| p.0), of(|p| p.1));
        Area { left: l, top: t, width: r - l + 1, height: b - t + 1 }
    }

    #[test]
    fn agrees_with_the_slow_way_in_every_orientation() {
        let (w, h) = (19u32, 13u32);
        for seed in 0..40usize {
            let mut px = vec![200u8; (w * h * 3) as usize];
            for k in 0..seed % 5 {
                let at = (seed * 7919 + k * 104_729) % (w * h) as usize;
                px[3 * at + k % 3] = if k == 3 { 205 } else { 40 };
            }
            let stored = picture(w, h, Pixels::Rgb8(px));
            for o in 1..=8 {
                let mut tagged = stored.clone();
                tagged.orientation = o;
                let turned = orient(stored.clone(), o).expect("turns");
                let Pixels::Rgb8(t) = &turned.frames[0].pixels else { panic!("kind changed") };
                let want = slow(t, turned.width as usize, turned.height as usize, 10);
                assert_eq!(trim_box(&tagged, 10), Ok(want), "seed {seed} orientation {o}");
            }
        }
    }

    #[test]
    fn invisible_colour_does_not_count() {
        let mut px = vec![0u8; 5 * 4];
        px[4..8].copy_from_slice(&[255, 255, 255, 0]);
        px[8..12].copy_from_slice(&[255, 255, 255, 255]);
        let got = trim_box(&picture(5, 1, Pixels::Rgba8(px)), 10);
        assert_eq!(got, Ok(Area { left: 2, top: 0, width: 1, height: 1 }));
    }
}
