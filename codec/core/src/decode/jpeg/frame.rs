//! The frame header (T.81 B.2.2) and the planes that scans fill.

use super::idct::{Block, idct1, idct2, idct4, idct8};
use super::scan::last_index;
use crate::error::{Error, Result};
use crate::image::DecodeOptions;

/// How coefficients are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Sequential,
    Progressive,
    /// Predicted samples instead of blocks (Annex H).
    Lossless,
}

/// One component and its plane.
pub struct Component {
    pub id: u8,
    /// Sampling factors, 1–4.
    pub h: usize,
    pub v: usize,
    /// Quantisation table, 0–3.
    pub table: usize,
    /// Data units that hold pixels, and data units in all (whole MCUs).
    pub blocks: (usize, usize),
    pub padded: (usize, usize),
    /// Samples a side that a block gives: 8, 4, 2 or 1.
    pub points: usize,
    /// Size in samples at that scale, without padding.
    pub size: (usize, usize),
    /// Samples of whole blocks, rows of `padded.0 * points`.
    pub plane: Vec<u8>,
    /// Rows of data units that scans have delivered.
    pub rows: usize,
}

/// What SOF says, at the scale chosen.
pub struct Frame {
    pub coding: Coding,
    /// As stored in the file.
    pub full: (usize, usize),
    /// At the scale chosen.
    pub width: u32,
    pub height: u32,
    pub h_max: usize,
    pub v_max: usize,
    pub mcus: (usize, usize),
    /// Samples a side that a block of the finest component gives.
    pub points: usize,
    pub components: Vec<Component>,
}

/// Scale at which a block of 8 gives `points` samples, as libjpeg rounds sizes.
fn scaled(full: usize, points: usize) -> usize {
    (full * points).div_ceil(8)
}

impl Frame {
    /// Reads a SOF segment's body and allocates the planes.
    ///
    /// # Errors
    /// `limit` past `max_pixels`, `unsupported` for 12-bit or odd component counts, `corrupt` otherwise.
    pub fn read(marker: u8, body: &[u8], options: &DecodeOptions) -> Result<Self> {
        let coding = match marker {
            0xc0 | 0xc1 => Coding::Sequential,
            0xc2 => Coding::Progressive,
            0xc3 => Coding::Lossless,
            _ => return Err(Error::unsupported("JPEG: hierarchical or arithmetic coding")),
        };
        let [precision, h1, h0, w1, w0, count, specs @ ..] = body else { return Err(short()) };
        let full = (usize::from(*w1) << 8 | usize::from(*w0), usize::from(*h1) << 8 | usize::from(*h0));
        if *precision != 8 || !matches!(count, 1 | 3 | 4) {
            return Err(Error::unsupported("JPEG: more than 8 bits, or 2 or more than 4 components"));
        }
        if full.0 == 0 || full.1 == 0 {
            return Err(Error::corrupt("JPEG: no width or height"));
        }
        if full.0 as u64 * full.1 as u64 > options.max_pixels {
            return Err(Error::limit(format!("{} × {} pixels", full.0, full.1)));
        }
        let specs = specs.get(..usize::from(*count) * 3).ok_or_else(short)?;
        let points = match coding {
            Coding::Lossless => 8,
            Coding::Sequential => points_for(full, options.target),
            Coding::Progressive => points_within(full, specs, points_for(full, options.target)),
        };
        Self { coding, full, width: 0, height: 0, h_max: 1, v_max: 1, mcus: (0, 0), points, components: Vec::new() }
            .with_components(specs, &Chroma::new(options))
    }

