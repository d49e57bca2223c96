//! What answers to requests are made of.

use serde_json::{Value, json};

use crate::image::{Decoded, Format, Pixels};

/// What is told of a decoded picture; `source` is its size in the file.
pub fn described(d: &Decoded, format: &str, source: (u32, u32)) -> Value {
    let delays: Vec<u32> = d.frames.iter().map(|f| f.delay_ms).collect();
    json!({
        "format": format, "width": d.width, "height": d.height, "frames": delays, "loops": d.loops,
        "orientation": d.orientation, "rows_decoded": d.rows_decoded, "has_alpha": has_alpha(d),
        "source_width": source.0, "source_height": source.1, "has_icc": d.icc.is_some(),
    })
}

/// Whether the pixels have a channel for alpha.
pub fn has_alpha(d: &Decoded) -> bool {
    d.frames.iter().any(|f| {
        matches!(f.pixels, Pixels::La8(_) | Pixels::Rgba8(_) | Pixels::La16(_) | Pixels::Rgba16(_) | Pixels::RgbaF32(_))
    })
}

/// Name of a format, as the callers know it.
pub fn format_name(f: Format) -> &'static str {
    match f {
        Format::Jpeg => "jpeg",
        Format::Png => "png",
        Format::Webp => "webp",
        Format::Gif => "gif",
        Format::Bmp => "bmp",
        Format::Tiff => "tiff",
        Format::Ico => "ico",
        Format::Svg => "svg",
        Format::Heic => "heic",
        Format::Avif => "avif",
        Format::Tga => "tga",
        Format::Pnm => "pnm",
        Format::Qoi => "qoi",
        Format::Hdr => "hdr",
        Format::Exr => "exr",
        Format::Jxl => "jxl",
    }
}

/// RFC 4648 section 4, padded.
pub fn base64(data: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(data.len().div_ceil(3) * 4);
    for chunk in data.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let symbol = ALPHABET.get((word >> (18 - 6 * i) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if i <= chunk.len() { symbol as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_rfc() {
        assert_eq!(["", "f", "fo", "foo", "foob"].map(|t| base64(t.as_bytes())), ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
