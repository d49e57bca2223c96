//! The `meta` box of HEIF (ISO/IEC 23008-12): items, properties, references; shared by HEIC and AVIF.

use std::borrow::Cow;

use crate::error::{Error, Result};

use super::common::{Reader, exif_body, metadata};
use super::isobmff::{Mp4Box, boxes, find};

const MAX_ITEMS: usize = 4096;
const MAX_REFERENCES: usize = 65_536;

#[derive(Debug, Clone)]
pub struct Item<'a> {
    pub id: u32,
    pub kind: [u8; 4],
    content_type: &'a [u8],
    /// Where the bytes lie: in the file (0) or in `idat` (1).
    construction: u8,
    extents: Vec<(u64, u64)>,
    /// Indexes into [`Meta::properties`], in order.
    properties: Vec<usize>,
}

#[derive(Debug)]
struct Reference {
    kind: [u8; 4],
    from: u32,
    to: Vec<u32>,
}

#[derive(Debug)]
pub struct Meta<'a> {
    file: &'a [u8],
    idat: &'a [u8],
    pub primary: u32,
    items: Vec<Item<'a>>,
    properties: Vec<Mp4Box<'a>>,
    references: Vec<Reference>,
}

/// How a grid item is laid out (23008-12 section 6.6.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub rows: u32,
    pub columns: u32,
    pub width: u32,
    pub height: u32,
}

