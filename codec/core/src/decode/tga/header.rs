//! The 18-byte TGA header and the colour map behind it.

use crate::decode::common::{Reader, scale_to_u8};
use crate::error::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Palette,
    Colour,
    Grey,
}

#[derive(Debug, Clone, Copy)]
pub struct Header {
    pub kind: Kind,
    pub rle: bool,
    pub width: u32,
    pub height: u32,
    pub bits: u8,
    pub alpha_bits: u8,
    pub top_down: bool,
    pub mirrored: bool,
    pub first_colour: usize,
    /// Where the pixels start.
    pub data_at: usize,
    map_at: usize,
    map_len: usize,
    map_bits: u8,
}

impl Header {
    /// Errors: `Corrupt` unless every field is one that real files have.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        let (id_len, map_type, kind) = (r.u8()?, r.u8()?, r.u8()?);
        let (first_colour, map_len, map_bits) = (r.u16_le()?, r.u16_le()?, r.u8()?);
        r.skip(4)?;
        let (width, height) = (u32::from(r.u16_le()?), u32::from(r.u16_le()?));
        let (bits, descriptor) = (r.u8()?, r.u8()?);
        let (rle, kind) = (kind & 8 != 0, coding(kind)?);
        let map_at = 18 + usize::from(id_len);
        let map_bytes = if map_type == 1 { usize::from(map_len) * bytes_of(map_bits) } else { 0 };
        let header = Self {
            kind,
            rle,
            width,
            height,
            bits,
            alpha_bits: descriptor & 15,
            top_down: descriptor & 0x20 != 0,
            mirrored: descriptor & 0x10 != 0,
            first_colour: first_colour.into(),
            data_at: map_at + map_bytes,
            map_at,
            map_len: map_len.into(),
            map_bits,
        };
        let possible = map_type <= 1 && descriptor & 0xc0 == 0 && header.is_possible(map_type);
        if possible && header.data_at < bytes.len() { Ok(header) } else { Err(Error::corrupt("no TGA header")) }
    }

    fn is_possible(&self, map_type: u8) -> bool {
        let depth = match self.kind {
            Kind::Palette => {
                map_type == 1 && matches!(self.bits, 8 | 15 | 16) && matches!(self.map_bits, 15 | 16 | 24 | 32)
            }
            Kind::Colour => matches!(self.bits, 15 | 16 | 24 | 32),
            Kind::Grey => matches!(self.bits, 8 | 16),
        };
        depth && self.width > 0 && self.height > 0
    }

    pub fn has_alpha(&self) -> bool {
        match self.kind {
            Kind::Palette => self.map_bits == 32 || (self.map_bits == 16 && self.alpha_bits > 0),
            Kind::Colour => self.bits == 32 && self.alpha_bits > 0 || self.bits == 16 && self.alpha_bits > 0,
            Kind::Grey => self.bits == 16,
        }
    }

    /// Channels of the decoded picture.
    pub fn channels(&self) -> usize {
        match (self.kind, self.has_alpha()) {
            (Kind::Grey, false) => 1,
            (Kind::Grey, true) => 2,
            (_, false) => 3,
            (_, true) => 4,
        }
    }

    pub fn pixel_bytes(&self) -> usize {
        bytes_of(self.bits)
    }

    pub fn palette(&self, bytes: &[u8]) -> Vec<[u8; 4]> {
        if self.kind != Kind::Palette {
            return Vec::new();
        }
        let map = bytes.get(self.map_at..self.data_at).unwrap_or_default();
        let cells = map.chunks_exact(bytes_of(self.map_bits));
        cells.take(self.map_len).map(|c| bgr(c, self.has_alpha())).collect()
    }
}

fn coding(kind: u8) -> Result<Kind> {
    match kind {
        1 | 9 => Ok(Kind::Palette),
        2 | 10 => Ok(Kind::Colour),
        3 | 11 => Ok(Kind::Grey),
        _ => Err(Error::corrupt("no TGA header")),
    }
}

fn bytes_of(bits: u8) -> usize {
    usize::from(bits.div_ceil(8)).max(1)
}

/// A stored colour (A1R5G5B5, BGR or BGRA) as RGBA. The single attribute bit set means transparent, as GIMP and
/// Pillow read it.
pub fn bgr(cell: &[u8], alpha: bool) -> [u8; 4] {
    match *cell {
        [low, high] => {
            let v = u32::from(u16::from_le_bytes([low, high]));
            let five = |shift: u32| scale_to_u8(v >> shift & 31, 31);
            [five(10), five(5), five(0), if alpha && v & 0x8000 != 0 { 0 } else { 255 }]
        }
        [b, g, r] => [r, g, b, 255],
        [b, g, r, a] => [r, g, b, if alpha { a } else { 255 }],
        _ => [0, 0, 0, 255],
    }
}
