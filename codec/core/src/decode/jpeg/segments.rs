//! The segments between markers (T.81 B.2.4) and the metadata in APPn segments.

use super::huffman::Huffman;
use super::scan::Tables;
use crate::decode::common::MAX_METADATA;
use crate::error::{Error, Result};

/// Reads a DQT segment's body into `tables`.
///
/// # Errors
/// `corrupt` where it is cut.
pub fn quantisation(mut body: &[u8], tables: &mut Tables) -> Result<()> {
    while let Some((head, rest)) = body.split_first() {
        let size = if head >> 4 == 0 { 1 } else { 2 };
        let (values, rest) = rest.split_at_checked(64 * size).ok_or_else(cut)?;
        let mut table = [0u16; 64];
        for (t, v) in table.iter_mut().zip(values.chunks_exact(size)) {
            *t = v.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte));
        }
        if let Some(slot) = tables.quant.get_mut(usize::from(head & 15)) {
            *slot = Some(table);
        }
        body = rest;
    }
    Ok(())
}

/// Reads a DHT segment's body into `tables`.
///
/// # Errors
/// `corrupt` where it is cut or no Huffman code.
pub fn huffman(mut body: &[u8], tables: &mut Tables) -> Result<()> {
    while let Some((head, rest)) = body.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(cut)?;
        let total = counts.iter().map(|c| usize::from(*c)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or_else(cut)?;
        let is_ac = head >> 4 != 0;
        let slots = if is_ac { &mut tables.ac } else { &mut tables.dc };
        if let Some(slot) = slots.get_mut(usize::from(head & 15)) {
            *slot = Some(Huffman::new(counts, symbols, is_ac)?);
        }
        body = rest;
    }
    Ok(())
}

/// What APPn segments say.
#[derive(Default)]
pub struct Metadata {
    pub exif: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
    pub iptc: Option<Vec<u8>>,
    /// Adobe's colour transform: 0 none, 1 YCbCr, 2 YCCK.
    pub adobe: Option<u8>,
    pub jfif: bool,
    icc: Vec<(u8, Vec<u8>)>,
}

impl Metadata {
    /// Takes in segment APPn, `n` = 0–15.
    pub fn read(&mut self, n: u8, body: &[u8]) {
        match n {
            0 if body.starts_with(b"JFIF\0") => self.jfif = true,
            1 => self.app1(body),
            2 => self.icc_chunk(body),
            13 => self.photoshop(body),
            14 if body.starts_with(b"Adobe") => self.adobe = body.get(11).copied(),
            _ => {}
        }
    }

    fn app1(&mut self, body: &[u8]) {
        if let Some(exif) = body.strip_prefix(b"Exif\0\0").or_else(|| body.strip_prefix(b"Exif\0\xff")) {
            self.exif.get_or_insert_with(|| exif.to_vec());
        } else if let Some(xmp) = body.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
            self.xmp.get_or_insert_with(|| xmp.to_vec());
        }
    }

    fn icc_chunk(&mut self, body: &[u8]) {
        if let Some([number, _count, chunk @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
            let held: usize = self.icc.iter().map(|c| c.1.len()).sum();
            if held + chunk.len() <= MAX_METADATA {
                self.icc.push((*number, chunk.to_vec()));
            }
        }
    }

    /// The IPTC record in a list of Photoshop image resources ("8BIM", id, padded name, length, padded data).
    fn photoshop(&mut self, body: &[u8]) {
        let Some(mut rest) = body.strip_prefix(b"Photoshop 3.0\0") else { return };
        while let Some([i1, i0, name @ ..]) = rest.strip_prefix(b"8BIM") {
            let name_len = (usize::from(name.first().copied().unwrap_or(0)) + 2) & !1;
            let Some((len, data)) = name.get(name_len..).and_then(|d| d.split_first_chunk::<4>()) else { return };
            let len = u32::from_be_bytes(*len) as usize;
            let Some((data, after)) = data.split_at_checked(len) else { return };
            if (*i1, *i0) == (0x04, 0x04) {
                self.iptc.get_or_insert_with(|| data.to_vec());
            }
            rest = after.get(len & 1..).unwrap_or_default();
        }
    }

    /// The ICC profile put together from its chunks, in their numbers' order.
    pub fn take_icc(&mut self) -> Option<Vec<u8>> {
        let mut chunks = std::mem::take(&mut self.icc);
        chunks.sort_by_key(|c| c.0);
        let profile: Vec<u8> = chunks.into_iter().flat_map(|c| c.1).collect();
        if profile.is_empty() { None } else { Some(profile) }
    }
}

fn cut() -> Error {
    Error::corrupt("JPEG: a table is cut")
}