/// A rectangle inside a picture, as `clap` cuts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl<'a> Meta<'a> {
    /// Errors: `Corrupt` when there is no `meta` box with a primary item.
    pub fn parse(file: &'a [u8]) -> Result<Self> {
        let missing = || Error::corrupt("heif: no meta box");
        let (_, _, inner) = find(file, b"meta").ok_or_else(missing)?.full()?;
        let inner = boxes(inner.rest());
        let get = |kind: &[u8; 4]| inner.iter().find(|b| &b.kind == kind);
        let mut meta = Self {
            file,
            idat: get(b"idat").map_or(&[], |b| b.body),
            primary: primary(get(b"pitm").ok_or_else(missing)?)?,
            items: items(get(b"iinf").ok_or_else(missing)?)?,
            properties: Vec::new(),
            references: get(b"iref").map(references).transpose()?.unwrap_or_default(),
        };
        locations(get(b"iloc").ok_or_else(missing)?, &mut meta.items)?;
        if let Some(iprp) = get(b"iprp") {
            meta.properties = find(iprp.body, b"ipco").map(|b| boxes(b.body)).unwrap_or_default();
            for ipma in boxes(iprp.body).iter().filter(|b| &b.kind == b"ipma") {
                associations(ipma, &mut meta.items)?;
            }
        }
        Ok(meta)
    }

    pub fn item(&self, id: u32) -> Result<&Item<'a>> {
        self.items.iter().find(|i| i.id == id).ok_or_else(|| Error::corrupt("heif: an item is missing"))
    }

    /// The item's properties in order of association.
    pub fn properties(&self, item: &Item<'a>) -> Vec<Mp4Box<'a>> {
        item.properties.iter().filter_map(|&i| self.properties.get(i).copied()).collect()
    }

    pub fn property(&self, item: &Item<'a>, kind: &[u8; 4]) -> Option<Mp4Box<'a>> {
        self.properties(item).into_iter().find(|p| &p.kind == kind)
    }

    /// Ids that `from` names by references of that kind.
    pub fn targets(&self, from: u32, kind: &[u8; 4]) -> Vec<u32> {
        let named = self.references.iter().filter(|r| r.from == from && &r.kind == kind);
        named.flat_map(|r| r.to.iter().copied()).collect()
    }

    fn sources(&self, to: u32, kind: &[u8; 4]) -> impl Iterator<Item = u32> {
        self.references.iter().filter(move |r| &r.kind == kind && r.to.contains(&to)).map(|r| r.from)
    }

    /// The item's bytes, extents joined; never more than the file holds.
    pub fn data(&self, item: &Item<'a>) -> Result<Cow<'a, [u8]>> {
        let base = match item.construction {
            0 => self.file,
            1 => self.idat,
            _ => return Err(Error::unsupported("heif: items built from items")),
        };
        let part = |&(at, len): &(u64, u64)| -> Option<&'a [u8]> {
            let rest = base.get(usize::try_from(at).ok()?..)?;
            let len = if len == 0 { rest.len() } else { usize::try_from(len).ok()? };
            // A cut file keeps what is there.
            Some(rest.get(..len).unwrap_or(rest))
        };
        let parts: Vec<&'a [u8]> = item.extents.iter().filter_map(part).collect();
        match parts[..] {
            [one] => Ok(Cow::Borrowed(one)),
            [] => Err(Error::corrupt("heif: an item without bytes")),
            _ if parts.iter().map(|p| p.len()).sum::<usize>() > base.len() => {
                Err(Error::corrupt("heif: extents overlap"))
            }
            _ => Ok(Cow::Owned(parts.concat())),
        }
    }

    /// `ispe`: width and height of the coded picture.
    pub fn size(&self, item: &Item<'a>) -> Option<(u32, u32)> {
        let (_, _, mut r) = self.property(item, b"ispe")?.full().ok()?;
        Some((r.u32_be().ok()?, r.u32_be().ok()?)).filter(|&(w, h)| w > 0 && h > 0)
    }

    /// The layout of a grid item.
    pub fn grid(&self, item: &Item<'a>) -> Result<Grid> {
        let data = self.data(item)?;
        let mut r = Reader::new(&data);
        let (_version, flags) = (r.u8()?, r.u8()?);
        let (rows, columns) = (u32::from(r.u8()?) + 1, u32::from(r.u8()?) + 1);
        let mut side = || if flags & 1 != 0 { r.u32_be() } else { r.u16_be().map(u32::from) };
        let (width, height) = (side()?, side()?);
        if width == 0 || height == 0 {
            return Err(Error::corrupt("heif: an empty grid"));
        }
        Ok(Grid { rows, columns, width, height })
    }

    /// The alpha item of a picture, if any.
    pub fn alpha_of(&self, id: u32) -> Option<&Item<'a>> {
        let is_alpha = |item: &&Item<'a>| {
            self.property(item, b"auxC").is_some_and(|aux| {
                let urn = aux.body.get(4..).unwrap_or_default();
                urn.starts_with(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
                    || urn.starts_with(b"urn:mpeg:hevc:2015:auxid:1")
            })
        };
        self.sources(id, b"auxl").filter_map(|from| self.item(from).ok()).find(is_alpha)
    }

    /// Whether colour of `id` is multiplied by that alpha item.
    pub fn is_premultiplied(&self, id: u32, alpha: u32) -> bool {
        self.targets(id, b"prem").contains(&alpha)
    }

    /// `irot` and `imir` as EXIF orientation, in their order of association.
    pub fn orientation(&self, item: &Item<'a>) -> u8 {
        let (mut turns, mut mirror) = (0u8, None);
        for property in self.properties(item) {
            let value = property.body.first().copied().unwrap_or(0);
            match &property.kind {
                // A turn after a mirror is the opposite turn before it.
                b"irot" if mirror.is_some() => turns = (turns + 4 - (value & 3)) & 3,
                b"irot" => turns = (turns + (value & 3)) & 3,
                b"imir" => mirror = Some(value & 1),
                _ => {}
            }
        }
        // Turns are anticlockwise; mirror 0 exchanges top and bottom, 1 left and right.
        match (turns, mirror) {
            (0, None) => 1,
            (1, None) => 8,
            (2, None) => 3,
            (_, None) => 6,
            (0, Some(0)) | (2, Some(1)) => 4,
            (0 | 2, Some(_)) => 2,
            (1, Some(0)) | (3, Some(1)) => 5,
            (_, Some(_)) => 7,
        }
    }

    /// `clap` as a rectangle of a `width` × `height` picture; None when absent or not inside it.
    pub fn crop(&self, item: &Item<'a>, width: u32, height: u32) -> Option<Crop> {
        let mut r = Reader::new(self.property(item, b"clap")?.body);
        let mut fraction = || -> Option<f64> {
            let (n, d) = (r.u32_be().ok()?.cast_signed(), r.u32_be().ok()?.cast_signed());
            (d > 0).then(|| f64::from(n) / f64::from(d))
        };
        let (w, h, x, y) = (fraction()?, fraction()?, fraction()?, fraction()?);
        let left = (f64::from(width) - 1.0) / 2.0 + x - (w - 1.0) / 2.0;
        let top = (f64::from(height) - 1.0) / 2.0 + y - (h - 1.0) / 2.0;
        let inside = w >= 1.0 && h >= 1.0 && left >= 0.0 && top >= 0.0;
        let inside = inside && left + w <= f64::from(width) && top + h <= f64::from(height);
        inside.then_some(Crop { left: left as u32, top: top as u32, width: w as u32, height: h as u32 })
    }

    /// The ICC profile of a picture (`colr` of type `prof` or `rICC`).
    pub fn icc(&self, item: &Item<'a>) -> Option<Vec<u8>> {
        let colours = self.properties(item).into_iter().filter(|p| &p.kind == b"colr");
        let profile = colours.map(|p| p.body).find(|b| b.starts_with(b"prof") || b.starts_with(b"rICC"))?;
        metadata(profile.get(4..)?)
    }

    /// EXIF of the picture, its offset field and `Exif\0\0` removed.
    pub fn exif(&self, id: u32) -> Option<Vec<u8>> {
        let describes = |item: &&Item<'a>| self.targets(item.id, b"cdsc").contains(&id);
        let item = self.items.iter().filter(|i| &i.kind == b"Exif").find(describes)?;
        let data = self.data(item).ok()?;
        let offset = Reader::new(&data).u32_be().ok()? as usize;
        let body = data.get(4..)?;
        metadata(exif_body(body.get(offset..).unwrap_or(body)))
    }

    pub fn xmp(&self, id: u32) -> Option<Vec<u8>> {
        let describes = |item: &&Item<'a>| self.targets(item.id, b"cdsc").contains(&id);
        let xmp = |item: &&Item<'a>| &item.kind == b"mime" && item.content_type == b"application/rdf+xml";
        let item = self.items.iter().filter(xmp).find(describes)?;
        metadata(&self.data(item).ok()?)
    }
}

