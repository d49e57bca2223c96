//! JPEG's header (ITU-T T.81 annex B): size, precision, components and EXIF orientation, without decoding.

use crate::error::{Error, Result};
use crate::image::{Format, Probe};

use super::common::{Reader, still_probe};
use super::exif;

/// Segments looked at before the frame header; real files have some dozens.
const MAX_SEGMENTS: usize = 4096;

/// What SOFn says (B.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    pub width: u32,
    pub height: u32,
    pub precision: u8,
    pub components: u8,
    /// SOF marker's low nibble: 0 baseline, 1 extended, 2 progressive, 3 lossless, 9–11 arithmetic.
    pub process: u8,
    pub orientation: u8,
}

/// Size and orientation. Errors: `Corrupt` when there is no frame header, or a side is 0.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let h = header(bytes)?;
    let mut found = still_probe(Format::Jpeg, h.width, h.height, false, h.precision);
    found.orientation = h.orientation;
    Ok(found)
}

/// Reads markers up to the first SOFn.
pub fn header(bytes: &[u8]) -> Result<FrameHeader> {
    let mut r = Reader::new(bytes);
    if r.take(2)? != [0xff, 0xd8] {
        return Err(Error::corrupt("no JPEG header"));
    }
    let mut orientation = 1;
    for _ in 0..MAX_SEGMENTS {
        let marker = next_marker(&mut r)?;
        match marker {
            0x01 | 0xd0..=0xd8 => continue,
            0xd9 | 0xda => break,
            _ => {}
        }
        let len = usize::from(r.u16_be()?);
        let body = r.take_up_to(len.saturating_sub(2));
        match marker {
            0xe1 if orientation == 1 => {
                orientation = body.strip_prefix(b"Exif\0\0").map_or(1, exif::orientation);
            }
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return frame(marker, body, orientation),
            _ => {}
        }
    }
    Err(Error::corrupt("jpeg: no frame header"))
}

/// Skips to the next marker: fill bytes, and the stray bytes that some writers leave between segments.
fn next_marker(r: &mut Reader<'_>) -> Result<u8> {
    loop {
        while r.u8()? != 0xff {}
        let mut byte = r.u8()?;
        while byte == 0xff {
            byte = r.u8()?;
        }
        if byte != 0 {
            return Ok(byte);
        }
    }
}

fn frame(marker: u8, body: &[u8], orientation: u8) -> Result<FrameHeader> {
    let mut r = Reader::new(body);
    let precision = r.u8()?;
    let (height, width) = (u32::from(r.u16_be()?), u32::from(r.u16_be()?));
    let components = r.u8()?;
    if width == 0 || height == 0 || components == 0 {
        return Err(Error::corrupt("jpeg: a side is 0"));
    }
    Ok(FrameHeader { width, height, precision, components, process: marker & 15, orientation })
}
