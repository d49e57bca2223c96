//! RLE4, RLE8 and OS/2's RLE24. Pixels that are skipped stay transparent, as in browsers and bmpsuite.

use crate::decode::common::{Reader, drop_opaque_alpha};
use crate::error::Result;
use crate::image::Pixels;

use super::header::{Compression, Header};

/// Decodes into RGBA8, or RGB8 when nothing was skipped. Damage ends the picture where it stands.
pub fn decode(header: &Header, palette: &[[u8; 3]], data: &[u8]) -> Pixels {
    let size = header.width as usize * header.height as usize * 4;
    let mut pen = Pen { header, palette, out: vec![0; size], x: 0, y: 0 };
    let mut r = Reader::new(data);
    while let Ok(true) = pen.step(&mut r) {}
    drop_opaque_alpha(pen.out)
}

struct Pen<'a> {
    header: &'a Header,
    palette: &'a [[u8; 3]],
    out: Vec<u8>,
    x: u32,
    y: u32,
}

impl Pen<'_> {
    /// One run, literal or escape. False at the end of the picture.
    fn step(&mut self, r: &mut Reader<'_>) -> Result<bool> {
        if self.y >= self.header.height {
            return Ok(false);
        }
        let count = u32::from(r.u8()?);
        if count > 0 {
            self.run(r, count)?;
            return Ok(true);
        }
        match r.u8()? {
            0 => (self.x, self.y) = (0, self.y + 1),
            1 => return Ok(false),
            2 => {
                self.x = self.x.saturating_add(r.u8()?.into());
                self.y = self.y.saturating_add(r.u8()?.into());
            }
            count => self.literal(r, count.into())?,
        }
        Ok(true)
    }

    fn run(&mut self, r: &mut Reader<'_>, count: u32) -> Result<()> {
        if self.header.compression == Compression::Rle24 {
            let bgr = r.take(3)?;
            (0..count).for_each(|_| self.colour(bgr));
            return Ok(());
        }
        let value = r.u8()?;
        for i in 0..count {
            let index = match (self.header.compression, i % 2) {
                (Compression::Rle4, 0) => value >> 4,
                (Compression::Rle4, _) => value & 15,
                _ => value,
            };
            self.index(index);
        }
        Ok(())
    }

    fn literal(&mut self, r: &mut Reader<'_>, count: usize) -> Result<()> {
        let len = match self.header.compression {
            Compression::Rle4 => count.div_ceil(2),
            Compression::Rle24 => count * 3,
            _ => count,
        };
        let body = r.take_up_to(len);
        match self.header.compression {
            Compression::Rle24 => body.chunks_exact(3).for_each(|bgr| self.colour(bgr)),
            Compression::Rle4 => {
                for i in 0..count {
                    let Some(&pair) = body.get(i / 2) else { break };
                    self.index(if i % 2 == 0 { pair >> 4 } else { pair & 15 });
                }
            }
            _ => body.iter().for_each(|&index| self.index(index)),
        }
        r.take_up_to(len % 2);
        Ok(())
    }

    fn index(&mut self, index: u8) {
        let [r, g, b] = self.palette.get(usize::from(index)).copied().unwrap_or_default();
        self.put([r, g, b, 255]);
    }

    fn colour(&mut self, bgr: &[u8]) {
        if let &[b, g, r] = bgr {
            self.put([r, g, b, 255]);
        }
    }

    fn put(&mut self, rgba: [u8; 4]) {
        if self.x >= self.header.width || self.y >= self.header.height {
            return;
        }
        let y = if self.header.top_down { self.y } else { self.header.height - 1 - self.y };
        let at = y as usize * self.header.width as usize + self.x as usize;
        if let Some(pixel) = self.out.as_chunks_mut::<4>().0.get_mut(at) {
            *pixel = rgba;
        }
        self.x += 1;
    }
}
