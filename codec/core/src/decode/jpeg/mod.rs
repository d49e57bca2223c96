//! JPEG (ITU-T T.81): baseline, extended sequential, progressive and lossless Huffman coding with 8 bits a sample,
//! at full size or (but for lossless) at 1/2, 1/4 or 1/8 straight from the coefficients.

mod bits;
mod frame;
mod huffman;
pub mod idct;
mod lossless;
mod output;
mod progressive;
mod scan;
mod segments;
mod upsample;
#[cfg(target_arch = "wasm32")]
mod simd;

use super::exif;
use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Frame as Still};
use bits::Intervals;
use frame::{Coding, Frame};
use huffman::Huffman;
use progressive::Store;
use scan::{Scan, Tables};
use segments::Metadata;

/// Scans a picture may have: real ones have up to a dozen or two; each costs a walk over all blocks.
const MAX_SCANS: usize = 100;

/// Decodes a JPEG file at the smallest of the sizes 1, 1/2, 1/4, 1/8 that reaches `options.target`. A file that is
/// cut or broken midway gives what came before: see [`Decoded::rows_decoded`].
///
/// # Errors
/// `limit` past the pixel cap or [`MAX_SCANS`], `unsupported` for arithmetic, hierarchical or 12-bit coding,
/// `corrupt` where not one row can be had.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let mut decoder = Decoder::default();
    let result = decoder.run(bytes, options);
    let started = decoder.frame.as_ref().is_some_and(|f| f.rows_decoded() > 0);
    if !started || matches!(&result, Err(e) if e.code == crate::error::Code::Limit) {
        result?;
    }
    decoder.finish(options.allow_ycc)
}

#[derive(Default)]
struct Decoder {
    tables: Tables,
    meta: Metadata,
    frame: Option<Frame>,
    stores: Vec<Store>,
    scans: usize,
}

impl Decoder {
    /// Walks the segments to EOI or the end of the bytes.
    fn run(&mut self, bytes: &[u8], options: &DecodeOptions) -> Result<()> {
        if !bytes.starts_with(&[0xff, 0xd8]) {
            return Err(Error::corrupt("JPEG: no start marker"));
        }
        let mut pos = 2;
        while let Some((marker, body_at)) = next_marker(bytes, pos) {
            match marker {
                0xd9 => return Ok(()),
                0x01 | 0xd0..=0xd8 => {
                    pos = body_at;
                    continue;
                }
                _ => {}
            }
            let Some(len) = bytes.get(body_at..).and_then(|b| b.first_chunk::<2>()) else { return Ok(()) };
            let end = (body_at + usize::from(u16::from_be_bytes(*len)).max(2)).min(bytes.len());
            let body = bytes.get(body_at + 2..end).unwrap_or_default();
            pos = end;
            if marker == 0xda {
                pos = self.scan(body, bytes, end)?;
            } else {
                self.segment(marker, body, options)?;
            }
        }
        Ok(())
    }

    fn segment(&mut self, marker: u8, body: &[u8], options: &DecodeOptions) -> Result<()> {
        match marker {
            0xc4 => segments::huffman(body, &mut self.tables),
            0xdb => segments::quantisation(body, &mut self.tables),
            0xdd => {
                let [hi, lo, ..] = body else { return Err(Error::corrupt("JPEG: short DRI")) };
                self.tables.restart = usize::from(*hi) << 8 | usize::from(*lo);
                Ok(())
            }
            0xe0..=0xef => {
                self.meta.read(marker - 0xe0, body);
                Ok(())
            }
            0xc0..=0xcf if marker != 0xc8 && marker != 0xcc => self.start_frame(marker, body, options),
            _ => Ok(()),
        }
    }

    fn start_frame(&mut self, marker: u8, body: &[u8], options: &DecodeOptions) -> Result<()> {
        if self.frame.is_some() {
            return Err(Error::corrupt("JPEG: a second frame header"));
        }
        let frame = Frame::read(marker, body, options)?;
        if frame.coding == Coding::Progressive {
            self.stores = frame.components.iter().map(Store::new).collect();
        }
        self.frame = Some(frame);
        Ok(())
    }

    /// Decodes a scan whose entropy-coded bytes start at `pos`; answers where they end.
    fn scan(&mut self, header: &[u8], bytes: &[u8], pos: usize) -> Result<usize> {
        let Some(frame) = self.frame.as_mut() else { return Err(Error::corrupt("JPEG: scan before frame")) };
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(Error::limit("JPEG: too many scans"));
        }
        let scan = Scan::read(header, frame)?;
        fill_standard(&mut self.tables)?;
        let (data, end) = Intervals::read(bytes, pos);
        match frame.coding {
            Coding::Sequential => scan::decode_sequential(frame, &scan, &self.tables, &data)?,
            Coding::Progressive => progressive::decode(frame, &mut self.stores, &scan, &self.tables, &data)?,
            Coding::Lossless => lossless::decode(frame, &scan, &self.tables, &data)?,
        }
        Ok(end)
    }

    fn finish(mut self, planar: bool) -> Result<Decoded> {
        let Some(mut frame) = self.frame.take() else { return Err(Error::corrupt("JPEG: no frame")) };
        for (component, store) in frame.components.iter_mut().zip(self.stores.drain(..)) {
            let quant = self.tables.quant.get(component.table).and_then(Option::as_ref);
            store.finish(component, quant.ok_or_else(|| Error::corrupt("JPEG: no quantisation table"))?);
        }
        let rows_decoded = frame.rows_decoded();
        if rows_decoded == 0 {
            return Err(Error::corrupt("JPEG: no pixels"));
        }
        let pixels = output::pixels(&mut frame, &self.meta, planar)?;
        Ok(Decoded {
            width: frame.width,
            height: frame.height,
            frames: vec![Still { pixels, delay_ms: 0 }],
            loops: None,
            orientation: self.meta.exif.as_deref().map_or(1, exif::orientation),
            rows_decoded,
            icc: self.meta.take_icc(),
            exif: self.meta.exif.take(),
            xmp: self.meta.xmp.take(),
            iptc: self.meta.iptc.take(),
        })
    }
}

/// Motion-JPEG frames come without Huffman tables: the standard ones are meant.
fn fill_standard(tables: &mut Tables) -> Result<()> {
    for (class, id, counts, symbols) in huffman::standard() {
        let slots = if class == 1 { &mut tables.ac } else { &mut tables.dc };
        if let Some(slot) = slots.get_mut(id) && slot.is_none() {
            *slot = Some(Huffman::new(&counts, symbols, class == 1)?);
        }
    }
    Ok(())
}

/// The next marker at or after `pos` and the position behind it; bytes between segments are passed over.
fn next_marker(bytes: &[u8], pos: usize) -> Option<(u8, usize)> {
    let mut pos = pos;
    loop {
        pos += memchr::memchr(0xff, bytes.get(pos..)?)?;
        match bytes.get(pos + 1)? {
            0x00 => pos += 2,
            0xff => pos += 1,
            marker => return Some((*marker, pos + 2)),
        }
    }
}

/// The inverse DCTs, SIMD against scalar, on noise of every size up to the whole of 16 bits.
#[cfg(all(target_arch = "wasm32", feature = "selftest"))]
pub fn arms_agree(seed: u32) -> bool {
    let bytes = crate::selftest::noise(128, seed);
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut block = [0i16; 64];
    block.iter_mut().zip(pairs).for_each(|(b, p)| *b = i16::from_le_bytes(*p) >> (seed % 14));
    simd::idct8(&block) == idct::idct8(&block) && simd::idct4(&block) == idct::idct4(&block)
}
