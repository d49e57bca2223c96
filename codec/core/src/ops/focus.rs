//! Where to put a crop window: after libvips' smartcrop, on a small copy.

use crate::analyse::copy::{Copy, small_copy};
use crate::colour::profile::decode_srgb;
use crate::error::Result;
use crate::image::Decoded;

/// How the place is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The spot with most edges, skin tones and saturated colour (libvips' "attention", from smartcrop.js).
    Attention,
    /// Slices with the least information are cut off the sides, one after another (libvips' "entropy").
    Entropy,
}

/// Longest side of the copy that entropy is measured on.
const ENTROPY_SIDE: u32 = 400;
/// Side of the square grid that attention is measured on, as in libvips.
const GRID: usize = 32;

/// Left and top, in pixels of the picture turned upright, of a window of `width`×`height` (clipped to the picture).
/// Looks at the first frame, over white. Deterministic: ties go to the first in reading order.
/// `BadRequest` for deep pixels.
pub fn focus(d: &Decoded, kind: Focus, width: u32, height: u32) -> Result<(u32, u32)> {
    let (w, h) = super::orient::oriented_size(d.width, d.height, d.orientation);
    let window = (width.clamp(1, w.max(1)), height.clamp(1, h.max(1)));
    if window == (w, h) {
        return Ok((0, 0));
    }
    let (left, top) = match kind {
        Focus::Attention => attention(&small_copy(d, 4 * GRID as u32)?, (w, h), window),
        Focus::Entropy => entropy(&small_copy(d, ENTROPY_SIDE)?, (w, h), window),
    };
    Ok((left.min(w - window.0), top.min(h - window.1)))
}

/// One cell's light: CIE XYZ (D65), 0–100, over white.
fn grid(c: &Copy) -> Vec<[f64; 3]> {
    let linear: Vec<f64> = (0..256).map(|v| decode_srgb(f64::from(v) / 255.0)).collect();
    let (w, h) = (c.width as usize, c.height as usize);
    let mut out = Vec::with_capacity(GRID * GRID);
    for gy in 0..GRID {
        for gx in 0..GRID {
            let (x0, y0) = (gx * w / GRID, gy * h / GRID);
            let (x1, y1) = (((gx + 1) * w).div_ceil(GRID).max(x0 + 1), ((gy + 1) * h).div_ceil(GRID).max(y0 + 1));
            out.push(to_xyz(mean(c, (x0, y0), (x1.min(w), y1.min(h)), &linear)));
        }
    }
    out
}

/// Mean linear light of a cell.
fn mean(c: &Copy, from: (usize, usize), to: (usize, usize), linear: &[f64]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    let mut n = 0.0;
    for y in from.1..to.1 {
        for x in from.0..to.0 {
            let Some([r, g, b, a]) = c.pixel(x, y) else { continue };
            let a = f64::from(a) / 255.0;
            for (s, v) in sum.iter_mut().zip([r, g, b]) {
                *s += linear.get(v as usize).copied().unwrap_or(0.0) * a + 1.0 - a;
            }
            n += 1.0;
        }
    }
    sum.map(|s| if n > 0.0 { s / n } else { 0.0 })
}

fn to_xyz([r, g, b]: [f64; 3]) -> [f64; 3] {
    [
        100.0 * (0.4124 * r + 0.3576 * g + 0.1805 * b),
        100.0 * (0.2126 * r + 0.7152 * g + 0.0722 * b),
        100.0 * (0.0193 * r + 0.1192 * g + 0.9505 * b),
    ]
}

/// The window centred on the brightest spot of the score.
fn attention(c: &Copy, (w, h): (u32, u32), window: (u32, u32)) -> (u32, u32) {
    let cells = grid(c);
    let score: Vec<f64> = (0..GRID * GRID).map(|i| edge(&cells, i) + colour(cells.get(i))).collect();
    let size = |a: u32, b: u32| f64::from(a) * GRID as f64 / f64::from(b);
    let sigma = (size(window.0, w).hypot(size(window.1, h)) / 10.0).max(1.0);
    let (x, y) = peak(&soften(&score, sigma));
    let place = |cell: usize, side: u32, win: u32| {
        let centre = (cell as f64 + 0.5) / GRID as f64 * f64::from(side);
        (centre - f64::from(win) / 2.0).round().max(0.0) as u32
    };
    (place(x, w, window.0), place(y, h, window.1))
}

