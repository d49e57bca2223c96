//! Metadata items of AVIF stills (ISO/IEC 14496-12, HEIF 23008-12 6.2, MIAF).
//!
//! Meant for a file fresh from libavif: `ftyp`, `meta`, `mdat`, offsets counted from the file's start. The payloads
//! go into a second `mdat` at the end; `meta` grows by the entries, and all older offsets by as much.

use super::MetaBlocks;
use crate::error::{Error, Result};

fn broken() -> Error {
    Error::corrupt("ISO media: a box is broken")
}

/// A box: name and body.
pub(super) struct Part<'a> {
    pub name: [u8; 4],
    pub body: &'a [u8],
}

/// Boxes one after another; 64-bit sizes and "to the end" as well.
pub(super) fn parts(mut b: &[u8]) -> Result<Vec<Part<'_>>> {
    let mut out = Vec::new();
    while !b.is_empty() {
        let len = be(b, 0, 4)?;
        let name = *b.get(4..).and_then(|n| n.first_chunk::<4>()).ok_or_else(broken)?;
        let (head, len) = match len {
            0 => (8, b.len()),
            1 => (16, be(b, 8, 8)?),
            n => (8, n),
        };
        let body = b.get(head..len).ok_or_else(broken)?;
        out.push(Part { name, body });
        b = b.get(len..).ok_or_else(broken)?;
    }
    Ok(out)
}

pub(super) fn find<'a, 'b>(all: &'b [Part<'a>], name: &[u8; 4]) -> Result<&'b Part<'a>> {
    all.iter().find(|p| &p.name == name).ok_or_else(broken)
}

/// Big-endian number of `n` ≤ 8 bytes.
pub(super) fn be(b: &[u8], at: usize, n: usize) -> Result<usize> {
    let v = b.get(at..at.checked_add(n).ok_or_else(broken)?).ok_or_else(broken)?;
    usize::try_from(v.iter().fold(0u64, |x, &y| x << 8 | u64::from(y))).map_err(|_| broken())
}

fn whole(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), name.as_slice(), body].concat()
}

/// Adds EXIF and XMP items and, as a property of the primary item, the profile. `Unsupported` for sequences and for
/// item tables in a form that libavif doesn't write.
pub fn embed(file: &[u8], blocks: &MetaBlocks) -> Result<Vec<u8>> {
    let top = parts(file)?;
    if top.iter().any(|p| &p.name == b"moov") {
        return Err(Error::unsupported("AVIF sequence"));
    }
    let meta = find(&top, b"meta")?.body;
    let mut items = Vec::new();
    if let Some(e) = &blocks.exif {
        items.push(Item { kind: *b"Exif", extra: b"", data: [&[0; 4], e.as_slice()].concat() });
    }
    if let Some(x) = &blocks.xmp {
        items.push(Item { kind: *b"mime", extra: b"application/rdf+xml\0", data: x.clone() });
    }
    // The new meta box's length doesn't depend on the offsets in it: build it twice.
    let grown = rewrite(meta, &items, blocks.icc.as_deref(), 0, 0)?.len() - meta.len();
    let end = file.len() + grown + 8;
    let meta = rewrite(meta, &items, blocks.icc.as_deref(), grown, end)?;
    let mut out = Vec::with_capacity(file.len() + grown);
    for p in &top {
        let body = if &p.name == b"meta" { &meta } else { p.body };
        out.extend(whole(&p.name, body));
    }
    if out.len() + 8 != end {
        return Err(Error::unsupported("AVIF: a box has a long header"));
    }
    let data: Vec<u8> = items.iter().flat_map(|i| i.data.iter().copied()).collect();
    out.extend(whole(b"mdat", &data));
    Ok(out)
}

struct Item {
    kind: [u8; 4],
    extra: &'static [u8],
    data: Vec<u8>,
}

/// The body of `meta` with the items; older offsets are moved by `grown`, the first new payload lies at `end`.
fn rewrite(meta: &[u8], items: &[Item], icc: Option<&[u8]>, grown: usize, end: usize) -> Result<Vec<u8>> {
    let inner = parts(meta.get(4..).ok_or_else(broken)?)?;
    let primary = find(&inner, b"pitm").and_then(|p| be(p.body, 4, if p.body.first() == Some(&0) { 2 } else { 4 }))?;
    let primary = u16::try_from(primary).map_err(|_| Error::unsupported("AVIF: item id"))?;
    let first = next_id(find(&inner, b"iinf")?.body)?.max(primary.saturating_add(1));
    let ids: Vec<u16> = (first..).take(items.len()).collect();
    let mut out = meta.get(..4).unwrap_or_default().to_vec();
    let mut referred = false;
    for p in &inner {
        let body = match &p.name {
            b"iinf" => infos(p.body, items, &ids)?,
            b"iloc" => locations(p.body, items, &ids, grown, end)?,
            b"iref" => {
                referred = true;
                [p.body, &references(&ids, primary)].concat()
            }
            b"iprp" => match icc {
                Some(icc) => properties(p.body, primary, icc)?,
                None => p.body.to_vec(),
            },
            _ => p.body.to_vec(),
        };
        out.extend(whole(&p.name, &body));
    }
    if !referred && !ids.is_empty() {
        out.extend(whole(b"iref", &[&[0; 4], references(&ids, primary).as_slice()].concat()));
    }
    Ok(out)
}

