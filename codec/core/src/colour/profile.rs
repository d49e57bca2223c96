//! A small, bounded reader of ICC profiles (ICC.1:2022, and v2 as ICC.1:2001-04): header, tag table, colorants and
//! curves. Enough to recognise sRGB and Display P3, to convert matrix and grey profiles, and to rebuild a small one.

/// Longest profile that is looked at, in bytes; real CMYK profiles have 0.5–2.7 MB.
pub const MAX_PROFILE: usize = 4 << 20;
/// Most tags that are looked at.
const MAX_TAGS: usize = 128;
/// Most entries of a `curv` table.
const MAX_CURVE: usize = 16_384;

/// sRGB's colorants, adapted to D50: columns of the RGB → XYZ matrix (IEC 61966-2-1 by Bradford).
pub const SRGB_COLORANTS: [[f64; 3]; 3] =
    [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]];
/// Display P3's, likewise (SMPTE EG 432-1 primaries, D65).
pub const P3_COLORANTS: [[f64; 3]; 3] =
    [[0.51512, 0.24120, -0.00105], [0.29198, 0.69225, 0.04189], [0.15710, 0.06657, 0.78407]];

/// A curve from device value to linear light, both 0–1.
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// `curv` with no entry, or a parametric curve that is a line.
    Linear,
    /// `curv` with one entry, or `para` type 0.
    Gamma(f64),
    /// `curv` with two entries or more.
    Table(Vec<u16>),
    /// `para` types 1–4, as g a b c d e f of type 4: x ≥ d: (a·x + b)^g + e, else c·x + f.
    Parametric([f64; 7]),
}

impl Curve {
    /// Linear light for the device value `x`, both 0–1.
    pub fn eval(&self, x: f64) -> f64 {
        let y = match self {
            Curve::Linear => x,
            Curve::Gamma(g) => x.powf(*g),
            Curve::Table(t) => eval_table(t, x),
            Curve::Parametric([g, a, b, c, d, e, f]) => {
                if x >= *d { (a * x + b).max(0.0).powf(*g) + e } else { c * x + f }
            }
        };
        if y.is_finite() { y.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Whether it is the sRGB curve within half an 8-bit step, at 52 sample points.
    pub fn is_srgb(&self) -> bool {
        (0..=51).all(|i| {
            let x = f64::from(i) / 51.0;
            (encode_srgb(self.eval(x)) - x).abs() <= 0.5 / 255.0
        })
    }
}

fn eval_table(t: &[u16], x: f64) -> f64 {
    let last = t.len().saturating_sub(1);
    let at = x.clamp(0.0, 1.0) * last as f64;
    let i = (at as usize).min(last);
    let (a, b) = (t.get(i).copied().unwrap_or(0), t.get(i + 1).or(t.last()).copied().unwrap_or(0));
    (f64::from(a) + (f64::from(b) - f64::from(a)) * (at - i as f64)) / 65535.0
}

/// Linear light 0–1 → sRGB 0–1 (IEC 61966-2-1).
pub fn encode_srgb(l: f64) -> f64 {
    if l <= 0.003_130_8 { l * 12.92 } else { 1.055 * l.powf(1.0 / 2.4) - 0.055 }
}

/// sRGB 0–1 → linear light 0–1 (IEC 61966-2-1).
pub fn decode_srgb(v: f64) -> f64 {
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// The device space a profile describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Rgb,
    Gray,
    Cmyk,
    Other,
}

/// A view of a profile whose header has been checked.
#[derive(Debug, Clone, Copy)]
pub struct Profile<'a> {
    bytes: &'a [u8],
}

impl<'a> Profile<'a> {
    /// None when the bytes are too long, too short or lack the signature `acsp`.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let sane = bytes.len() <= MAX_PROFILE && bytes.get(36..40)? == b"acsp" && bytes.len() >= 132;
        sane.then_some(Self { bytes })
    }

    pub fn space(&self) -> Space {
        match self.bytes.get(16..20) {
            Some(b"RGB ") => Space::Rgb,
            Some(b"GRAY") => Space::Gray,
            Some(b"CMYK") => Space::Cmyk,
            _ => Space::Other,
        }
    }

