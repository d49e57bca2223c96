//! Version field and attributes of the first part ("OpenEXR File Layout").

use crate::decode::common::Reader;
use crate::error::{Error, Result};

const MAX_ATTRIBUTES: usize = 1024;
const MAX_CHANNELS: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Uint,
    Half,
    Float,
}

impl Kind {
    pub fn bytes(self) -> usize {
        if self == Self::Half { 2 } else { 4 }
    }
}

#[derive(Debug, Clone)]
pub struct Channel {
    pub name: String,
    pub kind: Kind,
    pub x_sampling: u32,
    pub y_sampling: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    None,
    Rle,
    Zip,
    Piz,
    Pxr24,
    B44,
}

#[derive(Debug, Clone)]
pub struct Header {
    pub left: i32,
    pub top: i32,
    pub width: u32,
    pub height: u32,
    pub channels: Vec<Channel>,
    pub coding: Coding,
    /// Rows of a chunk of a scanline part.
    pub lines: u32,
    /// Tile size of a tiled part.
    pub tile: Option<(u32, u32)>,
    pub multipart: bool,
    /// CIE xy of red, green, blue and white.
    pub chromaticities: Option<[f32; 8]>,
    /// Where the offset table starts.
    pub offsets_at: usize,
}

impl Header {
    /// Errors: `Corrupt`, `Unsupported` for deep parts and unknown codings.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        if r.u32_le()? != 0x0131_2f76 {
            return Err(Error::corrupt("no EXR header"));
        }
        let version = r.u32_le()?;
        if version & 0xff != 2 {
            return Err(Error::unsupported("exr: version"));
        }
        let multipart = version & 0x1000 != 0;
        if version & 0x800 != 0 && !multipart {
            return Err(Error::unsupported("exr: deep data"));
        }
        let found = Attributes::read(&mut r)?;
        if multipart {
            // The other parts' headers are skipped; an empty one ends the list.
            while r.rest().first().is_some_and(|&b| b != 0) {
                Attributes::read(&mut r)?;
            }
            r.skip(1)?;
        }
        found.header(version & 0x200 != 0 && !multipart, multipart, r.pos())
    }
}

/// Raw values of the attributes that matter.
#[derive(Default)]
struct Attributes<'a> {
    channels: Option<&'a [u8]>,
    compression: Option<&'a [u8]>,
    window: Option<&'a [u8]>,
    tiles: Option<&'a [u8]>,
    chromaticities: Option<&'a [u8]>,
    part: Option<&'a [u8]>,
}

impl<'a> Attributes<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let mut out = Self::default();
        for _ in 0..MAX_ATTRIBUTES {
            let name = text(r)?;
            if name.is_empty() {
                return Ok(out);
            }
            let _kind = text(r)?;
            let len = r.u32_le()? as usize;
            let value = Some(r.take(len)?);
            match name {
                b"channels" => out.channels = value,
                b"compression" => out.compression = value,
                b"dataWindow" => out.window = value,
                b"tiles" => out.tiles = value,
                b"chromaticities" => out.chromaticities = value,
                b"type" => out.part = value,
                _ => {}
            }
        }
        Err(Error::corrupt("exr: too many attributes"))
    }

    fn header(&self, tiled: bool, multipart: bool, offsets_at: usize) -> Result<Header> {
        let missing = || Error::corrupt("exr: an attribute is missing");
        if self.part.is_some_and(|p| p.starts_with(b"deep")) {
            return Err(Error::unsupported("exr: deep data"));
        }
        let tiled = tiled || self.part.is_some_and(|p| p.starts_with(b"tiledimage"));
        let mut w = Reader::new(self.window.ok_or_else(missing)?);
        let (left, top, right, bottom) = (w.i32_le()?, w.i32_le()?, w.i32_le()?, w.i32_le()?);
        let side = |from: i32, to: i32| u32::try_from(i64::from(to) - i64::from(from) + 1).ok().filter(|&v| v > 0);
        let size = side(left, right).zip(side(top, bottom));
        let (width, height) = size.ok_or_else(|| Error::corrupt("exr: an empty data window"))?;
        let (coding, lines) = coding(self.compression.and_then(|c| c.first()).copied().ok_or_else(missing)?)?;
        Ok(Header {
            left,
            top,
            width,
            height,
            channels: channels(self.channels.ok_or_else(missing)?)?,
            coding,
            lines,
            tile: if tiled { Some(tile(self.tiles.ok_or_else(missing)?)?) } else { None },
            multipart,
            chromaticities: self.chromaticities.and_then(chromaticities),
            offsets_at,
        })
    }
}

fn text<'a>(r: &mut Reader<'a>) -> Result<&'a [u8]> {
    let len = r.rest().iter().take(256).position(|&b| b == 0);
    let text = r.take(len.ok_or_else(|| Error::corrupt("exr: endless name"))?)?;
    r.skip(1)?;
    Ok(text)
}

fn coding(code: u8) -> Result<(Coding, u32)> {
    Ok(match code {
        0 => (Coding::None, 1),
        1 => (Coding::Rle, 1),
        2 => (Coding::Zip, 1),
        3 => (Coding::Zip, 16),
        4 => (Coding::Piz, 32),
        5 => (Coding::Pxr24, 16),
        6 | 7 => (Coding::B44, 32),
        8 | 9 => return Err(Error::unsupported("exr: DWA compression")),
        _ => return Err(Error::unsupported("exr: unknown compression")),
    })
}

fn channels(value: &[u8]) -> Result<Vec<Channel>> {
    let mut r = Reader::new(value);
    let mut out = Vec::new();
    loop {
        let name = String::from_utf8_lossy(text(&mut r)?).into_owned();
        if name.is_empty() {
            break;
        }
        let kind = match r.u32_le()? {
            0 => Kind::Uint,
            1 => Kind::Half,
            2 => Kind::Float,
            _ => return Err(Error::corrupt("exr: no such sample type")),
        };
        r.skip(4)?;
        let (x_sampling, y_sampling) = (r.u32_le()?, r.u32_le()?);
        if !(1..=16).contains(&x_sampling) || !(1..=16).contains(&y_sampling) || out.len() >= MAX_CHANNELS {
            return Err(Error::corrupt("exr: impossible channels"));
        }
        out.push(Channel { name, kind, x_sampling, y_sampling });
    }
    if out.is_empty() { Err(Error::corrupt("exr: no channels")) } else { Ok(out) }
}

fn tile(value: &[u8]) -> Result<(u32, u32)> {
    let mut r = Reader::new(value);
    let size = (r.u32_le()?, r.u32_le()?);
    let fits = |v: u32| (1..=16_384).contains(&v);
    if fits(size.0) && fits(size.1) { Ok(size) } else { Err(Error::corrupt("exr: impossible tiles")) }
}

fn chromaticities(value: &[u8]) -> Option<[f32; 8]> {
    let mut r = Reader::new(value);
    let mut out = [0.0; 8];
    for slot in &mut out {
        *slot = f32::from_bits(r.u32_le().ok()?);
    }
    out.iter().all(|v| v.is_finite()).then_some(out)
}
