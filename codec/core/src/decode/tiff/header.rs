//! The tags that say how pixels are stored, checked and with their defaults.

use crate::error::{Error, Result};

use super::ifd::Directory;

pub const OLD_JPEG: u64 = 6;
pub const JPEG: u64 = 7;

/// Samples a pixel may have; those past the fifth are skipped, not kept.
const MAX_SAMPLES: u64 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    Ycbcr,
    /// a*, b* signed.
    CieLab,
    /// a*, b* offset by half.
    IccLab,
    LogL,
    LogLuv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    Unsigned,
    Signed,
    Float,
}

/// Where alpha stands among the samples, and whether colour is multiplied by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alpha {
    pub at: usize,
    pub associated: bool,
}

#[derive(Debug, Clone)]
pub struct Header {
    pub width: u32,
    pub height: u32,
    pub bits: u32,
    /// Samples a pixel as stored.
    pub samples: usize,
    pub sample: Sample,
    pub photometric: Photometric,
    pub compression: u64,
    pub planar: bool,
    pub predictor: u64,
    pub reversed_bits: bool,
    pub alpha: Option<Alpha>,
    pub orientation: u8,
    pub subsampling: (u32, u32),
    pub tiled: bool,
    /// Size of a tile, or of a strip.
    pub segment: (u32, u32),
}

impl Header {
    /// Errors: `Corrupt` for impossible values, `Unsupported` for what no code here reads.
    pub fn read(dir: &Directory<'_>) -> Result<Self> {
        let side = |tag| dir.uint(tag).and_then(|v| u32::try_from(v).ok()).filter(|&v| v > 0);
        let size = side(256).zip(side(257));
        let (width, height) = size.ok_or_else(|| Error::corrupt("tiff: no size"))?;
        let samples = dir.uint(277).unwrap_or_else(|| dir.uints(258).len().max(1) as u64);
        if !(1..=MAX_SAMPLES).contains(&samples) {
            return Err(Error::unsupported(format!("tiff: {samples} samples a pixel")));
        }
        let compression = dir.uint(259).unwrap_or(1);
        let tiled = dir.find(322).is_some() && dir.find(323).is_some();
        let segment = segment(dir, width, height, tiled)?;
        let mut header = Self {
            width,
            height,
            bits: bits(dir)?,
            samples: samples as usize,
            sample: sample(dir)?,
            photometric: photometric(dir, samples)?,
            compression,
            planar: dir.uint(284) == Some(2) && samples > 1,
            predictor: dir.uint(317).unwrap_or(1),
            reversed_bits: dir.uint(266) == Some(2),
            alpha: None,
            orientation: dir.uint(274).and_then(|o| u8::try_from(o).ok()).filter(|o| (1..=8).contains(o)).unwrap_or(1),
            subsampling: subsampling(dir),
            tiled,
            segment,
        };
        header.alpha = header.find_alpha(dir);
        header.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.samples < self.colours() {
            return Err(Error::corrupt("tiff: fewer samples than colours"));
        }
        let depth = match self.sample {
            Sample::Float => matches!(self.bits, 16 | 24 | 32 | 64),
            _ => (1..=32).contains(&self.bits) || self.bits == 64,
        };
        if !depth && !self.is_logluv() {
            return Err(Error::unsupported(format!("tiff: {} bits a sample", self.bits)));
        }
        if self.photometric == Photometric::Ycbcr && self.bits != 8 {
            return Err(Error::unsupported("tiff: YCbCr of other than 8 bits"));
        }
        Ok(self)
    }

