//! Helpers that every decoder shares: a checked byte reader, the pixel cap and result builders.

use crate::error::{Error, Result};
use crate::image::{Decoded, Format, Frame, Pixels, Probe};

/// Bytes that one picture's samples may take before 16-bit samples are rounded to 8 bits:
/// 64 MP of RGBA16 would be 512 MB, past the 400 MB that a codec process may use.
pub const WIDE_SAMPLE_BYTES: usize = 160 << 20;

/// Largest metadata block (ICC, EXIF, XMP, IPTC) that is kept; longer ones are dropped.
pub const MAX_METADATA: usize = 4 << 20;

/// Frames are counted up to here; past it a probe says `MAX_FRAME_COUNT + 1`.
pub const MAX_FRAME_COUNT: u32 = 10_000;

/// A reader over untrusted bytes: every access is checked, nothing panics.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    data: &'a [u8],
    pos: usize,
}

impl<'a> Reader<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, pos: 0 }
    }
    pub fn at(data: &'a [u8], pos: usize) -> Self {
        Self { data, pos: pos.min(data.len()) }
    }
    pub fn pos(&self) -> usize {
        self.pos
    }
    pub fn remaining(&self) -> usize {
        self.data.len() - self.pos
    }
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.pos..).unwrap_or(&[])
    }
    /// The next `n` bytes, or `Corrupt` when the data ends before.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let end = self.pos.checked_add(n).ok_or_else(cut)?;
        let part = self.data.get(self.pos..end).ok_or_else(cut)?;
        self.pos = end;
        Ok(part)
    }
    /// The next bytes, at most `n`, fewer at the end of the data.
    pub fn take_up_to(&mut self, n: usize) -> &'a [u8] {
        let part = self.rest();
        let part = part.get(..n).unwrap_or(part);
        self.pos += part.len();
        part
    }
    pub fn skip(&mut self, n: usize) -> Result<()> {
        self.take(n).map(|_| ())
    }
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| cut())
    }
    pub fn u8(&mut self) -> Result<u8> {
        self.array::<1>().map(|[b]| b)
    }
    pub fn u16_le(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }
    pub fn u16_be(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }
    pub fn u32_le(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }
    pub fn u32_be(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }
    pub fn i32_le(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }
    pub fn u64_be(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }
    pub fn u64_le(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

fn cut() -> Error {
    Error::corrupt("the data ends too early")
}

/// `width × height`, refused when a side is 0 (`Corrupt`) or the product passes the cap (`Limit`).
pub fn pixel_count(width: u32, height: u32, max_pixels: u64) -> Result<usize> {
    if width == 0 || height == 0 {
        return Err(Error::corrupt("a side of the picture is 0"));
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > max_pixels {
        return Err(Error::limit(format!("{width}x{height} is more than {max_pixels} pixels")));
    }
    usize::try_from(pixels).map_err(|_| Error::limit("too many pixels for the address space"))
}

/// Refuses a picture whose header asks for far more than its bytes can hold: `bytes` of coded data
/// at the format's best compression of `pixels_per_byte`.
pub fn check_plausible(pixels: usize, bytes: usize, pixels_per_byte: usize) -> Result<()> {
    if pixels > bytes.saturating_add(64).saturating_mul(pixels_per_byte) {
        return Err(Error::corrupt("far fewer bytes than the header's size needs"));
    }
    Ok(())
}

/// Whether samples of 16 bits are kept for so many pixels (see [`WIDE_SAMPLE_BYTES`]).
pub fn keep_wide(pixels: usize, channels: usize) -> bool {
    pixels.saturating_mul(channels).saturating_mul(2) <= WIDE_SAMPLE_BYTES
}

/// 16 → 8 bits, correctly rounded.
pub fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) * 255 + 32_767) / 65_535) as u8
}

/// Scales `value` of `0..=max` to `0..=255`, rounded; values past `max` are clamped.
pub fn scale_to_u8(value: u32, max: u32) -> u8 {
    let max = max.max(1);
    ((u64::from(value.min(max)) * 255 + u64::from(max / 2)) / u64::from(max)) as u8
}

/// Scales `value` of `0..=max` to `0..=65535`, rounded; values past `max` are clamped.
pub fn scale_to_u16(value: u32, max: u32) -> u16 {
    let max = max.max(1);
    ((u64::from(value.min(max)) * 65_535 + u64::from(max / 2)) / u64::from(max)) as u16
}

/// A still without metadata, all rows there.
pub fn still(width: u32, height: u32, pixels: Pixels) -> Decoded {
    Decoded {
        width,
        height,
        frames: vec![Frame { pixels, delay_ms: 0 }],
        loops: None,
        orientation: 1,
        rows_decoded: height,
        icc: None,
        exif: None,
        xmp: None,
        iptc: None,
    }
}

/// A probe of one upright frame.
pub fn still_probe(format: Format, width: u32, height: u32, has_alpha: bool, bits: u8) -> Probe {
    Probe { format, width, height, frames: 1, orientation: 1, has_alpha, bits_per_sample: bits }
}

/// A metadata block, or None when it is empty or longer than [`MAX_METADATA`].
pub fn metadata(block: &[u8]) -> Option<Vec<u8>> {
    (!block.is_empty() && block.len() <= MAX_METADATA).then(|| block.to_vec())
}

/// EXIF without the `Exif\0\0` prefix that some containers keep.
pub fn exif_body(block: &[u8]) -> &[u8] {
    block.strip_prefix(b"Exif\0\0").unwrap_or(block)
}

/// Packs RGBA8 into RGB8 when every pixel is opaque.
pub fn drop_opaque_alpha(rgba: Vec<u8>) -> Pixels {
    if rgba.iter().skip(3).step_by(4).any(|&a| a != 255) {
        return Pixels::Rgba8(rgba);
    }
    Pixels::Rgb8(strip_alpha(rgba))
}

/// RGBA8 → RGB8 in place.
pub fn strip_alpha(rgba: Vec<u8>) -> Vec<u8> {
    crate::ops::narrowed::<4, 3>(rgba, |&[r, g, b, _]| [r, g, b])
}