fn primary(pitm: &Mp4Box<'_>) -> Result<u32> {
    let (version, _, mut r) = pitm.full()?;
    if version == 0 { r.u16_be().map(u32::from) } else { r.u32_be() }
}

fn items<'a>(iinf: &Mp4Box<'a>) -> Result<Vec<Item<'a>>> {
    let (version, _, mut r) = iinf.full()?;
    r.skip(if version == 0 { 2 } else { 4 })?;
    let entries = boxes(r.rest());
    let parsed = entries.iter().filter(|b| &b.kind == b"infe").take(MAX_ITEMS).filter_map(|b| item(b).ok());
    Ok(parsed.collect())
}

fn item<'a>(infe: &Mp4Box<'a>) -> Result<Item<'a>> {
    let (version, _, mut r) = infe.full()?;
    let id = if version >= 3 { r.u32_be()? } else { r.u16_be()?.into() };
    r.skip(2)?;
    let kind: [u8; 4] = if version >= 2 { r.take(4)?.try_into().unwrap_or_default() } else { [0; 4] };
    let mut strings = r.rest().split(|&b| b == 0);
    let _name = strings.next();
    let content_type = strings.next().unwrap_or_default();
    Ok(Item { id, kind, content_type, construction: 0, extents: Vec::new(), properties: Vec::new() })
}

/// `iloc` (14496-12 section 8.11.3).
fn locations(iloc: &Mp4Box<'_>, items: &mut [Item<'_>]) -> Result<()> {
    let (version, _, mut r) = iloc.full()?;
    let sizes = r.u16_be()?;
    let size = |shift: u16| usize::from(sizes >> shift & 15);
    let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
    let index_size = if version == 0 { 0 } else { size(0) };
    let count = if version < 2 { r.u16_be()?.into() } else { r.u32_be()? };
    for _ in 0..count.min(MAX_ITEMS as u32) {
        let id = if version < 2 { r.u16_be()?.into() } else { r.u32_be()? };
        let construction = if version == 0 { 0 } else { (r.u16_be()? & 15) as u8 };
        r.skip(2)?;
        let base = number(&mut r, base_size)?;
        let extents = r.u16_be()?;
        let mut list = Vec::new();
        for _ in 0..extents {
            number(&mut r, index_size)?;
            let (at, len) = (number(&mut r, offset_size)?, number(&mut r, length_size)?);
            list.push((base.saturating_add(at), len));
        }
        if let Some(item) = items.iter_mut().find(|i| i.id == id) {
            (item.construction, item.extents) = (construction, list);
        }
    }
    Ok(())
}