    fn with_components(mut self, specs: &[u8], chroma: &Chroma) -> Result<Self> {
        let (specs, _) = specs.as_chunks::<3>();
        let factors = |hv: u8| (usize::from(hv >> 4), usize::from(hv & 15));
        for [_, hv, table] in specs {
            let (h, v) = factors(*hv);
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) || *table > 3 {
                return Err(Error::corrupt("JPEG: bad sampling factors"));
            }
            (self.h_max, self.v_max) = (self.h_max.max(h), self.v_max.max(v));
        }
        if let [[_, hv, _]] = specs {
            // A single component is never interleaved: its MCU is one block, whatever its factors.
            (self.h_max, self.v_max) = factors(*hv);
        }
        // A data unit is a block, or, in lossless coding, one sample.
        let unit = self.unit();
        self.mcus = (self.full.0.div_ceil(unit * self.h_max), self.full.1.div_ceil(unit * self.v_max));
        self.width = scaled(self.full.0, self.points) as u32;
        self.height = scaled(self.full.1, self.points) as u32;
        for [id, hv, table] in specs {
            let (h, v) = factors(*hv);
            let component = self.component(*id, h, v, usize::from(*table), chroma);
            self.components.push(component);
        }
        Ok(self)
    }

    /// Samples a side of a data unit at full size.
    fn unit(&self) -> usize {
        if self.coding == Coding::Lossless { 1 } else { 8 }
    }

    fn component(&self, id: u8, h: usize, v: usize, table: usize, chroma: &Chroma) -> Component {
        let part = |full: usize, factor: usize, max: usize| (full * factor).div_ceil(max);
        let full = (part(self.full.0, h, self.h_max), part(self.full.1, v, self.v_max));
        let padded = (self.mcus.0 * h, self.mcus.1 * v);
        let size_at = |points: usize| (
            (self.full.0 * h * points).div_ceil(self.h_max * 8),
            (self.full.1 * v * points).div_ceil(self.v_max * 8),
        );
        let mut points = self.points;
        // Coarser chroma can make up for its sampling by a finer IDCT, as in libjpeg.
        while points < 8 && chroma.wants_finer(size_at(points), (self.h_max / h, self.v_max / v), points / self.points) {
            points *= 2;
        }
        let size = size_at(points);
        let unit = self.unit();
        if unit == 1 {
            points = 1;
        }
        Component {
            id, h, v, table, points, size, padded,
            blocks: (full.0.div_ceil(unit), full.1.div_ceil(unit)),
            plane: vec![128; padded.0 * padded.1 * points * points],
            rows: 0,
        }
    }

    /// Rows at the chosen scale that every component has delivered.
    pub fn rows_decoded(&self) -> u32 {
        let rows = self.components.iter().map(|c| match c.rows {
            n if n >= c.blocks.1 => self.height as usize,
            n => n * self.points.min(self.unit()) * self.v_max / c.v,
        });
        (rows.min().unwrap_or(0) as u32).min(self.height)
    }
}

/// How fine components must be that have fewer samples than luma.
enum Chroma {
    /// Planes for an output with chroma at half size: as the scale gives it.
    Coarse,
    /// Planes for an output with chroma at full size, which is this.
    Fine(u32, u32),
    /// Interleaved with luma: as near to its size as whole factors allow.
    Interleaved,
}

/// Chroma at this share of the output's size looks like all of it: thin lines keep their colour.
const FINE_SHARE: (usize, usize) = (2, 3);

impl Chroma {
    fn new(options: &DecodeOptions) -> Self {
        match options.target {
            _ if !options.allow_ycc => Chroma::Interleaved,
            Some((w, h)) if options.full_chroma => Chroma::Fine(w, h),
            _ => Chroma::Coarse,
        }
    }

    /// Whether a plane of `size` should have twice the points; `sampling` is luma's factors by its own, `done` how often
    /// its points have been doubled, as a factor.
    fn wants_finer(&self, size: (usize, usize), sampling: (usize, usize), done: usize) -> bool {
        let short = |part: usize, full: u32| part * FINE_SHARE.1 < full as usize * FINE_SHARE.0;
        match self {
            Chroma::Coarse => false,
            Chroma::Fine(w, h) => (sampling.0 > done || sampling.1 > done) && (short(size.0, *w) || short(size.1, *h)),
            Chroma::Interleaved => sampling.0 % (2 * done) == 0 && sampling.1 % (2 * done) == 0,
        }
    }
}

/// Coefficients and samples of a progressive picture may take so many bytes; a process may take 400 MB in all.
const MAX_PROGRESSIVE_BYTES: usize = 310_000_000;

