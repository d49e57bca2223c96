//! Metadata chunks of WebP (RFC 9649, section 2).

use super::{MetaBlocks, Mode, exif, xmp};
use crate::error::{Error, Result};

const ICC_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;

type Chunk<'a> = ([u8; 4], &'a [u8]);

/// Name and data of each chunk; the last may be cut.
fn chunks(file: &[u8]) -> Result<Vec<Chunk<'_>>> {
    let mut b = match file.get(..12) {
        Some(h) if h.starts_with(b"RIFF") && h.ends_with(b"WEBP") => file.get(12..).unwrap_or_default(),
        _ => return Err(Error::corrupt("WebP: no signature")),
    };
    let size = file.get(4..8).map_or(0, |s| u32::from_le_bytes([s[0], s[1], s[2], s[3]]) as usize);
    b = b.get(..size.saturating_sub(4)).unwrap_or(b);
    let mut out = Vec::new();
    while let (Some(name), Some(len)) = (b.first_chunk::<4>(), b.get(4..8)) {
        let len = u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize;
        let data = b.get(8..).unwrap_or_default();
        out.push((*name, data.get(..len).unwrap_or(data)));
        b = data.get(len.next_multiple_of(2)..).unwrap_or_default();
    }
    Ok(out)
}

fn write(chunks: &[(&[u8; 4], &[u8])]) -> Result<Vec<u8>> {
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    for (name, data) in chunks {
        out.extend_from_slice(*name);
        let len = u32::try_from(data.len()).map_err(|_| Error::limit("WebP is too long"))?;
        out.extend(len.to_le_bytes());
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(2), 0);
    }
    let size = u32::try_from(out.len() - 8).map_err(|_| Error::limit("WebP is too long"))?;
    out.get_mut(4..8).map(|s| s.copy_from_slice(&size.to_le_bytes()));
    Ok(out)
}

/// Adds the blocks, turning a simple file into an extended one (VP8X). Blocks already there are replaced.
pub fn embed(file: &[u8], blocks: &MetaBlocks) -> Result<Vec<u8>> {
    let old = chunks(file)?;
    let mut head = header(&old)?;
    let mut out: Vec<(&[u8; 4], &[u8])> = Vec::new();
    let new = [(b"ICCP", &blocks.icc, ICC_FLAG), (b"EXIF", &blocks.exif, EXIF_FLAG), (b"XMP ", &blocks.xmp, XMP_FLAG)];
    for (_, block, flag) in new {
        if block.is_some() {
            head[0] |= flag;
        }
    }
    let replaced = |name: &[u8; 4]| name == b"VP8X" || new.iter().any(|(n, b, _)| *n == name && b.is_some());
    out.push((b"VP8X", &head));
    out.extend(blocks.icc.as_ref().map(|b| (b"ICCP", b.as_slice())));
    out.extend(old.iter().filter(|(n, _)| !replaced(n)).map(|(n, d)| (n, *d)));
    out.extend(blocks.exif.as_ref().map(|b| (b"EXIF", b.as_slice())));
    out.extend(blocks.xmp.as_ref().map(|b| (b"XMP ", b.as_slice())));
    write(&out)
}

/// The VP8X chunk that is there, or a fresh one by the picture's own header.
fn header(chunks: &[Chunk]) -> Result<[u8; 10]> {
    let broken = || Error::corrupt("WebP: no picture");
    let (name, data) = chunks.first().ok_or_else(broken)?;
    if name == b"VP8X" {
        return data.first_chunk::<10>().copied().ok_or_else(broken);
    }
    let (w, h, alpha) = match name {
        b"VP8L" => {
            let b = data.get(1..5).ok_or_else(broken)?;
            let v = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            (v & 0x3fff, v >> 14 & 0x3fff, v >> 28 & 1 == 1)
        }
        b"VP8 " => {
            let b = data.get(6..10).ok_or_else(broken)?;
            let side = |lo: u8, hi: u8| (u32::from(u16::from_le_bytes([lo, hi])) & 0x3fff).wrapping_sub(1) & 0xff_ffff;
            (side(b[0], b[1]), side(b[2], b[3]), false)
        }
        _ => return Err(broken()),
    };
    let ([w0, w1, w2, _], [h0, h1, h2, _]) = (w.to_le_bytes(), h.to_le_bytes());
    Ok([if alpha { ALPHA_FLAG } else { 0 }, 0, 0, 0, w0, w1, w2, h0, h1, h2])
}