fn number(r: &mut Reader<'_>, size: usize) -> Result<u64> {
    match size {
        0 => Ok(0),
        4 => r.u32_be().map(u64::from),
        8 => r.u64_be(),
        _ => Err(Error::corrupt("heif: odd field size")),
    }
}

/// `ipma` (23008-12 section 9.3.3).
fn associations(ipma: &Mp4Box<'_>, items: &mut [Item<'_>]) -> Result<()> {
    let (version, flags, mut r) = ipma.full()?;
    let count = r.u32_be()?;
    for _ in 0..count.min(MAX_ITEMS as u32) {
        let id = if version == 0 { r.u16_be()?.into() } else { r.u32_be()? };
        let links = r.u8()?;
        let mut list = Vec::new();
        for _ in 0..links {
            let index = if flags & 1 != 0 { r.u16_be()? & 0x7fff } else { u16::from(r.u8()? & 0x7f) };
            list.extend(usize::from(index).checked_sub(1));
        }
        if let Some(item) = items.iter_mut().find(|i| i.id == id) {
            item.properties.extend(list);
        }
    }
    Ok(())
}

/// The file with property indexes of 0 ("none", which some phones write) replaced by the item's first real one.
///
/// None when there is nothing to replace. Strict readers refuse such files.
pub fn without_empty_associations(file: &[u8]) -> Option<Vec<u8>> {
    let (_, _, inner) = find(file, b"meta")?.full().ok()?;
    let iprp = find(inner.rest(), b"iprp")?;
    let mut copy = None;
    for ipma in boxes(iprp.body).iter().filter(|b| &b.kind == b"ipma") {
        let start = ipma.body.as_ptr() as usize - file.as_ptr() as usize;
        let patched: &mut Vec<u8> = copy.get_or_insert_with(|| file.to_vec());
        fill_empty(ipma, patched.get_mut(start..start + ipma.body.len())?).ok()?;
    }
    copy.filter(|copy| copy != file)
}

fn fill_empty(ipma: &Mp4Box<'_>, out: &mut [u8]) -> Result<()> {
    let (version, flags, mut r) = ipma.full()?;
    let width = if flags & 1 != 0 { 2 } else { 1 };
    let count = r.u32_be()?;
    for _ in 0..count.min(MAX_ITEMS as u32) {
        r.skip(if version == 0 { 2 } else { 4 })?;
        let len = usize::from(r.u8()?) * width;
        let at = ipma.body.len() - r.remaining();
        let links = r.take(len)?;
        let empty = |link: &[u8]| matches!(link, [0 | 0x80] | [0 | 0x80, 0]);
        let Some(real) = links.chunks(width).find(|l| !empty(l)) else { continue };
        for (i, link) in links.chunks(width).enumerate().filter(|(_, l)| empty(l)) {
            let slot = out.get_mut(at + i * width..at + i * width + link.len());
            slot.ok_or_else(|| Error::corrupt("heif: cut"))?.copy_from_slice(real);
        }
    }
    Ok(())
}

fn references(iref: &Mp4Box<'_>) -> Result<Vec<Reference>> {
    let (version, _, r) = iref.full()?;
    let mut out = Vec::new();
    let mut total = 0;
    for entry in boxes(r.rest()) {
        let mut r = Reader::new(entry.body);
        let id = |r: &mut Reader<'_>| if version == 0 { r.u16_be().map(u32::from) } else { r.u32_be() };
        let Ok(from) = id(&mut r) else { continue };
        let Ok(count) = r.u16_be() else { continue };
        let to: Vec<u32> = (0..count).map_while(|_| id(&mut r).ok()).collect();
        total += to.len();
        if total > MAX_REFERENCES {
            return Err(Error::limit("heif: too many references"));
        }
        out.push(Reference { kind: entry.kind, from, to });
    }
    Ok(out)
}