    /// Samples that make the colour.
    pub fn colours(&self) -> usize {
        match self.photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::Palette | Photometric::LogL => 1,
            Photometric::Cmyk => 4,
            _ => 3,
        }
    }

    /// Samples that are kept: the colours, and alpha behind them.
    pub fn kept(&self) -> usize {
        self.colours() + usize::from(self.alpha.is_some())
    }

    /// Where the n-th kept sample stands in a pixel.
    pub fn source(&self, n: usize) -> usize {
        match self.alpha {
            Some(alpha) if n == self.colours() => alpha.at,
            _ => n,
        }
    }

    pub fn is_logluv(&self) -> bool {
        matches!(self.photometric, Photometric::LogL | Photometric::LogLuv)
    }

    /// Whether rows hold blocks of subsampled YCbCr (JPEG gives whole pixels).
    pub fn is_subsampled(&self) -> bool {
        self.photometric == Photometric::Ycbcr && self.compression != JPEG && self.subsampling != (1, 1) && !self.planar
    }

    fn find_alpha(&self, dir: &Directory<'_>) -> Option<Alpha> {
        if matches!(self.photometric, Photometric::Cmyk | Photometric::Palette) || self.is_logluv() {
            return None;
        }
        let extra = dir.uints(338);
        let first = self.samples.checked_sub(extra.len()).filter(|&first| first >= self.colours())?;
        let found = extra.iter().position(|&kind| matches!(kind, 1 | 2))?;
        Some(Alpha { at: first + found, associated: extra.get(found) == Some(&1) })
    }
}

fn segment(dir: &Directory<'_>, width: u32, height: u32, tiled: bool) -> Result<(u32, u32)> {
    let side = |tag| dir.uint(tag).and_then(|v| u32::try_from(v).ok()).filter(|&v| v > 0);
    if !tiled {
        return Ok((width, side(278).unwrap_or(height).min(height)));
    }
    let size = side(322).zip(side(323)).ok_or_else(|| Error::corrupt("tiff: a tile's side is 0"))?;
    // Tiles may stick out of the picture, but not by orders of magnitude.
    let fits = |tile: u32, whole: u32| tile <= whole.saturating_mul(4).max(4096);
    if fits(size.0, width) && fits(size.1, height) { Ok(size) } else { Err(Error::limit("tiff: huge tiles")) }
}

fn bits(dir: &Directory<'_>) -> Result<u32> {
    let all = dir.uints(258);
    let first = all.first().copied().unwrap_or(1);
    if all.iter().any(|&b| b != first) {
        return Err(Error::unsupported("tiff: samples of different depths"));
    }
    u32::try_from(first).map_err(|_| Error::corrupt("tiff: impossible depth"))
}

fn sample(dir: &Directory<'_>) -> Result<Sample> {
    match dir.uint(339).unwrap_or(1) {
        1 | 4 => Ok(Sample::Unsigned),
        2 => Ok(Sample::Signed),
        3 => Ok(Sample::Float),
        other => Err(Error::unsupported(format!("tiff: sample format {other}"))),
    }
}

fn photometric(dir: &Directory<'_>, samples: u64) -> Result<Photometric> {
    Ok(match dir.uint(262) {
        Some(0) => Photometric::WhiteIsZero,
        Some(1 | 4) => Photometric::BlackIsZero,
        Some(2) => Photometric::Rgb,
        // Missing or misused: three samples and more are colour.
        None if samples >= 3 => Photometric::Rgb,
        None => Photometric::BlackIsZero,
        Some(3) => Photometric::Palette,
        Some(5) => match dir.uint(332).unwrap_or(1) {
            1 => Photometric::Cmyk,
            _ => return Err(Error::unsupported("tiff: inks other than CMYK")),
        },
        Some(6) => Photometric::Ycbcr,
        Some(8) => Photometric::CieLab,
        Some(9) => Photometric::IccLab,
        Some(32_844) => Photometric::LogL,
        Some(32_845) => Photometric::LogLuv,
        Some(other) => return Err(Error::unsupported(format!("tiff: photometric {other}"))),
    })
}

fn subsampling(dir: &Directory<'_>) -> (u32, u32) {
    let of = |v: Option<&u64>| match v {
        Some(1) => 1,
        Some(4) => 4,
        _ => 2,
    };
    let values = dir.uints(530);
    (of(values.first()), of(values.get(1)))
}
