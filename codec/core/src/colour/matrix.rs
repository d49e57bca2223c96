//! RGB matrix profiles and grey profiles → sRGB, by tables.

use super::profile::{Curve, Profile, SRGB_COLORANTS, encode_srgb};

/// Fraction bits of the linear-light sums, and of the index into the encoding table.
const BITS: u32 = 14;
const TOP: i32 = (1 << BITS) - 1;

pub fn determinant(m: &[[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

/// Inverse by cofactors; the caller has checked the determinant.
pub fn inverse(m: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let d = determinant(m);
    let mut out = [[0.0; 3]; 3];
    for (r, row) in out.iter_mut().enumerate() {
        for (c, v) in row.iter_mut().enumerate() {
            let (a, b) = ((c + 1) % 3, (c + 2) % 3);
            let (e, f) = ((r + 1) % 3, (r + 2) % 3);
            *v = (m[a][e] * m[b][f] - m[a][f] * m[b][e]) / d;
        }
    }
    out
}

/// `out[s][d]`: how much linear sRGB channel `d` one unit of the profile's linear channel `s` gives.
/// Both colorant sets are rows of XYZ (D50).
pub fn to_linear_srgb(colorants: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let inv = inverse(&SRGB_COLORANTS);
    let mut out = [[0.0; 3]; 3];
    for (o, c) in out.iter_mut().zip(colorants) {
        for (d, v) in o.iter_mut().enumerate() {
            *v = (0..3).map(|k| c[k] * inv[k][d]).sum();
        }
    }
    out
}

/// sRGB code (0–255) of linear light `i / (2^14 − 1)`.
pub fn encode_table() -> Vec<u8> {
    (0..=TOP).map(|i| (encode_srgb(f64::from(i) / f64::from(TOP)) * 255.0).round() as u8).collect()
}

/// A matrix profile made ready: for each 8-bit value of each channel its share of the three linear sums.
pub struct Matrix8 {
    shares: Vec<[[i32; 4]; 256]>,
    encode: Vec<u8>,
}

impl Matrix8 {
    /// None unless the profile has colorants and three curves.
    pub fn new(p: &Profile) -> Option<Self> {
        let m = to_linear_srgb(&p.colorants()?);
        let curves = p.rgb_curves()?;
        // Rounding is folded in: half a step rides on channel 0.
        let shares = curves.iter().zip(m).enumerate().map(|(c, (curve, row))| channel(c, curve, &row)).collect();
        Some(Self { shares, encode: encode_table() })
    }

    /// In place; `step` is 3 or 4 bytes a pixel, of which the fourth stays.
    pub fn apply(&self, px: &mut [u8], step: usize) {
        let [r, g, b] = self.shares.as_slice() else { return };
        let Some(encode) = self.encode.get(..=TOP as usize) else { return };
        for p in px.chunks_exact_mut(step) {
            let (s, t, u) = (&r[p[0] as usize], &g[p[1] as usize], &b[p[2] as usize]);
            for c in 0..3 {
                let v = (s[c] + t[c] + u[c]) >> GUARD;
                p[c] = encode[v.clamp(0, TOP) as usize];
            }
        }
    }
}

/// Bits below the table's index that sums carry.
const GUARD: u32 = 8;

fn channel(index: usize, curve: &Curve, row: &[f64; 3]) -> [[i32; 4]; 256] {
    let mut out = [[0; 4]; 256];
    let scale = f64::from(TOP) * f64::from(1 << GUARD);
    let half = if index == 0 { 1 << (GUARD - 1) } else { 0 };
    for (i, o) in out.iter_mut().enumerate() {
        let lin = curve.eval(i as f64 / 255.0);
        for c in 0..3 {
            // Hostile colorants reach 32,768: bounded so that three shares never overflow.
            o[c] = (lin * row[c] * scale).round().clamp(-3e8, 3e8) as i32 + half;
        }
    }
    out
}

/// A matrix profile made ready for 16-bit channels.
pub struct Matrix16 {
    linear: [Vec<f32>; 3],
    m: [[f32; 3]; 3],
    encode: Vec<u8>,
}

impl Matrix16 {
    pub fn new(p: &Profile) -> Option<Self> {
        let m = to_linear_srgb(&p.colorants()?).map(|r| r.map(|v| v as f32));
        let linear = p.rgb_curves()?.map(|c| linear16(&c));
        Some(Self { linear, m, encode: encode_table() })
    }

    /// One pixel's three channels → sRGB, 8 bits.
    pub fn pixel(&self, p: [u16; 3]) -> [u8; 3] {
        let l: [f32; 3] = std::array::from_fn(|c| self.linear[c].get(p[c] as usize).copied().unwrap_or(0.0));
        std::array::from_fn(|d| {
            let v = l[0] * self.m[0][d] + l[1] * self.m[1][d] + l[2] * self.m[2][d];
            let i = (v * TOP as f32 + 0.5).clamp(0.0, TOP as f32) as usize;
            self.encode.get(i).copied().unwrap_or(255)
        })
    }
}

fn linear16(c: &Curve) -> Vec<f32> {
    (0..=65535u32).map(|i| c.eval(f64::from(i) / 65535.0) as f32).collect()
}

/// A grey profile as one table of `n` entries (256 or 65,536): device value → sRGB code.
pub fn gray_table(p: &Profile, n: usize) -> Option<Vec<u8>> {
    let curve = p.curve(b"kTRC")?;
    let top = n.saturating_sub(1).max(1) as f64;
    Some((0..n).map(|i| (encode_srgb(curve.eval(i as f64 / top)) * 255.0).round() as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(p: &Profile, px: [u8; 3]) -> [f64; 3] {
        let m = to_linear_srgb(&p.colorants().expect("matrix"));
        let c = p.rgb_curves().expect("curves");
        let l: Vec<f64> = (0..3).map(|i| c[i].eval(f64::from(px[i]) / 255.0)).collect();
        std::array::from_fn(|d| {
            encode_srgb((l[0] * m[0][d] + l[1] * m[1][d] + l[2] * m[2][d]).clamp(0.0, 1.0)) * 255.0
        })
    }

    #[test]
    fn tables_follow_the_formula() {
        for icc in [moxcms::ColorProfile::new_adobe_rgb(), moxcms::ColorProfile::new_display_p3()] {
            let icc = icc.encode().expect("encodes");
            let p = Profile::parse(&icc).expect("parses");
            let (m8, m16) = (Matrix8::new(&p).expect("8"), Matrix16::new(&p).expect("16"));
            for i in 0..20_000u32 {
                let h = i.wrapping_mul(2_654_435_761);
                let px = [h as u8, (h >> 8) as u8, (h >> 16) as u8];
                let want = slow(&p, px);
                let mut got = px;
                m8.apply(&mut got, 3);
                let wide = m16.pixel(px.map(|v| u16::from(v) * 257));
                for c in 0..3 {
                    assert!((f64::from(got[c]) - want[c]).abs() < 0.62, "{px:?} {got:?} {want:?}");
                    assert!((f64::from(wide[c]) - want[c]).abs() < 0.62, "{px:?} {wide:?} {want:?}");
                }
            }
        }
    }

    #[test]
    fn inverse_times_matrix_is_one() {
        let inv = inverse(&SRGB_COLORANTS);
        for r in 0..3 {
            for c in 0..3 {
                let v: f64 = (0..3).map(|k| SRGB_COLORANTS[r][k] * inv[k][c]).sum();
                assert!((v - if r == c { 1.0 } else { 0.0 }).abs() < 1e-9);
            }
        }
    }
}