/// One more than the largest item id.
fn next_id(iinf: &[u8]) -> Result<u16> {
    let skip = if iinf.first() == Some(&0) { 6 } else { 8 };
    let mut top = 0;
    for infe in parts(iinf.get(skip..).ok_or_else(broken)?)? {
        top = top.max(be(infe.body, 4, if infe.body.first() == Some(&3) { 4 } else { 2 })?);
    }
    u16::try_from(top + 1).map_err(|_| Error::unsupported("AVIF: item id"))
}

/// `iinf` with an `infe` (version 2) for each item.
fn infos(iinf: &[u8], items: &[Item], ids: &[u16]) -> Result<Vec<u8>> {
    if iinf.first() != Some(&0) {
        return Err(Error::unsupported("AVIF: iinf version"));
    }
    let mut out = iinf.to_vec();
    bump(&mut out, 4, items.len())?;
    for (item, id) in items.iter().zip(ids) {
        let name = if item.kind == *b"mime" { b"XMP\0".as_slice() } else { b"Exif\0" };
        let body = [&[2, 0, 0, 0], &id.to_be_bytes()[..], &[0, 0], &item.kind, name, item.extra].concat();
        out.extend(whole(b"infe", &body));
    }
    Ok(out)
}

/// Adds `by` to the 16-bit count at `at`.
fn bump(b: &mut [u8], at: usize, by: usize) -> Result<()> {
    let n = u16::try_from(be(b, at, 2)? + by).map_err(|_| broken())?;
    b.get_mut(at..at + 2).ok_or_else(broken)?.copy_from_slice(&n.to_be_bytes());
    Ok(())
}

/// `iloc` of version 0 or 1 with 4-byte offsets and lengths; extents in the file move by `grown`.
fn locations(iloc: &[u8], items: &[Item], ids: &[u16], grown: usize, end: usize) -> Result<Vec<u8>> {
    let version = *iloc.first().ok_or_else(broken)?;
    let (sizes, bases) = (be(iloc, 4, 1)?, be(iloc, 5, 1)? >> 4);
    if version > 1 || sizes != 0x44 || !matches!(bases, 0 | 4) || (version == 1 && be(iloc, 5, 1)? & 15 != 0) {
        return Err(Error::unsupported("AVIF: iloc form"));
    }
    let mut out = iloc.to_vec();
    bump(&mut out, 6, items.len())?;
    let mut at = 8;
    for _ in 0..be(iloc, 6, 2)? {
        let method = if version == 1 { be(iloc, at + 2, 2)? & 15 } else { 0 };
        at += if version == 1 { 6 } else { 4 };
        // With a base offset, extents count from it: only one of the two moves.
        if method == 0 && bases == 4 {
            shift(&mut out, at, grown)?;
        }
        let extents = be(iloc, at + bases, 2)?;
        at += bases + 2;
        for _ in 0..extents {
            if method == 0 && bases == 0 {
                shift(&mut out, at, grown)?;
            }
            at += 8;
        }
    }
    let mut place = end;
    for (item, id) in items.iter().zip(ids) {
        out.extend(id.to_be_bytes());
        out.extend(vec![0; if version == 1 { 4 } else { 2 } + bases]);
        out.extend(1u16.to_be_bytes());
        out.extend((place as u32).to_be_bytes());
        out.extend((item.data.len() as u32).to_be_bytes());
        place += item.data.len();
    }
    Ok(out)
}

fn shift(b: &mut [u8], at: usize, by: usize) -> Result<()> {
    let v = u32::try_from(be(b, at, 4)? + by).map_err(|_| broken())?;
    b.get_mut(at..at + 4).ok_or_else(broken)?.copy_from_slice(&v.to_be_bytes());
    Ok(())
}

/// `cdsc` references: each new item describes the primary one.
fn references(ids: &[u16], primary: u16) -> Vec<u8> {
    ids.iter().flat_map(|id| whole(b"cdsc", &[id.to_be_bytes(), [0, 1], primary.to_be_bytes()].concat())).collect()
}

