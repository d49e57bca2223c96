//! GIF (GIF89a): XMP goes in as an application extension; stripping takes such extensions out, but for loop counts.

use super::MetaBlocks;
use crate::error::{Error, Result};

/// Behind XMP, whose text is read as block lengths (XMP part 3, 1.1.2): whichever byte of it a reader lands on leads to the
/// end.
fn magic_trailer() -> impl Iterator<Item = u8> {
    std::iter::once(1).chain((0..=255).rev()).chain(std::iter::once(0))
}

/// Puts XMP before the first frame; the format has no place for EXIF and profiles.
pub fn embed(file: &[u8], blocks: &MetaBlocks) -> Result<Vec<u8>> {
    let Some(xmp) = &blocks.xmp else { return Ok(file.to_vec()) };
    let cut = || Error::corrupt("GIF: cut");
    let mut at = 13 + table(*file.get(10).ok_or_else(cut)?);
    // The loop count stays the first extension, where old viewers look for it.
    while file.get(at..at + 2) == Some(&[0x21, 0xff]) {
        at = block_end(file, at).ok_or_else(cut)?;
    }
    let (head, tail) = file.split_at_checked(at).ok_or_else(cut)?;
    let mut out = Vec::with_capacity(file.len() + xmp.len() + 300);
    out.extend_from_slice(head);
    out.extend_from_slice(b"\x21\xff\x0bXMP DataXMP");
    out.extend_from_slice(xmp);
    out.extend(magic_trailer());
    out.extend_from_slice(tail);
    Ok(out)
}

/// Comments, frames and times stay; what follows the trailer goes. A broken tail is kept as it is.
pub fn strip(file: &[u8]) -> Result<Vec<u8>> {
    let cut = || Error::corrupt("GIF: cut");
    if !file.starts_with(b"GIF8") {
        return Err(Error::corrupt("GIF: no signature"));
    }
    let flags = *file.get(10).ok_or_else(cut)?;
    let mut at = 13 + table(flags);
    let mut out = file.get(..at).ok_or_else(cut)?.to_vec();
    while let Some(end) = block_end(file, at) {
        let block = file.get(at..end).unwrap_or_default();
        let loops = block.get(3..14).is_some_and(|n| n == b"NETSCAPE2.0" || n == b"ANIMEXTS1.0");
        if !block.starts_with(&[0x21, 0xff]) || loops {
            out.extend_from_slice(block);
        }
        if block == [0x3b] {
            return Ok(out);
        }
        at = end;
    }
    out.extend_from_slice(file.get(at..).unwrap_or_default());
    Ok(out)
}

/// Bytes of a colour table.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Where the block at `at` ends; None when it is cut or unknown.
fn block_end(file: &[u8], at: usize) -> Option<usize> {
    match *file.get(at)? {
        0x3b => Some(at + 1),
        0x21 => sub_blocks(file, at + 2),
        0x2c => sub_blocks(file, at + 10 + table(*file.get(at + 9)?) + 1),
        _ => None,
    }
}

fn sub_blocks(file: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let n = usize::from(*file.get(at)?);
        at += 1 + n;
        if n == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xmp_stands_behind_the_loop_count_and_is_found_again() {
        let head = b"GIF89a\x01\0\x01\0\x80\0\0abcdef".to_vec();
        let loops = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";
        let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
        let file = [&head[..], loops, frame].concat();
        let blocks = MetaBlocks { xmp: Some("<x>© 2026</x>".into()), ..MetaBlocks::default() };
        let out = embed(&file, &blocks).expect("GIF");
        assert!(out.starts_with(&[&head[..], loops].concat()) && out.ends_with(frame));
        let options = crate::image::DecodeOptions {
            max_pixels: 10, frames: crate::image::Frames::First, target: None, allow_ycc: false, full_chroma: false,
        };
        assert_eq!(crate::decode::decode(&out, &options).expect("GIF").xmp, blocks.xmp);
        assert_eq!(strip(&out), Ok(file));
    }

    #[test]
    fn only_application_notes_go() {
        let head = b"GIF89a\x01\0\x01\0\x80\0\0abcdef".to_vec();
        let loops = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";
        let xmp = b"\x21\xff\x0bXMP DataXMP\x03GPS\0";
        let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
        let file = [&head[..], loops, xmp, b"\x21\xfe\x02hi\0", frame, b"\x3btail"].concat();
        assert_eq!(strip(&file), Ok([&head[..], loops, b"\x21\xfe\x02hi\0", frame, b"\x3b"].concat()));
        for n in 0..file.len() {
            let _ = strip(&file[..n]);
        }
    }
}
