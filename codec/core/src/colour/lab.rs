//! CIE L*a*b* (D50) → sRGB.

use super::matrix::{encode_table, inverse};
use super::profile::SRGB_COLORANTS;

/// PCS white, ICC.1:2022 7.2.16.
const D50: [f32; 3] = [0.964_2, 1.0, 0.824_9];
const TOP: f32 = 16383.0;

/// 16 bits a channel as ICC PCSLAB v4: L* = v / 655.35, a* and b* = v / 257 − 128.
/// Colours outside sRGB are clipped a channel at a time.
pub fn to_rgb8(lab: &[u16]) -> Vec<u8> {
    let m = inverse(&SRGB_COLORANTS).map(|r| r.map(|v| v as f32));
    let encode = encode_table();
    let mut out = vec![0u8; lab.len() / 3 * 3];
    for (p, o) in lab.as_chunks::<3>().0.iter().zip(out.as_chunks_mut::<3>().0) {
        let xyz = to_xyz(*p);
        for d in 0..3 {
            let v = xyz[0] * m[0][d] + xyz[1] * m[1][d] + xyz[2] * m[2][d];
            o[d] = encode.get((v * TOP + 0.5).clamp(0.0, TOP) as usize).copied().unwrap_or(255);
        }
    }
    out
}

fn to_xyz(p: [u16; 3]) -> [f32; 3] {
    let l = f32::from(p[0]) / 655.35;
    let (a, b) = (f32::from(p[1]) / 257.0 - 128.0, f32::from(p[2]) / 257.0 - 128.0);
    let y = (l + 16.0) / 116.0;
    let f = [y + a / 500.0, y, y - b / 200.0];
    std::array::from_fn(|i| {
        let t = f[i];
        // CIE 15: the cube above 6/29, a line below.
        D50[i] * if t > 6.0 / 29.0 { t * t * t } else { 3.0 * (6.0f32 / 29.0).powi(2) * (t - 4.0 / 29.0) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(l: f64, a: f64, b: f64) -> Vec<u8> {
        to_rgb8(&[(l * 655.35).round() as u16, ((a + 128.0) * 257.0).round() as u16, ((b + 128.0) * 257.0).round() as u16])
    }

    #[test]
    fn known_colours() {
        assert_eq!(code(100.0, 0.0, 0.0), [255, 255, 255]);
        assert_eq!(code(0.0, 0.0, 0.0), [0, 0, 0]);
        // sRGB red, mid grey and blue in Lab D50 (Lindbloom's calculator).
        for (lab, want) in [([54.29, 80.81, 69.89], [255u8, 0, 0]), ([53.585, 0.0, 0.0], [128, 128, 128]), ([29.57, 68.30, -112.03], [0, 0, 255])] {
            for (g, w) in code(lab[0], lab[1], lab[2]).iter().zip(want) {
                assert!(g.abs_diff(w) <= 2, "{lab:?} {g} {w}");
            }
        }
    }
}
