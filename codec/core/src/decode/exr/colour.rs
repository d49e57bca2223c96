//! Which channels make the picture, and how they become Rec. 709 RGB.

use crate::error::{Error, Result};
use crate::image::Pixels;

use super::blocks::Plane;
use super::header::Header;

/// Rec. 709 primaries and white, as the attribute has them.
const REC709: [f32; 8] = [0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290];

/// Channel indexes by role.
#[derive(Debug, Clone, Copy)]
pub enum Plan {
    Rgb { channels: [usize; 3], alpha: Option<usize> },
    /// Luminance with the two chroma channels of the luminance/chroma format.
    Chroma { channels: [usize; 3], alpha: Option<usize> },
    Grey { channel: usize, alpha: Option<usize> },
}

impl Plan {
    /// Plain names first, then those of the first layer that has them (`layer.R`).
    pub fn of(header: &Header) -> Result<Self> {
        let find = |prefix: &str, name: &str| {
            header.channels.iter().position(|c| c.name.strip_prefix(prefix).is_some_and(|n| n == name))
        };
        let layers = header.channels.iter().filter_map(|c| c.name.rfind('.').map(|dot| &c.name[..=dot]));
        for prefix in std::iter::once("").chain(layers) {
            let alpha = find(prefix, "A");
            if let (Some(r), Some(g), Some(b)) = (find(prefix, "R"), find(prefix, "G"), find(prefix, "B")) {
                return Ok(Self::Rgb { channels: [r, g, b], alpha });
            }
            if let (Some(y), Some(ry), Some(by)) = (find(prefix, "Y"), find(prefix, "RY"), find(prefix, "BY")) {
                return Ok(Self::Chroma { channels: [y, ry, by], alpha });
            }
            if let Some(channel) = find(prefix, "Y") {
                return Ok(Self::Grey { channel, alpha });
            }
        }
        let alpha = find("", "A");
        let channel = (0..header.channels.len()).find(|&i| Some(i) != alpha);
        let channel = channel.or(alpha).ok_or_else(|| Error::corrupt("exr: no channels"))?;
        Ok(Self::Grey { channel, alpha: alpha.filter(|&a| a != channel) })
    }

    pub fn has_alpha(&self) -> bool {
        match self {
            Self::Rgb { alpha, .. } | Self::Chroma { alpha, .. } | Self::Grey { alpha, .. } => alpha.is_some(),
        }
    }

    /// Indexes of the channels to read: colours, then alpha.
    pub fn channels(&self) -> Vec<usize> {
        match *self {
            Self::Rgb { channels, alpha } | Self::Chroma { channels, alpha } => {
                channels.into_iter().chain(alpha).collect()
            }
            Self::Grey { channel, alpha } => std::iter::once(channel).chain(alpha).collect(),
        }
    }

    /// Joins the planes; alpha is divided out (EXR is premultiplied).
    pub fn pixels(&self, header: &Header, planes: Vec<Plane>) -> Pixels {
        let matrix = matrix(header.chromaticities.unwrap_or(REC709));
        let weights = luminance(header.chromaticities.unwrap_or(REC709));
        let alpha = self.has_alpha();
        let mut out = Vec::with_capacity(header.width as usize * header.height as usize * if alpha { 4 } else { 3 });
        for y in 0..header.height {
            for x in 0..header.width {
                let at = |n: usize| planes.get(n).map_or(0.0, |p| sample(p, x, y));
                let (rgb, a) = match self {
                    Self::Rgb { .. } => ([at(0), at(1), at(2)], 3),
                    Self::Chroma { .. } => (from_chroma(at(0), at(1), at(2), weights), 3),
                    Self::Grey { .. } => ([at(0); 3], 1),
                };
                let rgb = if matches!(self, Self::Grey { .. }) { rgb } else { apply(&matrix, rgb) };
                if alpha {
                    let a = at(a).clamp(0.0, 1.0);
                    out.extend(rgb.map(|v| if a > 0.0 { v / a } else { 0.0 }));
                    out.push(a);
                } else {
                    out.extend(rgb);
                }
            }
        }
        if alpha { Pixels::RgbaF32(out) } else { Pixels::RgbF32(out) }
    }
}

/// The sample that covers a pixel.
fn sample(plane: &Plane, x: u32, y: u32) -> f32 {
    let at = (y / plane.y_sampling) as usize * plane.width as usize + (x / plane.x_sampling) as usize;
    plane.values.get(at).copied().unwrap_or(0.0)
}

/// RY = (R − Y) / Y, BY = (B − Y) / Y; green from what luminance leaves.
fn from_chroma(y: f32, ry: f32, by: f32, weights: [f32; 3]) -> [f32; 3] {
    let (r, b) = ((ry + 1.0) * y, (by + 1.0) * y);
    [r, (y - r * weights[0] - b * weights[2]) / weights[1].max(1e-6), b]
}

type Matrix = [[f64; 3]; 3];

/// RGB of those chromaticities to XYZ, white at Y = 1.
fn to_xyz(c: [f32; 8]) -> Option<Matrix> {
    let c = c.map(f64::from);
    let column = |i: usize| [c[i], c[i + 1], 1.0 - c[i] - c[i + 1]];
    let primaries = [column(0), column(2), column(4)];
    let white = column(6).map(|v| v / c[7]);
    let p: Matrix = std::array::from_fn(|row| std::array::from_fn(|col| primaries[col][row]));
    let scale = product(&inverse(&p)?, white);
    Some(std::array::from_fn(|row| std::array::from_fn(|col| p[row][col] * scale[col])))
}

fn luminance(c: [f32; 8]) -> [f32; 3] {
    to_xyz(c).map_or([0.2126, 0.7152, 0.0722], |m| m[1].map(|v| v as f32))
}

/// File RGB to Rec. 709, whites mapped onto each other by scaling XYZ. None of it when they are the same.
fn matrix(c: [f32; 8]) -> Option<Matrix> {
    if c.iter().zip(REC709).all(|(a, b)| (a - b).abs() < 1e-3) {
        return None;
    }
    let (from, to) = (to_xyz(c)?, to_xyz(REC709)?);
    let white = |m: &Matrix| m.map(|row| row.iter().sum::<f64>());
    let (wf, wt) = (white(&from), white(&to));
    let scaled: Matrix = std::array::from_fn(|row| from[row].map(|v| v * wt[row] / wf[row]));
    let back = inverse(&to)?;
    Some(std::array::from_fn(|row| {
        std::array::from_fn(|col| (0..3).map(|k| back[row][k] * scaled[k][col]).sum())
    }))
}

fn apply(matrix: &Option<Matrix>, rgb: [f32; 3]) -> [f32; 3] {
    matrix.as_ref().map_or(rgb, |m| product(m, rgb.map(f64::from)).map(|v| v as f32))
}

fn product(m: &Matrix, v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

fn inverse(m: &Matrix) -> Option<Matrix> {
    let minor = |r: usize, c: usize| {
        let (a, b) = ((r + 1) % 3, (r + 2) % 3);
        let (d, e) = ((c + 1) % 3, (c + 2) % 3);
        m[a][d] * m[b][e] - m[a][e] * m[b][d]
    };
    let det: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    let good = det.is_finite() && det.abs() > 1e-9;
    good.then(|| std::array::from_fn(|r| std::array::from_fn(|c| minor(c, r) / det)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_of_rec709_has_its_luminance() {
        let [r, g, b] = luminance(REC709);
        assert!((r - 0.2126).abs() < 1e-3 && (g - 0.7152).abs() < 1e-3 && (b - 0.0722).abs() < 1e-3);
        assert!(matrix(REC709).is_none());
    }
}
