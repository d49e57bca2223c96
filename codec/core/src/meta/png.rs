//! Metadata chunks of PNG (PNG third edition, 11.3).

use super::{MetaBlocks, Mode, exif, xmp};
use crate::error::{Error, Result};

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
const XMP_KEY: &[u8] = b"XML:com.adobe.xmp\0";
/// Most bytes that a compressed XMP packet unpacks to.
const MAX_XMP: usize = 1 << 20;

/// Chunks that a stripped original keeps as they are, besides every critical one.
const KEPT: [&[u8; 4]; 19] = [
    b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT",
    b"tIME", b"acTL", b"fcTL", b"fdAT", b"sTER", b"oFFs",
];
/// Parts of text keywords (in lower case) that a stripped original loses.
const SECRET: [&str; 8] = ["gps", "serial", "thumb", "raw profile", "exif", "maker", "location", "xmp"];

struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
    whole: &'a [u8],
}

/// Chunks up to and with IEND; stops where one is cut.
fn chunks(file: &[u8]) -> Result<impl Iterator<Item = Chunk<'_>>> {
    let mut b = file.strip_prefix(SIGNATURE).ok_or_else(|| Error::corrupt("PNG: no signature"))?;
    Ok(std::iter::from_fn(move || {
        let (len, rest) = b.split_first_chunk::<4>()?;
        let len = u32::from_be_bytes(*len) as usize;
        let name = *rest.first_chunk::<4>()?;
        let data = rest.get(4..len.checked_add(4)?)?;
        let (whole, after) = b.split_at_checked(len.checked_add(12)?)?;
        b = if &name == b"IEND" { &[] } else { after };
        Some(Chunk { name, data, whole })
    }))
}

/// Puts profile, EXIF and XMP behind IHDR; with a profile, the file's own colour chunks go.
pub fn embed(file: &[u8], blocks: &MetaBlocks) -> Result<Vec<u8>> {
    let mut out = SIGNATURE.to_vec();
    for c in chunks(file)? {
        if blocks.icc.is_some() && matches!(&c.name, b"iCCP" | b"sRGB" | b"gAMA" | b"cHRM" | b"cICP") {
            continue;
        }
        out.extend_from_slice(c.whole);
        if &c.name == b"IHDR" {
            put_blocks(&mut out, blocks);
        }
    }
    Ok(out)
}

fn put_blocks(out: &mut Vec<u8>, blocks: &MetaBlocks) {
    if let Some(icc) = &blocks.icc {
        put(out, b"iCCP", &[b"icc\0\0", &miniz_oxide::deflate::compress_to_vec_zlib(icc, 9)]);
    }
    if let Some(exif) = &blocks.exif {
        put(out, b"eXIf", &[exif]);
    }
    if let Some(xmp) = &blocks.xmp {
        put(out, b"iTXt", &[XMP_KEY, &[0; 4], xmp]);
    }
}

fn put(out: &mut Vec<u8>, name: &[u8; 4], parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|p| p.len()).sum();
    out.extend((len as u32).to_be_bytes());
    let from = out.len();
    out.extend_from_slice(name);
    parts.iter().for_each(|p| out.extend_from_slice(p));
    let crc = crc32(out.get(from..).unwrap_or_default());
    out.extend(crc.to_be_bytes());
}

/// PNG annex D.
fn crc32(b: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    let table: [u32; 256] = std::array::from_fn(|n| (0..8).fold(n as u32, step));
    !b.iter().fold(!0, |crc, &v| table[((crc ^ u32::from(v)) & 255) as usize] ^ (crc >> 8))
}

/// Rebuilds eXIf and XMP; keeps colour, animation and harmless texts; drops private chunks and what follows IEND.
pub fn strip(file: &[u8]) -> Result<Vec<u8>> {
    let mut out = SIGNATURE.to_vec();
    for c in chunks(file)? {
        let critical = c.name[0].is_ascii_uppercase();
        if critical || KEPT.contains(&&c.name) {
            out.extend_from_slice(c.whole);
            continue;
        }
        match &c.name {
            b"eXIf" => {
                if let Some(e) = exif::rebuild(c.data, Mode::All, true) {
                    put(&mut out, b"eXIf", &[&e]);
                }
            }
            b"iTXt" if c.data.starts_with(XMP_KEY) => {
                if let Some(x) = unpack_xmp(c.data).and_then(|x| xmp::rebuild(Some(&x), None, Mode::All, true)) {
                    put(&mut out, b"iTXt", &[XMP_KEY, &[0; 4], &x]);
                }
            }
            b"tEXt" | b"zTXt" | b"iTXt" if harmless(c.data) => out.extend_from_slice(c.whole),
            _ => {}
        }
    }
    Ok(out)
}

/// Whether a text's keyword says nothing of [`SECRET`].
fn harmless(data: &[u8]) -> bool {
    let key: String = data.iter().take(80).take_while(|c| **c != 0).map(|&c| char::from(c).to_ascii_lowercase()).collect();
    !SECRET.iter().any(|s| key.contains(s))
}

/// iTXt: key, compression flag and method, language, translated key, text.
fn unpack_xmp(data: &[u8]) -> Option<Vec<u8>> {
    let rest = data.strip_prefix(XMP_KEY)?;
    let compressed = *rest.first()? == 1;
    let mut parts = rest.get(2..)?.splitn(3, |c| *c == 0);
    let text = parts.nth(2)?;
    if compressed {
        miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(text, MAX_XMP).ok()
    } else {
        Some(text.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut f = SIGNATURE.to_vec();
        put(&mut f, b"IHDR", &[&[0; 13]]);
        put(&mut f, b"gAMA", &[&[0; 4]]);
        put(&mut f, b"tEXt", &[b"Raw profile type exif\0", b"secret"]);
        put(&mut f, b"tEXt", &[b"Title\0", b"kept title"]);
        put(&mut f, b"prVW", &[b"a preview"]);
        put(&mut f, b"IDAT", &[b"pixels"]);
        put(&mut f, b"IEND", &[]);
        f.extend(b"tail");
        f
    }

    fn has(b: &[u8], n: &[u8]) -> bool {
        b.windows(n.len()).any(|w| w == n)
    }

    #[test]
    fn crc_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let mut end = Vec::new();
        put(&mut end, b"IEND", &[]);
        assert_eq!(end, b"\0\0\0\0IEND\xaeB`\x82");
    }

    #[test]
    fn strips_and_keeps_pixels() {
        let out = strip(&sample()).expect("PNG");
        assert!(has(&out, b"pixels") && has(&out, b"kept title") && has(&out, b"gAMA"));
        assert!(!has(&out, b"secret") && !has(&out, b"preview") && !has(&out, b"tail"));
        for n in 0..sample().len() {
            let _ = strip(&sample()[..n]);
        }
    }

    #[test]
    fn embeds_behind_the_header() {
        let blocks = MetaBlocks { exif: Some(b"MM\0*".to_vec()), xmp: Some(b"<x/>".to_vec()), icc: Some(vec![3; 500]) };
        let out = embed(&sample(), &blocks).expect("PNG");
        assert!(has(&out, b"iCCP") && has(&out, b"eXIfMM\0*") && has(&out, b"xmp\0\0\0\0\0<x/>") && !has(&out, b"gAMA"));
        let x = chunks(&out).expect("PNG").find(|c| &c.name == b"iTXt").and_then(|c| unpack_xmp(c.data));
        assert_eq!(x.as_deref(), Some(b"<x/>".as_slice()));
    }
}