/// `iprp` with a `colr` property of type `prof` for the primary item, first in its list.
fn properties(iprp: &[u8], primary: u16, icc: &[u8]) -> Result<Vec<u8>> {
    let inner = parts(iprp)?;
    let ipco = find(&inner, b"ipco")?.body;
    let index = parts(ipco)?.len() + 1;
    let index = u8::try_from(index).ok().filter(|i| *i < 128).ok_or_else(|| Error::unsupported("AVIF: ipco"))?;
    let colr = whole(b"colr", &[b"prof", icc].concat());
    let mut out = Vec::new();
    for p in &inner {
        out.extend(match &p.name {
            b"ipco" => whole(b"ipco", &[ipco, &colr].concat()),
            b"ipma" => whole(b"ipma", &associate(p.body, primary, index)?),
            _ => whole(&p.name, p.body),
        });
    }
    Ok(out)
}

/// `ipma` of version 0 with one-byte indices: the primary item's list gains `index`.
fn associate(ipma: &[u8], primary: u16, index: u8) -> Result<Vec<u8>> {
    if ipma.first() != Some(&0) || ipma.get(3).is_none_or(|f| f & 1 == 1) {
        return Err(Error::unsupported("AVIF: ipma form"));
    }
    let mut out = ipma.get(..8).ok_or_else(broken)?.to_vec();
    let mut at = 8;
    for _ in 0..be(ipma, 4, 4)? {
        let (id, n) = (be(ipma, at, 2)?, be(ipma, at + 2, 1)?);
        let list = ipma.get(at + 3..at + 3 + n).ok_or_else(broken)?;
        let more = id == usize::from(primary);
        out.extend(ipma.get(at..at + 2).unwrap_or_default());
        out.push(u8::try_from(n + usize::from(more)).map_err(|_| broken())?);
        out.extend(more.then_some(index));
        out.extend_from_slice(list);
        at += 3 + n;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as libavif lays it out, with one item of 4 bytes.
    fn sample() -> Vec<u8> {
        let ftyp = whole(b"ftyp", b"avif\0\0\0\0avifmif1");
        let make = |offset: u32| {
            let infe = whole(b"infe", b"\x02\0\0\0\0\x01\0\0av01Color\0");
            let iinf = whole(b"iinf", &[b"\0\0\0\0\0\x01".as_slice(), &infe].concat());
            let iloc = [b"\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01".as_slice(), &offset.to_be_bytes(), &4u32.to_be_bytes()].concat();
            let ipco = whole(b"ipco", &whole(b"ispe", &[0; 12]));
            let ipma = whole(b"ipma", b"\0\0\0\0\0\0\0\x01\0\x01\x01\x01");
            let inner = [
                whole(b"hdlr", &[0; 24]), whole(b"pitm", b"\0\0\0\0\0\x01"), whole(b"iloc", &iloc), iinf,
                whole(b"iprp", &[ipco, ipma].concat()),
            ];
            whole(b"meta", &[&[0; 4], inner.concat().as_slice()].concat())
        };
        let at = ftyp.len() + make(0).len() + 8;
        [ftyp, make(at as u32), whole(b"mdat", b"PIXL")].concat()
    }

    fn extents(file: &[u8]) -> Vec<Vec<u8>> {
        let top = parts(file).expect("boxes");
        let inner = parts(&find(&top, b"meta").expect("meta").body[4..]).expect("boxes");
        let iloc = find(&inner, b"iloc").expect("iloc").body;
        (0..be(iloc, 6, 2).expect("count"))
            .map(|i| {
                let at = 8 + 14 * i;
                let (from, len) = (be(iloc, at + 6, 4).expect("offset"), be(iloc, at + 10, 4).expect("length"));
                file[from..from + len].to_vec()
            })
            .collect()
    }

    #[test]
    fn items_are_where_iloc_says() {
        let blocks = MetaBlocks { exif: Some(b"MM\0*".to_vec()), xmp: Some(b"<x/>".to_vec()), icc: Some(vec![9; 50]) };
        let out = embed(&sample(), &blocks).expect("AVIF");
        assert_eq!(extents(&out), [b"PIXL".to_vec(), b"\0\0\0\0MM\0*".to_vec(), b"<x/>".to_vec()]);
        assert!(out.windows(8).any(|w| w == b"colrprof"));
        for n in 0..sample().len() {
            let _ = embed(&sample()[..n], &blocks);
            let mut bad = sample();
            bad[n] ^= 0xff;
            let _ = embed(&bad, &blocks);
        }
    }
}
