//! The dispatch from one kind of pixels to its way to 8-bit sRGB.

use super::matrix::{Matrix8, Matrix16, gray_table};
use super::profile::{Profile, Space};
use super::{cmyk, lab, lut, tonemap, ycc};
use crate::error::{Error, Result};
use crate::image::Pixels;

/// Values that go through a 16-bit table transform at a time.
const CHUNK: usize = 3 * 4 * (1 << 14);

/// What device space pixels are in.
fn space(p: &Pixels) -> Space {
    match p {
        Pixels::L8(_) | Pixels::La8(_) | Pixels::L16(_) | Pixels::La16(_) => Space::Gray,
        Pixels::Cmyk8(_) => Space::Cmyk,
        Pixels::Lab16(_) => Space::Other,
        _ => Space::Rgb,
    }
}

pub fn is_rgb(p: &Pixels) -> bool {
    use Pixels::{Rgb8, Rgb16, Rgba8, Rgba16, Ycc};
    matches!(p, Rgb8(_) | Rgba8(_) | Rgb16(_) | Rgba16(_) | Ycc(_))
}

/// The profile, if it is of the pixels' colour space and not sRGB.
pub fn usable<'a>(p: &Pixels, icc: Option<&'a [u8]>) -> Option<&'a [u8]> {
    let bytes = icc?;
    let profile = Profile::parse(bytes)?;
    let fits = space(p) != Space::Other && profile.space() == space(p);
    (fits && !profile.is_srgb()).then_some(bytes)
}

/// One conversion, with the same profile for every frame.
pub struct Step<'a> {
    icc: Option<&'a [u8]>,
}

impl<'a> Step<'a> {
    /// `icc`: the profile to leave, None for sRGB.
    pub fn new(icc: Option<&'a [u8]>) -> Self {
        Self { icc }
    }

    pub fn apply(&self, p: Pixels, width: u32, height: u32) -> Result<Pixels> {
        Ok(match p {
            Pixels::L8(v) => Pixels::L8(self.gray8(v, 1)),
            Pixels::La8(v) => Pixels::La8(self.gray8(v, 2)),
            Pixels::L16(v) => Pixels::L8(self.gray16(&v, 1)),
            Pixels::La16(v) => Pixels::La8(self.gray16(&v, 2)),
            Pixels::Rgb8(v) => Pixels::Rgb8(self.rgb8(v, 3)?),
            Pixels::Rgba8(v) => Pixels::Rgba8(self.rgb8(v, 4)?),
            Pixels::Rgb16(v) => Pixels::Rgb8(self.rgb16(&v, 3)?),
            Pixels::Rgba16(v) => Pixels::Rgba8(self.rgb16(&v, 4)?),
            Pixels::RgbF32(v) => Pixels::Rgb8(self.float(v, 3)?),
            Pixels::RgbaF32(v) => Pixels::Rgba8(self.float(v, 4)?),
            Pixels::Cmyk8(v) => Pixels::Rgb8(cmyk::to_rgb8(&v, self.icc)?),
            Pixels::Lab16(v) => Pixels::Rgb8(lab::to_rgb8(&v)),
            Pixels::Ycc(v) if self.icc.is_none() => Pixels::Ycc(v),
            Pixels::Ycc(v) => Pixels::Rgb8(self.rgb8(ycc::ycc_to_rgb8(&v, width, height)?, 3)?),
        })
    }

    fn profile(&self) -> Option<Profile<'a>> {
        Profile::parse(self.icc?)
    }

    fn gray8(&self, mut v: Vec<u8>, step: usize) -> Vec<u8> {
        if let Some(t) = self.profile().and_then(|p| gray_table(&p, 256)) {
            for p in v.chunks_exact_mut(step) {
                p[0] = t.get(p[0] as usize).copied().unwrap_or(p[0]);
            }
        }
        v
    }

    fn gray16(&self, v: &[u16], step: usize) -> Vec<u8> {
        let Some(t) = self.profile().and_then(|p| gray_table(&p, 65_536)) else { return round16(v) };
        let mut out = round16(v);
        for (o, p) in out.chunks_exact_mut(step).zip(v.chunks_exact(step)) {
            o[0] = t.get(p[0] as usize).copied().unwrap_or(o[0]);
        }
        out
    }

    fn rgb8(&self, mut v: Vec<u8>, step: usize) -> Result<Vec<u8>> {
        let Some(profile) = self.profile() else { return Ok(v) };
        if profile.has_lut()
            && let Some(t) = self.icc.and_then(|icc| lut::rgb8(icc, step))
        {
            let mut out = vec![0; v.len()];
            t.transform(&v, &mut out).map_err(|e| Error::corrupt(format!("ICC: {e:?}")))?;
            return Ok(out);
        }
        if let Some(m) = Matrix8::new(&profile) {
            m.apply(&mut v, step);
        }
        Ok(v)
    }

    fn rgb16(&self, v: &[u16], step: usize) -> Result<Vec<u8>> {
        let Some(profile) = self.profile() else { return Ok(round16(v)) };
        if profile.has_lut()
            && let Some(t) = self.icc.and_then(|icc| lut::rgb16(icc, step))
        {
            let mut out = Vec::with_capacity(v.len());
            let mut part = vec![0u16; CHUNK.min(v.len())];
            for src in v.chunks(CHUNK) {
                let dst = part.get_mut(..src.len()).unwrap_or_default();
                t.transform(src, dst).map_err(|e| Error::corrupt(format!("ICC: {e:?}")))?;
                out.extend(dst.iter().map(|&x| round(x)));
            }
            return Ok(out);
        }
        let mut out = round16(v);
        if let Some(m) = Matrix16::new(&profile) {
            for (o, p) in out.chunks_exact_mut(step).zip(v.chunks_exact(step)) {
                o[..3].copy_from_slice(&m.pixel([p[0], p[1], p[2]]));
            }
        }
        Ok(out)
    }

    /// Scene light; a profile gives its primaries. One with curved channels means display values, not light.
    fn float(&self, mut v: Vec<f32>, step: usize) -> Result<Vec<u8>> {
        if let Some(profile) = self.profile() {
            let linear = profile.rgb_curves().is_some_and(|c| c.iter().all(|c| (c.eval(0.5) - 0.5).abs() < 0.01));
            if !linear {
                let wide: Vec<u16> = v.iter().map(|x| (x * 65535.0 + 0.5).clamp(0.0, 65535.0) as u16).collect();
                return self.rgb16(&wide, step);
            }
            if let Some(c) = profile.colorants() {
                let m = super::matrix::to_linear_srgb(&c).map(|r| r.map(|x| x as f32));
                for p in v.chunks_exact_mut(step) {
                    let s = [p[0], p[1], p[2]];
                    for (d, o) in p.iter_mut().take(3).enumerate() {
                        *o = s[0] * m[0][d] + s[1] * m[1][d] + s[2] * m[2][d];
                    }
                }
            }
        }
        let exposure = tonemap::expose(&v, step);
        Ok(tonemap::to_srgb8(&v, step, exposure))
    }
}

/// 0–65,535 → 0–255, to the nearest.
fn round(v: u16) -> u8 {
    ((u32::from(v) * 255 + 32_767) / 65_535) as u8
}

fn round16(v: &[u16]) -> Vec<u8> {
    v.iter().map(|&x| round(x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_round_to_the_nearest() {
        for v in 0..=65_535u16 {
            assert_eq!(round(v), (f64::from(v) / 257.0).round() as u8);
        }
    }
}
