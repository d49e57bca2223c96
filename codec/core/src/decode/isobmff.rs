//! ISO base media files (ISO/IEC 14496-12): boxes, and which of HEIC and AVIF a file is.

use crate::error::{Error, Result};
use crate::image::Format;

use super::common::Reader;
use super::heif::Meta;

/// Boxes of one level; real files have some dozens, a grid's properties some hundreds.
const MAX_BOXES: usize = 20_000;

/// One box; `body` is what follows its header.
#[derive(Debug, Clone, Copy)]
pub struct Mp4Box<'a> {
    pub kind: [u8; 4],
    pub body: &'a [u8],
    /// Header and body.
    pub whole: &'a [u8],
}

impl<'a> Mp4Box<'a> {
    /// Version, flags and the rest of a FullBox.
    pub fn full(&self) -> Result<(u8, u32, Reader<'a>)> {
        let mut r = Reader::new(self.body);
        let head = r.u32_be()?;
        Ok(((head >> 24) as u8, head & 0x00ff_ffff, r))
    }
}

/// The boxes of one level. A box that runs past the end is cut (sizes lie in cut files); size 0 = up to the end.
pub fn boxes(data: &[u8]) -> Vec<Mp4Box<'_>> {
    let mut out = Vec::new();
    let mut r = Reader::new(data);
    while out.len() < MAX_BOXES {
        match next(&mut r, data) {
            Some(found) => out.push(found),
            None => break,
        }
    }
    out
}

fn next<'a>(r: &mut Reader<'a>, data: &'a [u8]) -> Option<Mp4Box<'a>> {
    let start = r.pos();
    let size = u64::from(r.u32_be().ok()?);
    let kind: [u8; 4] = r.take(4).ok()?.try_into().ok()?;
    let size = match size {
        0 => (data.len() - start) as u64,
        1 => r.u64_be().ok()?,
        size => size,
    };
    let head = r.pos() - start;
    let len = usize::try_from(size).ok()?.checked_sub(head)?;
    let body = r.take_up_to(len);
    Some(Mp4Box { kind, body, whole: data.get(start..r.pos())? })
}

/// The first box of that kind.
pub fn find<'a>(data: &'a [u8], kind: &[u8; 4]) -> Option<Mp4Box<'a>> {
    boxes(data).into_iter().find(|b| &b.kind == kind)
}

/// The first box along a path, its body walked into at each step.
pub fn path<'a>(data: &'a [u8], kinds: &[&[u8; 4]]) -> Result<Mp4Box<'a>> {
    let mut body = data;
    let mut found = None;
    for kind in kinds {
        let inner = find(body, kind).ok_or_else(|| Error::corrupt("isobmff: a box is missing"))?;
        body = inner.body;
        found = Some(inner);
    }
    found.ok_or_else(|| Error::corrupt("isobmff: empty path"))
}

/// HEIC or AVIF by the brands of `ftyp`; generic brands (`mif1`, `msf1` …) go by the compatible ones,
/// then by the primary item.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let mut r = Reader::new(bytes);
    let len = r.u32_be().ok()? as usize;
    if r.take(4).ok()? != b"ftyp" {
        return None;
    }
    let body = r.take_up_to(len.checked_sub(8)?.min(4096));
    let (major, rest) = body.split_first_chunk::<4>()?;
    let compatible = rest.get(4..).unwrap_or_default();
    let compatible = compatible.as_chunks::<4>().0;
    let named = of_brand(major).or_else(|| compatible.iter().find_map(of_brand));
    let generic = |brand: &[u8; 4]| matches!(brand, b"mif1" | b"msf1" | b"mif2" | b"miaf");
    named.or_else(|| if generic(major) || compatible.iter().any(generic) { of_items(bytes) } else { None })
}

/// A file that calls itself HEIF only: by the codec of its primary picture.
fn of_items(bytes: &[u8]) -> Option<Format> {
    let meta = Meta::parse(bytes).ok()?;
    let mut item = meta.item(meta.primary).ok()?;
    if matches!(&item.kind, b"grid" | b"iden" | b"iovl") {
        item = meta.item(*meta.targets(item.id, b"dimg").first()?).ok()?;
    }
    match &item.kind {
        b"av01" => Some(Format::Avif),
        b"hvc1" => Some(Format::Heic),
        _ => None,
    }
}

fn of_brand(brand: &[u8; 4]) -> Option<Format> {
    match brand {
        b"avif" | b"avis" | b"avio" => Some(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some(Format::Heic),
        _ => None,
    }
}