    /// Data of the first tag of that name, type signature included.
    pub fn tag(&self, name: &[u8; 4]) -> Option<&'a [u8]> {
        let count = be32(self.bytes, 128)?.min(MAX_TAGS);
        let at = (0..count).map(|i| 132 + 12 * i).find(|&at| self.bytes.get(at..at + 4) == Some(name))?;
        let (from, len) = (be32(self.bytes, at + 4)?, be32(self.bytes, at + 8)?);
        self.bytes.get(from..from.checked_add(len)?)
    }

    /// Whether it converts through tables (A2B…) rather than a matrix.
    pub fn has_lut(&self) -> bool {
        [b"A2B0", b"A2B1", b"A2B2"].iter().any(|n| self.tag(n).is_some())
    }

    /// An `XYZ ` tag's first number.
    pub fn xyz(&self, name: &[u8; 4]) -> Option<[f64; 3]> {
        let t = self.tag(name)?;
        if t.get(..4)? != b"XYZ " {
            return None;
        }
        Some([s15f16(t, 8)?, s15f16(t, 12)?, s15f16(t, 16)?])
    }

    /// Red, green and blue colorants (D50), when all three are there and span a volume.
    pub fn colorants(&self) -> Option<[[f64; 3]; 3]> {
        let c = [self.xyz(b"rXYZ")?, self.xyz(b"gXYZ")?, self.xyz(b"bXYZ")?];
        (super::matrix::determinant(&c).abs() > 1e-4).then_some(c)
    }

    /// A tone curve.
    pub fn curve(&self, name: &[u8; 4]) -> Option<Curve> {
        let t = self.tag(name)?;
        match t.get(..4)? {
            b"curv" => read_curv(t),
            b"para" => read_para(t),
            _ => None,
        }
    }

    pub fn rgb_curves(&self) -> Option<[Curve; 3]> {
        Some([self.curve(b"rTRC")?, self.curve(b"gTRC")?, self.curve(b"bTRC")?])
    }

    /// Whether the colorants are `want` within 0.002.
    fn has_colorants(&self, want: &[[f64; 3]; 3]) -> bool {
        self.colorants().is_some_and(|c| {
            c.as_flattened().iter().zip(want.as_flattened()).all(|(a, b)| (a - b).abs() <= 0.002)
        })
    }

    fn has_srgb_curves(&self) -> bool {
        self.rgb_curves().is_some_and(|c| c.iter().all(Curve::is_srgb))
    }

    /// Whether nothing changes by converting to sRGB. A table-based profile never counts, whatever its name.
    pub fn is_srgb(&self) -> bool {
        match self.space() {
            Space::Rgb => !self.has_lut() && self.has_colorants(&SRGB_COLORANTS) && self.has_srgb_curves(),
            Space::Gray => !self.has_lut() && self.curve(b"kTRC").is_some_and(|c| c.is_srgb()),
            _ => false,
        }
    }

    /// Whether it is Display P3: P3 primaries with the sRGB curve.
    pub fn is_p3(&self) -> bool {
        self.space() == Space::Rgb && self.has_colorants(&P3_COLORANTS) && self.has_srgb_curves()
    }
}

fn read_curv(t: &[u8]) -> Option<Curve> {
    let n = be32(t, 8)?;
    if n > MAX_CURVE {
        return None;
    }
    let data = t.get(12..12 + 2 * n)?;
    let table: Vec<u16> = data.as_chunks::<2>().0.iter().map(|b| u16::from_be_bytes(*b)).collect();
    Some(match table.as_slice() {
        [] => Curve::Linear,
        [g] => Curve::Gamma(f64::from(*g) / 256.0),
        _ => Curve::Table(table),
    })
}

/// `para` (ICC.1:2022 10.18): types 0–4 have 1, 3, 4, 5 and 7 numbers.
fn read_para(t: &[u8]) -> Option<Curve> {
    let p = |i: usize| s15f16(t, 12 + 4 * i);
    let kind = u16::from_be_bytes([*t.get(8)?, *t.get(9)?]);
    let all = match kind {
        0 => return Some(Curve::Gamma(p(0)?)),
        1 => [p(0)?, p(1)?, p(2)?, 0.0, -p(2)? / nonzero(p(1)?)?, 0.0, 0.0],
        2 => [p(0)?, p(1)?, p(2)?, 0.0, -p(2)? / nonzero(p(1)?)?, p(3)?, p(3)?],
        3 => [p(0)?, p(1)?, p(2)?, p(3)?, p(4)?, 0.0, 0.0],
        4 => [p(0)?, p(1)?, p(2)?, p(3)?, p(4)?, p(5)?, p(6)?],
        _ => return None,
    };
    Some(Curve::Parametric(all))
}

fn nonzero(v: f64) -> Option<f64> {
    (v != 0.0).then_some(v)
}

fn be32(b: &[u8], at: usize) -> Option<usize> {
    let v = b.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes([v[0], v[1], v[2], v[3]]) as usize)
}

fn s15f16(b: &[u8], at: usize) -> Option<f64> {
    be32(b, at).map(|v| f64::from(v as u32 as i32) / 65536.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::small::p3_profile;

    #[test]
    fn recognises_its_own_p3_and_refuses_noise() {
        let p3 = p3_profile();
        let p = Profile::parse(&p3).expect("parses");
        assert!(p.is_p3() && !p.is_srgb());
        assert!(Profile::parse(&[0; 200]).is_none());
        assert!(Profile::parse(&p3[..100]).is_none());
    }

    #[test]
    fn every_cut_and_flip_is_survived() {
        let p3 = p3_profile();
        for n in 0..p3.len() {
            let mut bad = p3.clone();
            bad[n] ^= 0xff;
            for b in [&p3[..n], &bad[..]] {
                if let Some(p) = Profile::parse(b) {
                    let _ = (p.is_srgb(), p.is_p3(), p.has_lut());
                }
            }
        }
    }

    #[test]
    fn srgb_curve_is_told_from_gamma() {
        assert!(Curve::Parametric([2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045, 0.0, 0.0]).is_srgb());
        assert!(!Curve::Gamma(2.2).is_srgb() && !Curve::Linear.is_srgb());
        let t: Vec<u16> = (0..1024).map(|i| (decode_srgb(f64::from(i) / 1023.0) * 65535.0).round() as u16).collect();
        assert!(Curve::Table(t).is_srgb());
    }
}
