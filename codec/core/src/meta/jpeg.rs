//! Metadata segments of JPEG (ITU T.81 annex B; EXIF, XMP part 3, ICC.1 annex B).

use super::{MetaBlocks, Mode, exif, iptc, xmp};
use crate::error::{Error, Result};

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
/// Most bytes of a segment after its length.
const MAX_BODY: usize = 65_533;
/// Most bytes of a profile in one segment.
const ICC_CHUNK: usize = MAX_BODY - 14;

/// One piece of a file, in order.
enum Piece<'a> {
    /// Marker code and body of a segment.
    Segment(u8, &'a [u8]),
    /// Bytes that are copied: entropy-coded data, markers without a body, broken tails.
    Raw(&'a [u8]),
}

/// Puts EXIF, XMP and profile behind SOI and, if there is one, APP0.
pub fn embed(file: &[u8], blocks: &MetaBlocks) -> Result<Vec<u8>> {
    let body = file.strip_prefix(&[0xff, 0xd8]).ok_or_else(|| Error::corrupt("JPEG: no start"))?;
    let jfif = match *body {
        [0xff, 0xe0, hi, lo, ..] => 2 + usize::from(u16::from_be_bytes([hi, lo])),
        _ => 0,
    };
    let (first, rest) = body.split_at_checked(jfif).ok_or_else(|| Error::corrupt("JPEG: cut"))?;
    let mut out = vec![0xff, 0xd8];
    out.extend_from_slice(first);
    for (name, block) in [(EXIF, &blocks.exif), (XMP, &blocks.xmp)] {
        if let Some(b) = block {
            segment(&mut out, 0xe1, &[name, b])?;
        }
    }
    if let Some(icc) = &blocks.icc {
        profile(&mut out, icc)?;
    }
    out.extend_from_slice(rest);
    Ok(out)
}

fn profile(out: &mut Vec<u8>, icc: &[u8]) -> Result<()> {
    let count = icc.len().div_ceil(ICC_CHUNK);
    let count = u8::try_from(count).map_err(|_| Error::limit("profile is too long"))?;
    for (i, chunk) in (1..=count).zip(icc.chunks(ICC_CHUNK)) {
        segment(out, 0xe2, &[ICC, &[i, count], chunk])?;
    }
    Ok(())
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) -> Result<()> {
    let len = 2 + parts.iter().map(|p| p.len()).sum::<usize>();
    let len = u16::try_from(len).map_err(|_| Error::limit("metadata is too long"))?;
    out.extend([0xff, marker]);
    out.extend(len.to_be_bytes());
    parts.iter().for_each(|p| out.extend_from_slice(p));
    Ok(())
}

/// Rebuilds EXIF, XMP and IPTC; keeps ICC, Adobe and comments; drops every other APPn segment (previews, multi-picture
/// indexes, C2PA) and what follows the picture's end (gain maps, previews, motion pictures).
pub fn strip(file: &[u8]) -> Result<Vec<u8>> {
    let body = file.strip_prefix(&[0xff, 0xd8]).ok_or_else(|| Error::corrupt("JPEG: no start"))?;
    let mut out = Vec::with_capacity(file.len());
    out.extend([0xff, 0xd8]);
    for piece in pieces(body) {
        match piece {
            Piece::Raw(raw) => out.extend_from_slice(raw),
            Piece::Segment(marker, body) => clean(&mut out, marker, body)?,
        }
    }
    Ok(out)
}

fn clean(out: &mut Vec<u8>, marker: u8, body: &[u8]) -> Result<()> {
    match marker {
        // Without the JFIF thumbnail: its two sides are the last bytes kept.
        0xe0 if body.starts_with(b"JFIF\0") && body.len() >= 14 => {
            segment(out, marker, &[body.get(..12).unwrap_or_default(), &[0, 0]])
        }
        0xe1 => clean_app1(out, body),
        0xe2 if body.starts_with(ICC) => segment(out, marker, &[body]),
        0xed => match iptc::clean(body) {
            Some(b) => segment(out, marker, &[&b]),
            None => Ok(()),
        },
        0xee if body.starts_with(b"Adobe") => segment(out, marker, &[body]),
        0xe0..=0xef => Ok(()),
        _ => segment(out, marker, &[body]),
    }
}

fn clean_app1(out: &mut Vec<u8>, body: &[u8]) -> Result<()> {
    if let Some(e) = body.strip_prefix(EXIF).or_else(|| body.strip_prefix(b"Exif\0\xff")) {
        if let Some(b) = exif::rebuild(e, Mode::All, true) {
            segment(out, 0xe1, &[EXIF, &b])?;
        }
    } else if let Some(x) = body.strip_prefix(XMP)
        && let Some(b) = xmp::rebuild(Some(x), None, Mode::All, true)
    {
        segment(out, 0xe1, &[XMP, &b])?;
    }
    Ok(())
}

/// What follows SOI, up to and with EOI. A broken segment makes the rest one raw piece.
fn pieces(mut b: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut done = false;
    std::iter::from_fn(move || {
        if done || b.is_empty() {
            return None;
        }
        match *b {
            [0xff, 0xff, ..] => Some(Piece::Raw(take(1, &mut b))),
            [0xff, 0xd9, ..] => {
                done = true;
                Some(Piece::Raw(take(2, &mut b)))
            }
            [0xff, 0x00 | 0x01 | 0xd0..=0xd8, ..] => Some(Piece::Raw(take(2 + entropy(b.get(2..).unwrap_or_default()), &mut b))),
            [0xff, marker, hi, lo, ..] => {
                let len = usize::from(u16::from_be_bytes([hi, lo]));
                let whole = take(2 + len, &mut b);
                match whole.get(4..) {
                    Some(body) if whole.len() == 2 + len => Some(Piece::Segment(marker, body)),
                    _ => Some(Piece::Raw(whole)),
                }
            }
            _ => Some(Piece::Raw(take(entropy(b).max(1), &mut b))),
        }
    })
}

/// Cuts the first `n` bytes off.
fn take<'a>(n: usize, b: &mut &'a [u8]) -> &'a [u8] {
    let (head, tail) = b.split_at(n.min(b.len()));
    *b = tail;
    head
}

