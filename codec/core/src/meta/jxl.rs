//! Metadata boxes of JPEG XL (ISO/IEC 18181-2).

use super::MetaBlocks;
use crate::error::{Error, Result};

/// Signature and file type boxes of a container.
const SIGNATURE: &[u8] = b"\0\0\0\x0cJXL \r\n\x87\n";
const FILE_TYPE: &[u8] = b"\0\0\0\x14ftypjxl \0\0\0\0jxl ";

/// Puts EXIF and XMP behind the file type box; a bare codestream is wrapped. A profile belongs into the codestream,
/// by the encoder: `blocks.icc` is not looked at.
pub fn embed(file: &[u8], blocks: &MetaBlocks) -> Result<Vec<u8>> {
    let (head, rest, bare) = if file.starts_with(&[0xff, 0x0a]) {
        ([SIGNATURE, FILE_TYPE].concat(), file, true)
    } else if file.starts_with(&[SIGNATURE, FILE_TYPE].concat()) {
        let (head, rest) = file.split_at(SIGNATURE.len() + FILE_TYPE.len());
        (head.to_vec(), rest, false)
    } else {
        return Err(Error::corrupt("JXL: no signature"));
    };
    // The level box, if there is one, must come first.
    let level = if !bare && rest.get(4..8) == Some(b"jxll") { 9.min(rest.len()) } else { 0 };
    let (level, rest) = rest.split_at(level);
    let mut out = [head.as_slice(), level].concat();
    if let Some(e) = &blocks.exif {
        // Four bytes: offset of the TIFF header.
        put(&mut out, b"Exif", &[&[0; 4], e])?;
    }
    if let Some(x) = &blocks.xmp {
        put(&mut out, b"xml ", &[x])?;
    }
    if bare {
        put(&mut out, b"jxlc", &[rest])?;
    } else {
        out.extend_from_slice(rest);
    }
    Ok(out)
}

fn put(out: &mut Vec<u8>, name: &[u8; 4], parts: &[&[u8]]) -> Result<()> {
    let len = 8 + parts.iter().map(|p| p.len()).sum::<usize>();
    let len = u32::try_from(len).map_err(|_| Error::limit("box is too long"))?;
    out.extend(len.to_be_bytes());
    out.extend_from_slice(name);
    parts.iter().for_each(|p| out.extend_from_slice(p));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_and_boxed() {
        let blocks = MetaBlocks { exif: Some(b"MM\0*".to_vec()), xmp: Some(b"<x/>".to_vec()), icc: None };
        let bare = embed(b"\xff\x0acode", &blocks).expect("JXL");
        let want = [SIGNATURE, FILE_TYPE, b"\0\0\0\x10Exif\0\0\0\0MM\0*", b"\0\0\0\x0cxml <x/>", b"\0\0\0\x0ejxlc\xff\x0acode"];
        assert_eq!(bare, want.concat());
        let level = [SIGNATURE, FILE_TYPE, b"\0\0\0\x09jxll\x0a", b"\0\0\0\x0ejxlc\xff\x0acode"].concat();
        let boxed = embed(&level, &MetaBlocks { exif: None, ..blocks }).expect("JXL");
        assert_eq!(boxed, [&level[..41], b"\0\0\0\x0cxml <x/>", &level[41..]].concat());
        assert!(embed(b"GIF", &MetaBlocks::default()).is_err());
    }
}