/// Rebuilds EXIF and XMP, drops unknown chunks and what follows the file's end.
pub fn strip(file: &[u8]) -> Result<Vec<u8>> {
    let old = chunks(file)?;
    let find = |name: &[u8; 4]| old.iter().find(|(n, _)| n == name).map(|(_, d)| *d);
    let exif = find(b"EXIF").and_then(|e| exif::rebuild(e.strip_prefix(b"Exif\0\0").unwrap_or(e), Mode::All, true));
    let xmp = find(b"XMP ").and_then(|x| xmp::rebuild(Some(x), None, Mode::All, true));
    let mut head = find(b"VP8X").map(<[u8]>::to_vec).unwrap_or_default();
    if let Some(flags) = head.first_mut() {
        *flags &= !(EXIF_FLAG | XMP_FLAG);
        *flags |= if exif.is_some() { EXIF_FLAG } else { 0 } | if xmp.is_some() { XMP_FLAG } else { 0 };
    }
    let known: [&[u8; 4]; 6] = [b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"];
    let mut out: Vec<(&[u8; 4], &[u8])> = Vec::new();
    for (name, data) in &old {
        if name == b"VP8X" {
            out.push((name, &head));
        } else if known.contains(&name) {
            out.push((name, data));
        }
    }
    out.extend(exif.as_ref().map(|b| (b"EXIF", b.as_slice())));
    out.extend(xmp.as_ref().map(|b| (b"XMP ", b.as_slice())));
    write(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lossless(w: u32, h: u32) -> Vec<u8> {
        let bits = (w - 1) | (h - 1) << 14 | 1 << 28;
        let data = [&[0x2f][..], &bits.to_le_bytes(), b"pixels"].concat();
        write(&[(b"VP8L", &data)]).expect("short")
    }

    #[test]
    fn a_simple_file_becomes_extended() {
        let blocks = MetaBlocks { exif: Some(b"MM\0*xyz".to_vec()), xmp: Some(b"<x/>".to_vec()), icc: Some(vec![3; 7]) };
        let out = embed(&lossless(301, 77), &blocks).expect("WebP");
        let c = chunks(&out).expect("WebP");
        let names: Vec<&[u8]> = c.iter().map(|(n, _)| n.as_slice()).collect();
        assert_eq!(names, [b"VP8X".as_slice(), b"ICCP", b"VP8L", b"EXIF", b"XMP "]);
        assert_eq!(c[0].1, [0x3c, 0, 0, 0, 44, 1, 0, 76, 0, 0]);
        assert_eq!(u32::from_le_bytes([out[4], out[5], out[6], out[7]]) as usize, out.len() - 8);
    }

    #[test]
    fn strips_and_survives_cuts() {
        let blocks = MetaBlocks { exif: Some(b"broken".to_vec()), xmp: Some(b"<x/>".to_vec()), icc: Some(vec![3; 7]) };
        let file = embed(&lossless(30, 7), &blocks).expect("WebP");
        let out = strip(&file).expect("WebP");
        let c = chunks(&out).expect("WebP");
        assert_eq!((c.len(), c[0].1[0]), (3, ICC_FLAG | ALPHA_FLAG));
        for n in 12..file.len() {
            let _ = (strip(&file[..n]), embed(&file[..n], &blocks));
        }
    }
}