/// Five times the Laplacian of luminance.
fn edge(cells: &[[f64; 3]], i: usize) -> f64 {
    let (x, y) = (i % GRID, i / GRID);
    let at = |x: usize, y: usize| cells.get(y.min(GRID - 1) * GRID + x.min(GRID - 1)).map_or(0.0, |c| c[1]);
    let around = at(x.saturating_sub(1), y) + at(x + 1, y) + at(x, y.saturating_sub(1)) + at(x, y + 1);
    (5.0 * (4.0 * at(x, y) - around)).abs()
}

/// Skin tone (100 at its very direction, falling by distance) and CIE a*, both only where it isn't dark (Y > 5).
fn colour(cell: Option<&[f64; 3]>) -> f64 {
    let Some([x, y, z]) = cell.copied().filter(|c| c[1] > 5.0) else { return 0.0 };
    let norm = (x * x + y * y + z * z).sqrt();
    let off = [x / norm - 0.78, y / norm - 0.57, z / norm - 0.44];
    let skin = 100.0 - 100.0 * (off[0] * off[0] + off[1] * off[1] + off[2] * off[2]).sqrt();
    let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    skin + 500.0 * (f(x / 95.047) - f(y / 100.0))
}

/// Gaussian over the grid, edges continued.
fn soften(score: &[f64], sigma: f64) -> Vec<f64> {
    let r = (3.0 * sigma).ceil() as isize;
    let k: Vec<f64> = (-r..=r).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp()).collect();
    let pass = |src: &[f64], along_x: bool| -> Vec<f64> {
        (0..GRID * GRID)
            .map(|i| {
                let (x, y) = ((i % GRID) as isize, (i / GRID) as isize);
                let clip = |v: isize| v.clamp(0, GRID as isize - 1) as usize;
                let tap = |(j, k): (usize, &f64)| {
                    let o = j as isize - r;
                    let at = if along_x { clip(y) * GRID + clip(x + o) } else { clip(y + o) * GRID + clip(x) };
                    k * src.get(at).copied().unwrap_or(0.0)
                };
                k.iter().enumerate().map(tap).sum()
            })
            .collect()
    };
    pass(&pass(score, true), false)
}

fn peak(score: &[f64]) -> (usize, usize) {
    let mut best = (0, f64::MIN);
    for (i, &s) in score.iter().enumerate() {
        if s > best.1 * (1.0 + 1e-9) + 1e-9 || i == 0 {
            best = (i, s);
        }
    }
    (best.0 % GRID, best.0 / GRID)
}

/// What is left of the copy while slices are cut off.
struct Rest {
    x: usize,
    y: usize,
    w: usize,
    h: usize,
}

fn entropy(c: &Copy, (w, h): (u32, u32), window: (u32, u32)) -> (u32, u32) {
    let luma = luma(c);
    let (cw, ch) = (c.width as usize, c.height as usize);
    let scale = |v: u32, side: u32, small: usize| ((f64::from(v) * small as f64 / f64::from(side)).round() as usize).clamp(1, small);
    let (tw, th) = (scale(window.0, w, cw), scale(window.1, h, ch));
    let slice = (cw - tw).div_ceil(8).max((ch - th).div_ceil(8)).max(1);
    let mut r = Rest { x: 0, y: 0, w: cw, h: ch };
    while r.w > tw || r.h > th {
        let (sw, sh) = (slice.min(r.w - tw), slice.min(r.h - th));
        if sw > 0 {
            let [left, right] = [r.x, r.x + r.w - sw].map(|x| score(&luma, cw, &Rest { x, y: r.y, w: sw, h: r.h }));
            r.w -= sw;
            r.x += if left < right { sw } else { 0 };
        }
        if sh > 0 {
            let [top, bottom] = [r.y, r.y + r.h - sh].map(|y| score(&luma, cw, &Rest { x: r.x, y, w: r.w, h: sh }));
            r.h -= sh;
            r.y += if top < bottom { sh } else { 0 };
        }
    }
    let back = |v: usize, side: u32, small: usize| (v as f64 * f64::from(side) / small as f64).round() as u32;
    (back(r.x, w, cw), back(r.y, h, ch))
}

