//! A minimal AVIF of one item: ftyp, meta (hdlr, pitm, iloc, iinf, iprp), mdat. No transforms, no references.

use crate::decode::heif::{Item, Meta};
use crate::decode::isobmff::Mp4Box;
use crate::error::{Error, Result};

/// Properties that go along, and whether a reader must understand them.
const KEPT: [(&[u8; 4], bool); 6] =
    [(b"av1C", true), (b"colr", false), (b"pasp", false), (b"a1op", true), (b"lsel", true), (b"a1lx", false)];

/// Whether the item codes more than 8 bits (`av1C`: high_bitdepth).
pub fn is_deep(meta: &Meta<'_>, item: &Item<'_>) -> bool {
    meta.property(item, b"av1C").and_then(|c| c.body.get(2).copied()).is_some_and(|b| b & 0x40 != 0)
}

/// Appends the file. Errors: `Corrupt` when the item has no `av1C` or no bytes.
pub fn write(meta: &Meta<'_>, item: &Item<'_>, size: (u32, u32), out: &mut Vec<u8>) -> Result<()> {
    let properties: Vec<(Mp4Box<'_>, bool)> = meta
        .properties(item)
        .into_iter()
        .filter_map(|p| KEPT.iter().find(|(kind, _)| *kind == &p.kind).map(|(_, essential)| (p, *essential)))
        .collect();
    let config = properties.iter().find(|(p, _)| &p.kind == b"av1C").map(|(p, _)| p.body);
    let config = config.ok_or_else(|| Error::corrupt("avif: no av1C"))?;
    let kept: Vec<(&[u8], bool)> = properties.iter().map(|(p, essential)| (p.whole, *essential)).collect();
    let data = meta.data(item)?;
    file(&kept, config, size, &data, out);
    Ok(())
}

/// Appends a file around `data`; `ispe` and `pixi` are made, the other properties copied.
pub fn file(kept: &[(&[u8], bool)], config: &[u8], size: (u32, u32), data: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    boxed(out, b"ftyp", |b| b.extend_from_slice(b"avif\0\0\0\0avifmif1miaf"));
    let mut offset_at = 0;
    full(out, b"meta", 0, |b| {
        full(b, b"hdlr", 0, |b| b.extend_from_slice(b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"));
        full(b, b"pitm", 0, |b| b.extend_from_slice(&[0, 1]));
        full(b, b"iloc", 0, |b| {
            // Four bytes for offset and length, one item, one extent.
            b.extend_from_slice(&[0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1]);
            offset_at = b.len();
            b.extend_from_slice(&[0; 4]);
            b.extend_from_slice(&(data.len() as u32).to_be_bytes());
        });
        full(b, b"iinf", 0, |b| {
            b.extend_from_slice(&[0, 1]);
            full(b, b"infe", 2, |b| b.extend_from_slice(b"\0\x01\0\0av01\0"));
        });
        boxed(b, b"iprp", |b| properties(b, kept, config, size));
    });
    let at = (out.len() + 8 - start) as u32;
    if let Some(slot) = out.get_mut(offset_at..offset_at + 4) {
        slot.copy_from_slice(&at.to_be_bytes());
    }
    boxed(out, b"mdat", |b| b.extend_from_slice(data));
}

fn properties(out: &mut Vec<u8>, kept: &[(&[u8], bool)], config: &[u8], size: (u32, u32)) {
    boxed(out, b"ipco", |b| {
        full(b, b"ispe", 0, |b| {
            b.extend_from_slice(&size.0.to_be_bytes());
            b.extend_from_slice(&size.1.to_be_bytes());
        });
        full(b, b"pixi", 0, |b| b.extend_from_slice(&channels(config)));
        kept.iter().for_each(|(whole, _)| b.extend_from_slice(whole));
    });
    full(out, b"ipma", 0, |b| {
        b.extend_from_slice(&[0, 0, 0, 1, 0, 1, kept.len() as u8 + 2, 1, 2]);
        for (index, (_, essential)) in (3u8..).zip(kept) {
            b.push(if *essential { index | 0x80 } else { index });
        }
    });
}

/// `pixi` by `av1C` (AV1-ISOBMFF section 2.3.3): channels, and their depth.
fn channels(config: &[u8]) -> Vec<u8> {
    let flags = config.get(2).copied().unwrap_or(0);
    let depth = match (flags & 0x40 != 0, flags & 0x20 != 0) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    if flags & 0x10 != 0 { vec![1, depth] } else { vec![3, depth, depth, depth] }
}

fn boxed(out: &mut Vec<u8>, kind: &[u8; 4], fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(kind);
    fill(out);
    let len = (out.len() - start) as u32;
    if let Some(slot) = out.get_mut(start..start + 4) {
        slot.copy_from_slice(&len.to_be_bytes());
    }
}

fn full(out: &mut Vec<u8>, kind: &[u8; 4], version: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, kind, |b| {
        b.extend_from_slice(&[version, 0, 0, 0]);
        fill(b);
    });
}