/// Bytes up to the next 0xFF that starts something other than a stuffed zero or a restart marker.
fn entropy(b: &[u8]) -> usize {
    let stop = |w: &[u8]| w[0] == 0xff && !matches!(w[1], 0x00 | 0xd0..=0xd7);
    b.windows(2).position(stop).unwrap_or(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SOI, APP0 with a thumbnail, a table, a scan with stuffing and restart, EOI, a tail.
    fn sample() -> Vec<u8> {
        let mut f = vec![0xff, 0xd8];
        segment(&mut f, 0xe0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01", b"abc"]).expect("short");
        segment(&mut f, 0xe1, &[EXIF, b"broken"]).expect("short");
        segment(&mut f, 0xe2, &[b"MPF\0", b"index"]).expect("short");
        segment(&mut f, 0xdb, &[&[7; 65]]).expect("short");
        segment(&mut f, 0xda, &[&[1; 10]]).expect("short");
        f.extend([1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xff, 0xd9]);
        f.extend(b"GPS in a tail");
        f
    }

    #[test]
    fn strips_and_keeps_the_scan() {
        let out = strip(&sample()).expect("JPEG");
        let tail = [1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xff, 0xd9];
        assert!(out.ends_with(&tail));
        for gone in [b"abc".as_slice(), b"broken", b"MPF", b"GPS"] {
            assert!(!out.windows(gone.len()).any(|w| w == gone));
        }
        assert_eq!(strip(&out).expect("JPEG"), out);
        for n in 2..sample().len() {
            strip(&sample()[..n]).expect("cut files are kept");
        }
    }

    #[test]
    fn embeds_behind_app0() {
        let blocks = MetaBlocks { exif: Some(vec![1; 10]), xmp: Some(vec![2; 10]), icc: Some(vec![3; 70_000]) };
        let out = embed(&sample(), &blocks).expect("fits");
        let at = |n: &[u8]| out.windows(n.len()).position(|w| w == n).expect("is in");
        assert!(at(b"JFIF") < at(EXIF) && at(EXIF) < at(XMP) && at(XMP) < at(ICC));
        assert_eq!(out.windows(ICC.len()).filter(|w| *w == ICC).count(), 2);
        let long = MetaBlocks { exif: Some(vec![0; 70_000]), ..MetaBlocks::default() };
        assert!(embed(&sample(), &long).is_err());
    }
}
