//! ThumbHash, bit for bit as the reference (npm `thumbhash`, rgbaToThumbHash): same order of f64 operations.

use std::f64::consts::PI;

use super::copy::Copy;
use super::cosine::cos;

/// The hash of a picture of at most 100 × 100; empty for an empty or larger one.
pub fn thumbhash(c: &Copy) -> Vec<u8> {
    let (w, h) = (c.width as usize, c.height as usize);
    let px = c.rgba.as_chunks::<4>().0;
    if !(1..=100).contains(&w) || !(1..=100).contains(&h) || px.len() != w * h {
        return Vec::new();
    }
    let avg = average(px);
    let has_alpha = avg[3] < (w * h) as f64;
    let [l, p, q, a] = lpqa(px, avg);
    let limit = if has_alpha { 5.0 } else { 7.0 };
    let side = |v: usize| (limit * v as f64 / w.max(h) as f64).round().max(1.0) as usize;
    let (lx, ly) = (side(w), side(h));
    let l = channel(&l, w, h, lx.max(3), ly.max(3));
    let p = channel(&p, w, h, 3, 3);
    let q = channel(&q, w, h, 3, 3);
    let a = has_alpha.then(|| channel(&a, w, h, 5, 5));
    let mut hash = head(&l, &p, &q, has_alpha, w > h, if w > h { ly } else { lx });
    if let Some(a) = &a {
        hash.push(round(15.0 * a.dc) as u8 | (round(15.0 * a.scale) << 4) as u8);
    }
    let factors: Vec<u8> =
        [Some(&l), Some(&p), Some(&q), a.as_ref()].into_iter().flatten().flat_map(|c| &c.ac).map(|f| round(15.0 * f) as u8).collect();
    hash.extend(factors.chunks(2).map(|n| n[0] | n.get(1).map_or(0, |hi| hi << 4)));
    hash
}

fn head(l: &Dct, p: &Dct, q: &Dct, has_alpha: bool, landscape: bool, side: usize) -> Vec<u8> {
    let h24 = round(63.0 * l.dc)
        | round(31.5 + 31.5 * p.dc) << 6
        | round(31.5 + 31.5 * q.dc) << 12
        | round(31.0 * l.scale) << 18
        | u32::from(has_alpha) << 23;
    let h16 = side as u32 | round(63.0 * p.scale) << 3 | round(63.0 * q.scale) << 9 | u32::from(landscape) << 15;
    vec![h24 as u8, (h24 >> 8) as u8, (h24 >> 16) as u8, h16 as u8, (h16 >> 8) as u8]
}

/// Math.round for values that are not negative.
fn round(v: f64) -> u32 {
    (v + 0.5).floor().max(0.0) as u32
}

/// Mean colour (weighted by alpha), and the sum of alpha.
fn average(px: &[[u8; 4]]) -> [f64; 4] {
    let mut avg = [0.0; 4];
    for p in px {
        let alpha = f64::from(p[3]) / 255.0;
        for c in 0..3 {
            avg[c] += alpha / 255.0 * f64::from(p[c]);
        }
        avg[3] += alpha;
    }
    if avg[3] != 0.0 {
        (0..3).for_each(|c| avg[c] /= avg[3]);
    }
    avg
}

/// Luminance, yellow − blue, red − green and alpha, over the mean colour.
fn lpqa(px: &[[u8; 4]], avg: [f64; 4]) -> [Vec<f64>; 4] {
    let mut out: [Vec<f64>; 4] = std::array::from_fn(|_| Vec::with_capacity(px.len()));
    for p in px {
        let alpha = f64::from(p[3]) / 255.0;
        let [r, g, b] = std::array::from_fn(|c| avg[c] * (1.0 - alpha) + alpha / 255.0 * f64::from(p[c]));
        let values = [(r + g + b) / 3.0, (r + g) / 2.0 - b, r - g, alpha];
        out.iter_mut().zip(values).for_each(|(o, v)| o.push(v));
    }
    out
}

/// The constant term, the varying ones scaled to 0–1, and their scale.
struct Dct {
    dc: f64,
    ac: Vec<f64>,
    scale: f64,
}

fn channel(values: &[f64], w: usize, h: usize, nx: usize, ny: usize) -> Dct {
    let wave = |n: usize, c: usize| -> Vec<f64> {
        (0..n).map(|x| cos(PI / n as f64 * c as f64 * (x as f64 + 0.5))).collect()
    };
    let mut d = Dct { dc: 0.0, ac: Vec::new(), scale: 0.0 };
    let columns: Vec<Vec<f64>> = (0..nx).map(|c| wave(w, c)).collect();
    for cy in 0..ny {
        let fy = wave(h, cy);
        for (cx, fx) in columns.iter().enumerate().take_while(|(cx, _)| cx * ny < nx * (ny - cy)) {
            let mut f = 0.0;
            for (row, fy) in values.chunks_exact(w).zip(&fy) {
                for (v, fx) in row.iter().zip(fx) {
                    f += v * fx * fy;
                }
            }
            f /= (w * h) as f64;
            if cx == 0 && cy == 0 {
                d.dc = f;
            } else {
                d.ac.push(f);
                d.scale = d.scale.max(f.abs());
            }
        }
    }
    if d.scale != 0.0 {
        d.ac.iter_mut().for_each(|v| *v = 0.5 + 0.5 / d.scale * *v);
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_refusals() {
        let c = |width: u32, height: u32, a: u8| Copy { width, height, rgba: [90, 20, 200, a].repeat((width * height) as usize) };
        assert_eq!(thumbhash(&c(100, 100, 255)).len(), 24);
        assert_eq!(thumbhash(&c(10, 10, 100)).len(), 25);
        assert!(thumbhash(&c(101, 1, 255)).is_empty() && thumbhash(&c(0, 0, 255)).is_empty());
    }

    /// Values of the reference, npm thumbhash 0.1.1 under Deno 2.9.6.
    #[test]
    fn equals_the_reference() {
        let rgba = (0..12 * 7).flat_map(|i: u32| [(i * 3) as u8, (i * 7 % 256) as u8, (255 - i) as u8, 255]).collect();
        let hash = thumbhash(&Copy { width: 12, height: 7, rgba });
        assert_eq!(hash, REFERENCE);
    }

    const REFERENCE: &[u8] =
        &[37, 5, 10, 92, 148, 149, 136, 136, 96, 119, 119, 133, 136, 117, 134, 112, 135, 6, 169];
}
