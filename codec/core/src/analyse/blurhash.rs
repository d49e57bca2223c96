//! BlurHash with 4 × 3 components, as the reference (npm `blurhash`, encode): same order of f64 operations.

use std::f64::consts::PI;

use super::copy::Copy;
use super::cosine::cos;
use crate::colour::profile::decode_srgb;

const DIGITS: &[u8; 83] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
const NX: usize = 4;
const NY: usize = 3;

/// The hash, 28 characters; empty for an empty picture. Alpha is left out, as the reference does.
pub fn blurhash(c: &Copy) -> String {
    let (w, h) = (c.width as usize, c.height as usize);
    if w == 0 || h == 0 || c.rgba.len() != w * h * 4 {
        return String::new();
    }
    let linear: Vec<f64> = (0..256).map(|v| decode_srgb(f64::from(v) / 255.0)).collect();
    let light = c.rgba.as_chunks::<4>().0.iter();
    let light: Vec<[f64; 3]> =
        light.map(|p| std::array::from_fn(|i| linear.get(p[i] as usize).copied().unwrap_or(0.0))).collect();
    let parts: Vec<[f64; 3]> =
        (0..NX * NY).map(|i| part(&light, w, h, i % NX, i / NX)).collect();
    let (dc, ac) = parts.split_first().map_or(([0.0; 3], &[][..]), |(d, a)| (*d, a));
    let top = ac.iter().flatten().fold(f64::MIN, |m, v| m.max(*v));
    let step = (top * 166.0 - 0.5).floor().clamp(0.0, 82.0);
    let mut out = String::new();
    digits(&mut out, (NX - 1 + (NY - 1) * 9) as u32, 1);
    digits(&mut out, step as u32, 1);
    digits(&mut out, dc.iter().fold(0, |n, v| n << 8 | encode(*v)), 4);
    let scale = (step + 1.0) / 166.0;
    ac.iter().for_each(|v| digits(&mut out, v.iter().fold(0, |n, v| n * 19 + quantise(v / scale)), 2));
    out
}

/// One component's mean over the picture, column after column as the reference adds it up.
fn part(light: &[[f64; 3]], w: usize, h: usize, cx: usize, cy: usize) -> [f64; 3] {
    let norm = if cx == 0 && cy == 0 { 1.0 } else { 2.0 };
    let wave = |n: usize, c: usize| -> Vec<f64> {
        (0..n).map(|x| cos(PI * c as f64 * x as f64 / n as f64)).collect()
    };
    let (across, down) = (wave(w, cx), wave(h, cy));
    let mut sum = [0.0; 3];
    for (x, fx) in across.iter().enumerate() {
        for (p, fy) in light.iter().skip(x).step_by(w).zip(&down) {
            let f = norm * fx * fy;
            for c in 0..3 {
                sum[c] += f * p[c];
            }
        }
    }
    let scale = 1.0 / (w * h) as f64;
    sum.map(|s| s * scale)
}

/// Linear light → sRGB code 0–255.
fn encode(v: f64) -> u32 {
    let v = v.clamp(0.0, 1.0);
    if v <= 0.003_130_8 {
        (v * 12.92 * 255.0 + 0.5) as u32
    } else {
        ((1.055 * v.powf(0.416_666_666_666_666_7) - 0.055) * 255.0 + 0.5) as u32
    }
}

/// Signed square root to 0–18.
fn quantise(v: f64) -> u32 {
    let root = v.abs().sqrt() * if v < 0.0 { -1.0 } else { 1.0 };
    (root * 9.0 + 9.5).floor().clamp(0.0, 18.0) as u32
}

fn digits(out: &mut String, v: u32, n: u32) {
    for i in (0..n).rev() {
        out.push(char::from(DIGITS[(v / 83u32.pow(i) % 83) as usize]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        assert!(blurhash(&Copy { width: 0, height: 0, rgba: Vec::new() }).is_empty());
        assert!(blurhash(&Copy { width: 2, height: 2, rgba: vec![0; 15] }).is_empty());
    }

    /// Value of the reference, npm blurhash 2.0.5 under Deno 2.9.6.
    #[test]
    fn equals_the_reference() {
        let rgba = (0..12 * 7).flat_map(|i: u32| [(i * 3) as u8, (i * 7 % 256) as u8, (255 - i) as u8, 255]).collect();
        assert_eq!(blurhash(&Copy { width: 12, height: 7, rgba }), REFERENCE);
    }

    const REFERENCE: &str = "L:H2R9b2bttSBaaQi~WGRXkBfja#";
}
