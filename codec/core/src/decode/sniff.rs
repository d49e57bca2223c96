//! Which format the bytes are, by signature only; names and declared types are never asked.

use crate::image::Format;

use super::{ico, isobmff, svg, tga};

/// The format, or None when nothing known stands at the start. TGA has no magic and is asked last.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let signature = match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::Webp),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Format::Tiff),
        [b'q', b'o', b'i', b'f', ..] => Some(Format::Qoi),
        [0x76, 0x2f, 0x31, 0x01, ..] => Some(Format::Exr),
        [b'#', b'?', b'R', ..] => Some(Format::Hdr),
        [0xff, 0x0a, ..] => Some(Format::Jxl),
        [0, 0, 0, 12, b'J', b'X', b'L', b' ', b'\r', b'\n', 0x87, b'\n', ..] => Some(Format::Jxl),
        [b'P', b'1'..=b'7' | b'F' | b'f', b' ' | b'\t' | b'\r' | b'\n' | b'#', ..] => Some(Format::Pnm),
        [b'B', b'M', ..] if bmp_header(bytes) => Some(Format::Bmp),
        _ => None,
    };
    signature
        .or_else(|| isobmff::sniff(bytes))
        .or_else(|| ico::looks_like(bytes).then_some(Format::Ico))
        .or_else(|| svg::looks_like(bytes).then_some(Format::Svg))
        .or_else(|| tga::looks_like(bytes).then_some(Format::Tga))
}

/// `BM` alone is two letters of text: the header's size must be one that exists.
fn bmp_header(bytes: &[u8]) -> bool {
    bytes.get(14..18).is_some_and(|size| matches!(size, [12 | 16..=255, 0, 0, 0] | [0, 1, 0, 0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tga_that_starts_like_a_cursor_is_a_tga() {
        let mut tga = vec![0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 24, 0];
        tga.extend([1, 2, 3]);
        assert_eq!(sniff(&tga), Some(Format::Tga));
    }

    #[test]
    fn text_and_nothing_are_no_pictures() {
        for bytes in [&b""[..], b"B", b"BM and so on, a letter to a friend", b"<html><body>hi</body></html>"] {
            assert_eq!(sniff(bytes), None);
        }
    }
}