/// The most samples a block, up to `points`, whose coefficients fit the memory: 4:2:0 of 64 MP fits at full size, 4:4:4 past
/// 34 MP is decoded at half of it.
fn points_within(full: (usize, usize), specs: &[u8], points: usize) -> usize {
    let factors = specs.as_chunks::<3>().0.iter().map(|[_, hv, _]| (usize::from(hv >> 4).max(1), usize::from(hv & 15).max(1)));
    let (h, v) = factors.clone().fold((1, 1), |most, f| (most.0.max(f.0), most.1.max(f.1)));
    let blocks: usize = factors.map(|f| full.0 * f.0 / h * (full.1 * f.1 / v) / 64).sum();
    let bytes = |points: usize| blocks * (2 * (last_index(points) + 1) + 8 + points * points);
    let fits = |p: &usize| *p == 1 || bytes(*p) <= MAX_PROGRESSIVE_BYTES;
    [8, 4, 2, 1].into_iter().filter(|p| *p <= points).find(fits).unwrap_or(1)
}

/// The fewest samples a block that still give at least `target`.
fn points_for(full: (usize, usize), target: Option<(u32, u32)>) -> usize {
    let Some((w, h)) = target else { return 8 };
    let enough = |p: &usize| scaled(full.0, *p) >= w as usize && scaled(full.1, *p) >= h as usize;
    [1, 2, 4].into_iter().find(enough).unwrap_or(8)
}

impl Component {
    /// Turns a block's coefficients into samples at block (bx, by).
    #[inline(always)]
    pub fn put(&mut self, bx: usize, by: usize, block: &Block) {
        let points = self.points;
        let stride = self.padded.0 * points;
        let at = by * points * stride + bx * points;
        let Some(plane) = self.plane.get_mut(at..) else { return };
        match points {
            8 => store(plane, stride, &transform8(block)),
            4 => store(plane, stride, &transform4(block)),
            2 => store(plane, stride, &idct2(block)),
            _ => store(plane, stride, &[[idct1(block)]]),
        }
    }

    /// As [`Component::put`] for a block of which only the mean is not 0.
    #[inline(always)]
    pub fn put_flat(&mut self, bx: usize, by: usize, dc: i16) {
        let mut block = [0i16; 64];
        block[0] = dc;
        let v = idct1(&block);
        let points = self.points;
        let stride = self.padded.0 * points;
        let at = by * points * stride + bx * points;
        let Some(plane) = self.plane.get_mut(at..) else { return };
        match points {
            8 => store(plane, stride, &[[v; 8]; 8]),
            4 => store(plane, stride, &[[v; 4]; 4]),
            2 => store(plane, stride, &[[v; 2]; 2]),
            _ => store(plane, stride, &[[v]]),
        }
    }

    /// The plane without padding, emptied.
    pub fn take_plane(&mut self) -> Vec<u8> {
        let stride = self.padded.0 * self.points;
        let mut plane = std::mem::take(&mut self.plane);
        if stride != self.size.0 {
            for y in 1..self.size.1 {
                let from = y * stride;
                plane.copy_within(from..from + self.size.0, y * self.size.0);
            }
        }
        plane.truncate(self.size.0 * self.size.1);
        plane
    }
}

#[cfg(target_arch = "wasm32")]
use super::simd::{idct4 as transform4, idct8 as transform8};
#[cfg(not(target_arch = "wasm32"))]
use {idct4 as transform4, idct8 as transform8};
#[cfg(target_arch = "wasm32")]
const _: (fn(&Block) -> [[u8; 4]; 4], fn(&Block) -> [[u8; 8]; 8]) = (idct4, idct8);

#[inline(always)]
fn store<const P: usize>(plane: &mut [u8], stride: usize, samples: &[[u8; P]; P]) {
    for (row, target) in samples.iter().zip(plane.chunks_mut(stride)) {
        if let Some(target) = target.get_mut(..P) {
            target.copy_from_slice(row);
        }
    }
}

fn short() -> Error {
    Error::corrupt("JPEG: short frame header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_progressive_pictures_are_decoded_smaller() {
        let specs = |hv: u8| [1, hv, 0, 2, 0x11, 0, 3, 0x11, 0];
        assert_eq!(points_within((9240, 6920), &specs(0x22), 8), 8);
        assert_eq!(points_within((9240, 6920), &specs(0x11), 8), 4);
        assert_eq!(points_within((9240, 6920), &specs(0x11), 2), 2);
        assert_eq!(points_within((6000, 5500), &specs(0x11), 8), 8);
    }
}
