//! The block structure of a GIF (GIF89a sections 17–26), read without decompressing.

use crate::decode::canvas::Rect;
use crate::decode::common::{MAX_METADATA, Reader};
use crate::error::{Error, Result};

/// Logical screen descriptor and global palette.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    pub width: u32,
    pub height: u32,
    pub palette: Option<&'a [u8]>,
}

impl Screen<'_> {
    /// The screen's size; a screen of 0 takes the first frame's extent.
    pub fn size_with(&self, first: &Rect) -> (u32, u32) {
        let or = |side: u32, extent: u32| if side == 0 { extent } else { side };
        (or(self.width, first.x + first.w), or(self.height, first.y + first.h))
    }
}

/// Graphic control extension: what happens before the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposal {
    Keep,
    Background,
    Previous,
}

#[derive(Debug, Clone, Copy)]
pub struct Control {
    pub disposal: Disposal,
    pub delay_ms: u32,
    pub transparent: Option<u8>,
}

impl Default for Control {
    fn default() -> Self {
        Self { disposal: Disposal::Keep, delay_ms: 0, transparent: None }
    }
}

/// One image descriptor with what applies to it; `data` starts at the LZW code size byte.
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    pub rect: Rect,
    pub interlaced: bool,
    pub palette: Option<&'a [u8]>,
    pub control: Control,
    pub data: &'a [u8],
}

pub enum Block<'a> {
    Image(Image<'a>),
    Loops(u32),
    Icc(Vec<u8>),
    Xmp(Vec<u8>),
}

#[derive(Debug, Default)]
pub struct Metadata {
    pub icc: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
}

/// An iterator over the blocks that matter; ends at the trailer, at damage, or at the end of the data.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'a> {
    r: Reader<'a>,
    pub screen: Screen<'a>,
    control: Control,
}

impl<'a> Blocks<'a> {
    /// Reads header and screen. Errors: `Corrupt` when they are broken.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        if !matches!(r.take(6)?, b"GIF87a" | b"GIF89a") {
            return Err(Error::corrupt("no GIF header"));
        }
        let (width, height) = (u32::from(r.u16_le()?), u32::from(r.u16_le()?));
        let flags = r.u8()?;
        r.skip(2)?;
        let palette = palette(&mut r, flags)?;
        Ok(Self { r, screen: Screen { width, height, palette }, control: Control::default() })
    }

    pub fn first_rect(mut self) -> Result<Rect> {
        while let Some(block) = self.next_block() {
            if let Block::Image(image) = block {
                return Ok(image.rect);
            }
        }
        Err(Error::corrupt("gif: no picture"))
    }

    /// ICC and XMP that stand before the second frame (a file of 100,000 frames is not walked for them).
    pub fn metadata(mut self) -> Metadata {
        let mut found = Metadata::default();
        let mut images = 0;
        while let (Some(block), true) = (self.next_block(), images < 2) {
            match block {
                Block::Icc(data) => found.icc = found.icc.or(Some(data)),
                Block::Xmp(data) => found.xmp = found.xmp.or(Some(data)),
                Block::Image(_) => images += 1,
                Block::Loops(_) => {}
            }
        }
        found
    }

    pub fn next_block(&mut self) -> Option<Block<'a>> {
        loop {
            let found = match self.r.u8().ok()? {
                0x2c => Some(Block::Image(self.image()?)),
                0x21 => self.extension()?,
                0x3b => return None,
                // Stray bytes between blocks are skipped, as browsers do.
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
    }

    fn image(&mut self) -> Option<Image<'a>> {
        let r = &mut self.r;
        let mut side = || r.u16_le().ok().map(u32::from);
        let rect = Rect { x: side()?, y: side()?, w: side()?, h: side()? };
        let flags = r.u8().ok()?;
        let palette = palette(r, flags).ok()?;
        let data = r.rest();
        r.u8().ok()?;
        skip_sub_blocks(r);
        let control = std::mem::take(&mut self.control);
        Some(Image { rect, interlaced: flags & 0x40 != 0, palette, control, data })
    }

    fn extension(&mut self) -> Option<Option<Block<'a>>> {
        let label = self.r.u8().ok()?;
        match label {
            0xf9 => self.graphic_control().map(|()| None),
            0xff => Some(self.application()),
            _ => {
                skip_sub_blocks(&mut self.r);
                Some(None)
            }
        }
    }

    fn graphic_control(&mut self) -> Option<()> {
        let len = self.r.u8().ok()?;
        let mut body = Reader::new(self.r.take(len.into()).ok()?);
        if let (Ok(flags), Ok(delay), Ok(index)) = (body.u8(), body.u16_le(), body.u8()) {
            let disposal = match flags >> 2 & 7 {
                2 => Disposal::Background,
                3 | 4 => Disposal::Previous,
                _ => Disposal::Keep,
            };
            let transparent = (flags & 1 != 0).then_some(index);
            self.control = Control { disposal, delay_ms: u32::from(delay) * 10, transparent };
        }
        if len > 0 {
            skip_sub_blocks(&mut self.r);
        }
        Some(())
    }

    fn application(&mut self) -> Option<Block<'a>> {
        let len = self.r.u8().ok()?;
        if len == 0 {
            return None;
        }
        let name = self.r.take_up_to(len.into());
        match name {
            b"NETSCAPE2.0" | b"ANIMEXTS1.0" => {
                let body = sub_blocks(&mut self.r, 256);
                let loops = Reader::at(&body, 1).u16_le().ok()?;
                (body.first() == Some(&1)).then_some(Block::Loops(loops.into()))
            }
            b"ICCRGBG1012" => Some(Block::Icc(sub_blocks(&mut self.r, MAX_METADATA))),
            b"XMP DataXMP" => self.xmp(),
            _ => {
                skip_sub_blocks(&mut self.r);
                None
            }
        }
    }

    /// XMP stands as plain text whose bytes are read as block lengths; a magic trailer of 258 bytes ends it.
    fn xmp(&mut self) -> Option<Block<'a>> {
        let text = self.r.rest();
        skip_sub_blocks(&mut self.r);
        let len = text.len() - self.r.rest().len();
        let text = text.get(..len.checked_sub(258)?)?;
        (!text.is_empty()).then(|| Block::Xmp(text.to_vec()))
    }
}

/// NETSCAPE's loop count: repetitions after the first play; 0 = for ever.
pub fn plays(loops: u32) -> u32 {
    if loops == 0 { 0 } else { loops + 1 }
}

fn palette<'a>(r: &mut Reader<'a>, flags: u8) -> Result<Option<&'a [u8]>> {
    if flags & 0x80 == 0 {
        return Ok(None);
    }
    r.take(3 << ((flags & 7) + 1)).map(Some)
}

fn skip_sub_blocks(r: &mut Reader<'_>) {
    while let Ok(len @ 1..) = r.u8() {
        r.take_up_to(len.into());
    }
}

/// The sub-blocks' bytes joined, at most `max`.
fn sub_blocks(r: &mut Reader<'_>, max: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while let Ok(len @ 1..) = r.u8() {
        let part = r.take_up_to(len.into());
        if out.len() + part.len() <= max {
            out.extend_from_slice(part);
        }
    }
    out
}
