//! Uncompressed rows: palette indexes, masked 16 and 32 bits, BGR, and 64-bit fixed point.

use crate::decode::common::{scale_to_u8, strip_alpha};
use crate::image::Pixels;

use super::header::Header;

/// Unpacks the rows; also says how many of them the data holds (of a bottom-up file the lower ones).
pub fn decode(header: &Header, palette: &[[u8; 3]], data: &[u8]) -> (Pixels, u32) {
    let (width, height) = (header.width as usize, header.height as usize);
    let stride = (width * usize::from(header.bits)).div_ceil(32) * 4;
    let channels = if header.has_alpha() { 4 } else { 3 };
    let mut out = vec![0; width * height * channels];
    let unpack = Unpacker::new(header, palette);
    let mut rows = 0;
    for (y, source) in data.chunks(stride.max(1)).take(height).enumerate() {
        let full = source.len() * 8 >= width * usize::from(header.bits);
        rows += u32::from(full);
        let y = if header.top_down { y } else { height - 1 - y };
        let start = y * width * channels;
        if let Some(row) = out.get_mut(start..start + width * channels) {
            unpack.row(source, row);
        }
    }
    if channels == 3 {
        return (Pixels::Rgb8(out), rows);
    }
    // Alpha that is 0 throughout was never written (browsers read it so too).
    if out.iter().skip(3).step_by(4).all(|&a| a == 0) {
        return (Pixels::Rgb8(strip_alpha(out)), rows);
    }
    (Pixels::Rgba8(out), rows)
}

enum Unpacker<'a> {
    Indexed { bits: usize, palette: &'a [[u8; 3]] },
    Bgr,
    Masked { bytes: usize, channels: [Channel; 4], alpha: bool },
    Fixed64,
}

impl<'a> Unpacker<'a> {
    fn new(header: &Header, palette: &'a [[u8; 3]]) -> Self {
        match header.bits {
            1..=8 => Self::Indexed { bits: header.bits.into(), palette },
            24 => Self::Bgr,
            64 => Self::Fixed64,
            bits => Self::Masked {
                bytes: usize::from(bits) / 8,
                channels: header.masks.map(Channel::new),
                alpha: header.has_alpha(),
            },
        }
    }

    fn row(&self, source: &[u8], row: &mut [u8]) {
        match self {
            Self::Indexed { bits, palette } => indexed(source, row, *bits, palette),
            Self::Bgr => {
                for (out, &[b, g, r]) in row.as_chunks_mut::<3>().0.iter_mut().zip(source.as_chunks::<3>().0) {
                    *out = [r, g, b];
                }
            }
            Self::Masked { bytes, channels, alpha } => {
                let width = if *alpha { 4 } else { 3 };
                for (out, cell) in row.chunks_exact_mut(width).zip(source.chunks_exact(*bytes)) {
                    let value = cell.iter().rev().fold(0u32, |v, &b| v << 8 | u32::from(b));
                    for (sample, channel) in out.iter_mut().zip(channels) {
                        *sample = channel.of(value);
                    }
                }
            }
            Self::Fixed64 => fixed64(source, row),
        }
    }
}

fn indexed(source: &[u8], row: &mut [u8], bits: usize, palette: &[[u8; 3]]) {
    let per_byte = 8 / bits;
    let mask = (1u16 << bits) - 1;
    for (x, out) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let Some(&byte) = source.get(x / per_byte) else { break };
        let shift = 8 - bits * (x % per_byte + 1);
        let index = usize::from(u16::from(byte) >> shift & mask);
        *out = palette.get(index).copied().unwrap_or_default();
    }
}

/// s2.13 linear light, as GDI+ writes it: scaled to 0–255 through the sRGB curve.
fn fixed64(source: &[u8], row: &mut [u8]) {
    for (out, cell) in row.as_chunks_mut::<4>().0.iter_mut().zip(source.as_chunks::<8>().0) {
        let sample = |i: usize| f32::from(i16::from_le_bytes([cell[i], cell[i + 1]])) / 8192.0;
        *out = [srgb(sample(4)), srgb(sample(2)), srgb(sample(0)), (sample(6).clamp(0.0, 1.0) * 255.0 + 0.5) as u8];
    }
}

fn srgb(linear: f32) -> u8 {
    let v = linear.clamp(0.0, 1.0);
    let coded = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    (coded * 255.0 + 0.5) as u8
}

/// One channel's mask, as shift and largest value.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    shift: u32,
    max: u32,
}

impl Channel {
    pub fn new(mask: u32) -> Self {
        let shift = if mask == 0 { 0 } else { mask.trailing_zeros() };
        Self { shift, max: mask >> shift }
    }
    fn of(self, value: u32) -> u8 {
        if self.max == 0 { 0 } else { scale_to_u8(value >> self.shift & self.max, self.max) }
    }
}
