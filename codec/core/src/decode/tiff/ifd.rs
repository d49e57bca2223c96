//! File header and image file directories (TIFF 6.0 section 2; BigTIFF).

use crate::decode::common::Reader;
use crate::error::{Error, Result};

/// Entries of one directory; real ones have some dozens.
const MAX_ENTRIES: u64 = 4096;
/// Values of one entry: strips of the tallest pictures.
const MAX_VALUES: u64 = 1 << 20;

/// One entry, its values not read yet.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub tag: u16,
    pub kind: u16,
    pub count: u64,
    pub data: &'a [u8],
}

/// The first directory of a file.
#[derive(Debug)]
pub struct Directory<'a> {
    pub bytes: &'a [u8],
    pub little: bool,
    big: bool,
    entries: Vec<Entry<'a>>,
}

impl<'a> Directory<'a> {
    /// Errors: `Corrupt` without a TIFF header or directory.
    pub fn first(bytes: &'a [u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        let little = match r.take(2)? {
            b"II" => true,
            b"MM" => false,
            _ => return Err(Error::corrupt("no TIFF header")),
        };
        let mut out = Self { bytes, little, big: false, entries: Vec::new() };
        out.big = match out.u16(&mut r)? {
            42 => false,
            43 => true,
            _ => return Err(Error::corrupt("no TIFF header")),
        };
        let at = if out.big {
            r.skip(4)?;
            out.u64(&mut r)?
        } else {
            out.u32(&mut r)?.into()
        };
        out.entries = out.read(at)?;
        Ok(out)
    }

    /// The directory that a tag of this one points to (EXIF).
    pub fn sub(&self, tag: u16) -> Option<Self> {
        let at = self.uint(tag)?;
        let mut out = Self { bytes: self.bytes, little: self.little, big: self.big, entries: Vec::new() };
        out.entries = out.read(at).ok()?;
        Some(out)
    }

    pub fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    fn read(&self, at: u64) -> Result<Vec<Entry<'a>>> {
        let at = usize::try_from(at).map_err(|_| Error::corrupt("tiff: no directory"))?;
        let mut r = Reader::at(self.bytes, at);
        let count = if self.big { self.u64(&mut r)? } else { self.u16(&mut r)?.into() };
        let mut entries = Vec::new();
        for _ in 0..count.min(MAX_ENTRIES) {
            match self.entry(&mut r) {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => {}
                // A cut directory still has what stands before the cut.
                Err(_) => break,
            }
        }
        if entries.is_empty() { Err(Error::corrupt("tiff: empty directory")) } else { Ok(entries) }
    }

    /// None for an entry whose type or values make no sense.
    fn entry(&self, r: &mut Reader<'a>) -> Result<Option<Entry<'a>>> {
        let (tag, kind) = (self.u16(r)?, self.u16(r)?);
        let count = self.offset(r)?;
        let inline = r.take(if self.big { 8 } else { 4 })?;
        let Some(len) = type_len(kind).and_then(|size| usize::try_from(count).ok()?.checked_mul(size)) else {
            return Ok(None);
        };
        let data = if len <= inline.len() {
            inline.get(..len)
        } else {
            let at = self.offset(&mut Reader::new(inline))?;
            let rest = usize::try_from(at).ok().and_then(|at| self.bytes.get(at..));
            // A list that runs past the end of a cut file keeps its head.
            rest.map(|rest| rest.get(..len).unwrap_or(rest))
        };
        Ok(data.map(|data| Entry { tag, kind, count, data }))
    }

    pub fn find(&self, tag: u16) -> Option<Entry<'a>> {
        self.entries.iter().find(|e| e.tag == tag).copied()
    }

    /// The bytes of a tag.
    pub fn data(&self, tag: u16) -> Option<&'a [u8]> {
        self.find(tag).map(|e| e.data).filter(|d| !d.is_empty())
    }

    /// All values of an unsigned tag (BYTE, SHORT, LONG, LONG8).
    pub fn uints(&self, tag: u16) -> Vec<u64> {
        let Some(entry) = self.find(tag) else { return Vec::new() };
        let mut r = Reader::new(entry.data);
        let mut next = || match entry.kind {
            1 | 6 | 7 => r.u8().map(u64::from),
            3 | 8 => self.u16(&mut r).map(u64::from),
            4 | 9 | 13 => self.u32(&mut r).map(u64::from),
            16..=18 => self.u64(&mut r),
            _ => Err(Error::corrupt("tiff: no integer")),
        };
        (0..entry.count.min(MAX_VALUES)).map_while(|_| next().ok()).collect()
    }

    pub fn uint(&self, tag: u16) -> Option<u64> {
        self.uints(tag).first().copied()
    }

    /// All values of a RATIONAL or FLOAT tag.
    pub fn rationals(&self, tag: u16) -> Vec<f32> {
        let Some(entry) = self.find(tag) else { return Vec::new() };
        let mut r = Reader::new(entry.data);
        let mut next = || -> Result<f32> {
            match entry.kind {
                5 => {
                    let (n, d) = (self.u32(&mut r)?, self.u32(&mut r)?);
                    Ok(n as f32 / d.max(1) as f32)
                }
                11 => self.u32(&mut r).map(f32::from_bits),
                3 => self.u16(&mut r).map(f32::from),
                4 => self.u32(&mut r).map(|v| v as f32),
                _ => Err(Error::corrupt("tiff: no fraction")),
            }
        };
        (0..entry.count.min(64)).map_while(|_| next().ok()).collect()
    }

    fn u16(&self, r: &mut Reader<'_>) -> Result<u16> {
        if self.little { r.u16_le() } else { r.u16_be() }
    }
    fn u32(&self, r: &mut Reader<'_>) -> Result<u32> {
        if self.little { r.u32_le() } else { r.u32_be() }
    }
    fn u64(&self, r: &mut Reader<'_>) -> Result<u64> {
        if self.little { r.u64_le() } else { r.u64_be() }
    }
    fn offset(&self, r: &mut Reader<'_>) -> Result<u64> {
        if self.big { self.u64(r) } else { self.u32(r).map(u64::from) }
    }
}

fn type_len(kind: u16) -> Option<usize> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => return None,
    })
}