/// Luma over white.
fn luma(c: &Copy) -> Vec<u8> {
    let y = |[r, g, b, a]: [u8; 4]| {
        let l = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
        ((l * u32::from(a) / 255 + 1000 * (255 - u32::from(a)) + 500) / 1000) as u8
    };
    c.rgba.as_chunks::<4>().0.iter().map(|&p| y(p)).collect()
}

/// Shannon entropy in bits of the histogram of a part.
fn score(luma: &[u8], w: usize, r: &Rest) -> f64 {
    let mut hist = [0u32; 256];
    for row in luma.chunks_exact(w).skip(r.y).take(r.h) {
        for v in row.iter().skip(r.x).take(r.w) {
            hist[usize::from(*v)] += 1;
        }
    }
    let n = f64::from(hist.iter().sum::<u32>().max(1));
    hist.iter().filter(|&&c| c > 0).map(|&c| f64::from(c) / n).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::orient::orient;
    use crate::image::Pixels;
    use crate::ops::testing::{noise, picture};

    /// Grey, with a busy patch at (px, py).
    fn patch(w: u32, h: u32, px: u32, py: u32, skin: bool) -> Decoded {
        let mut v = vec![128u8; (w * h * 3) as usize];
        let n = noise(40 * 40 * 3, 11);
        for y in 0..40 {
            for x in 0..40 {
                let at = 3 * ((py + y) * w + px + x) as usize;
                let from = 3 * (y * 40 + x) as usize;
                let p = if skin { [224, 172, 140] } else { [n[from], n[from + 1], n[from + 2]] };
                v[at..at + 3].copy_from_slice(&p);
            }
        }
        picture(w, h, Pixels::Rgb8(v))
    }

    #[test]
    fn the_window_holds_the_patch() {
        for (px, py) in [(10, 20), (300, 30), (200, 150), (20, 155)] {
            for (kind, skin) in [(Focus::Attention, false), (Focus::Attention, true), (Focus::Entropy, false)] {
                let d = patch(400, 200, px, py, skin);
                let (l, t) = focus(&d, kind, 100, 100).expect("8 bit");
                assert!(l <= px + 8 && px + 32 <= l + 100, "{kind:?} {px},{py}: {l},{t}");
                assert!(t <= py + 8 && py + 32 <= t + 100, "{kind:?} {px},{py}: {l},{t}");
            }
        }
    }

    #[test]
    fn orientation_is_looked_through() {
        let d = patch(400, 200, 300, 30, false);
        for o in 1..=8 {
            let mut tagged = d.clone();
            tagged.orientation = o;
            let turned = orient(d.clone(), o).expect("turns");
            for kind in [Focus::Attention, Focus::Entropy] {
                let (a, b) = (focus(&tagged, kind, 80, 90), focus(&turned, kind, 80, 90));
                let ((al, at), (bl, bt)) = (a.expect("8 bit"), b.expect("8 bit"));
                assert!(al.abs_diff(bl) <= 13 && at.abs_diff(bt) <= 13, "{kind:?} {o}: {al},{at} {bl},{bt}");
            }
        }
    }

    #[test]
    fn windows_stay_inside() {
        let d = patch(120, 60, 70, 10, false);
        for kind in [Focus::Attention, Focus::Entropy] {
            for (w, h) in [(1, 1), (120, 60), (500, 10), (33, 60), (119, 59)] {
                let (l, t) = focus(&d, kind, w, h).expect("8 bit");
                assert!(l + w.min(120) <= 120 && t + h.min(60) <= 60);
            }
        }
    }
}
