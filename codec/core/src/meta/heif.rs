//! Stripping HEIC and AVIF in place: EXIF and XMP items are scrubbed where they lie (HEIF 23008-12 annex A).

use std::ops::Range;

use super::avif::{Part, be, find, parts};
use super::scrub::{refill, scrub};
use crate::error::{Error, Result};

/// Most items that are looked at.
const MAX_ITEMS: usize = 10_000;

/// EXIF items are scrubbed as [`scrub`] says, XMP items refilled. Thumbnail items are pictures of the file's own and
/// stay. `Corrupt` when the item tables can't be read.
pub fn strip(file: &[u8]) -> Result<Vec<u8>> {
    let mut out = file.to_vec();
    let top = parts(file)?;
    let Ok(meta) = find(&top, b"meta") else { return Ok(out) };
    let inner = parts(meta.body.get(4..).unwrap_or_default())?;
    let (Ok(iinf), Ok(iloc)) = (find(&inner, b"iinf"), find(&inner, b"iloc")) else { return Ok(out) };
    for (id, kind) in items(iinf.body)? {
        if &kind != b"Exif" && &kind != b"mime" {
            continue;
        }
        let range = place(iloc.body, id)?;
        let Some(data) = range.and_then(|r| out.get_mut(r)) else { continue };
        if &kind == b"mime" {
            refill(data);
        } else if let Ok(skip) = be(data, 0, 4)
            && let Some(tiff) = skip.checked_add(4).and_then(|at| data.get_mut(at..))
        {
            scrub(tiff, false);
        }
    }
    Ok(out)
}

/// Id and type of every item (`infe` versions 2 and 3).
fn items(iinf: &[u8]) -> Result<Vec<(usize, [u8; 4])>> {
    let skip = if iinf.first() == Some(&0) { 6 } else { 8 };
    let mut out = Vec::new();
    for Part { body, .. } in parts(iinf.get(skip..).unwrap_or_default())?.into_iter().take(MAX_ITEMS) {
        let wide = if body.first() == Some(&3) { 4 } else { 2 };
        if let Some(kind) = body.get(4 + wide + 2..).and_then(|b| b.first_chunk::<4>()) {
            out.push((be(body, 4, wide)?, *kind));
        }
    }
    Ok(out)
}

/// Where an item's single extent lies in the file; None when it is in pieces or elsewhere.
fn place(iloc: &[u8], wanted: usize) -> Result<Option<Range<usize>>> {
    let version = be(iloc, 0, 1)?;
    let (a, b) = (be(iloc, 4, 1)?, be(iloc, 5, 1)?);
    let (offset, length, base) = (a >> 4, a & 15, b >> 4);
    let index = if version > 0 { b & 15 } else { 0 };
    if [offset, length, base, index].iter().any(|n| *n > 8) {
        return Err(Error::corrupt("iloc"));
    }
    let wide = if version < 2 { 2 } else { 4 };
    let count = be(iloc, 6, wide)?;
    let mut at = 6 + wide;
    for _ in 0..count.min(MAX_ITEMS) {
        let id = be(iloc, at, wide)?;
        at += wide;
        let method = if version > 0 { be(iloc, at, 2)? & 15 } else { 0 };
        at += if version > 0 { 4 } else { 2 };
        let start = be(iloc, at, base)?;
        let extents = be(iloc, at + base, 2)?;
        at += base + 2;
        if id == wanted && method == 0 && extents == 1 {
            let from = start.checked_add(be(iloc, at + index, offset)?);
            let len = be(iloc, at + index + offset, length)?;
            return Ok(from.and_then(|f| Some(f..f.checked_add(len)?)));
        }
        at = extents.checked_mul(index + offset + length).and_then(|n| at.checked_add(n)).ok_or_else(|| Error::corrupt("iloc"))?;
    }
    Ok(None)
}
