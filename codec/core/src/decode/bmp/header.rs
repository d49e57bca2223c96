//! BITMAPCOREHEADER to BITMAPV5HEADER and OS/2 2.x headers (told apart by their size).

use crate::decode::common::{Reader, metadata};
use crate::error::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Rle8,
    Rle4,
    /// OS/2 only.
    Rle24,
    /// Channels by bit masks.
    Masks,
}

#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// Bytes of the header itself, masks after a 40-byte one included.
    pub size: usize,
    pub width: u32,
    pub height: u32,
    pub top_down: bool,
    pub bits: u16,
    pub compression: Compression,
    /// Red, green, blue, alpha; alpha 0 = none.
    pub masks: [u32; 4],
    colours: usize,
    colour_bytes: usize,
    profile: Option<(usize, usize)>,
}

impl Header {
    /// Reads a DIB header. Errors: `Corrupt` for impossible values, `Unsupported` for embedded JPEG, PNG, fax.
    pub fn parse(dib: &[u8]) -> Result<Self> {
        let mut r = Reader::new(dib);
        let size = r.u32_le()? as usize;
        match size {
            12 => Self::core(&mut r),
            16..=256 => Self::info(dib, size),
            _ => Err(Error::corrupt("bmp: no such header")),
        }
    }

    fn core(r: &mut Reader<'_>) -> Result<Self> {
        let (width, height) = (r.u16_le()?.into(), r.u16_le()?.into());
        r.skip(2)?;
        let bits = r.u16_le()?;
        let header = Self {
            size: 12,
            width,
            height,
            top_down: false,
            bits,
            compression: Compression::None,
            masks: default_masks(bits),
            colours: 0,
            colour_bytes: 3,
            profile: None,
        };
        header.checked()
    }

    fn info(dib: &[u8], size: usize) -> Result<Self> {
        let mut r = Reader::at(dib, 4);
        let (width, height) = (r.i32_le()?, r.i32_le()?);
        r.skip(2)?;
        let bits = r.u16_le()?;
        // OS/2 2.x headers may stop after 16 bytes; what is missing is 0.
        let field = |at: usize| if at + 4 <= size { Reader::at(dib, at).u32_le().unwrap_or(0) } else { 0 };
        let mut header = Self {
            size,
            width: u32::try_from(width).map_err(|_| Error::corrupt("bmp: negative width"))?,
            height: height.unsigned_abs(),
            top_down: height < 0,
            bits,
            compression: Compression::None,
            masks: default_masks(bits),
            colours: field(32) as usize,
            colour_bytes: 4,
            profile: None,
        };
        let os2 = size == 64 || size == 16;
        header.set_compression(field(16), os2)?;
        header.set_masks(dib, field(16));
        if size >= 124 && field(56) == 0x4d42_4544 {
            header.profile = Some((field(112) as usize, field(116) as usize));
        }
        header.checked()
    }

    fn set_compression(&mut self, code: u32, os2: bool) -> Result<()> {
        self.compression = match (code, self.bits) {
            (0, _) => Compression::None,
            (1, 8) => Compression::Rle8,
            (2, 4) => Compression::Rle4,
            (4, 24) if os2 => Compression::Rle24,
            (3, 1) if os2 => return Err(Error::unsupported("bmp: OS/2 Huffman 1D")),
            (3 | 6, 16 | 32) => Compression::Masks,
            (4 | 5, _) => return Err(Error::unsupported("bmp: embedded JPEG or PNG")),
            _ => return Err(Error::corrupt("bmp: no such compression")),
        };
        Ok(())
    }

    fn set_masks(&mut self, dib: &[u8], code: u32) {
        if self.compression != Compression::Masks {
            // A V4 header of an uncompressed 32-bit file has no say over alpha.
            return;
        }
        let mut r = Reader::at(dib, 40);
        let mut mask = || r.u32_le().unwrap_or(0);
        let rgb = [mask(), mask(), mask()];
        let alpha = if self.size >= 56 || code == 6 { mask() } else { 0 };
        self.masks = [rgb[0], rgb[1], rgb[2], alpha];
        if self.size == 40 {
            self.size += if code == 6 { 16 } else { 12 };
        }
    }

    fn checked(self) -> Result<Self> {
        if !matches!(self.bits, 1 | 2 | 4 | 8 | 16 | 24 | 32 | 64) {
            return Err(Error::corrupt("bmp: no such depth"));
        }
        if self.width == 0 || self.height == 0 {
            return Err(Error::corrupt("bmp: a side is 0"));
        }
        Ok(self)
    }

    /// The cells of an icon hold colour and mask, one above the other: half the height is the picture.
    pub fn halved(mut self) -> Self {
        self.height /= 2;
        self
    }

    pub fn has_alpha(&self) -> bool {
        self.masks[3] != 0 || self.bits == 64 || !matches!(self.compression, Compression::None | Compression::Masks)
    }

    /// Bytes of the palette that the header declares.
    pub fn palette_bytes(&self) -> usize {
        let full = if self.bits <= 8 { 1 << self.bits } else { 0 };
        let count = if self.colours == 0 { full } else { self.colours.min(1 << 16) };
        count * self.colour_bytes
    }

    /// Up to 256 RGB colours between header and pixels.
    pub fn palette(&self, dib: &[u8], offset: usize) -> Vec<[u8; 3]> {
        if self.bits > 8 {
            return Vec::new();
        }
        let end = offset.min(self.size + self.palette_bytes());
        let table = dib.get(self.size..end).unwrap_or_default();
        let colours = table.chunks_exact(self.colour_bytes);
        colours.take(256).filter_map(|c| c.first_chunk::<3>()).map(|&[b, g, r]| [r, g, b]).collect()
    }

    /// The embedded profile of a V5 header; its offset counts from the header's start.
    pub fn icc(&self, dib: &[u8]) -> Option<Vec<u8>> {
        let (at, len) = self.profile?;
        metadata(dib.get(at..at.checked_add(len)?)?)
    }
}

fn default_masks(bits: u16) -> [u32; 4] {
    match bits {
        16 => [0x7c00, 0x03e0, 0x001f, 0],
        _ => [0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0],
    }
}
