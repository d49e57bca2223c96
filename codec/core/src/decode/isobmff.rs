//! ISO base media files (ISO/IEC 14496-12, HEIF 23008-12): which of HEIC and AVIF a file is.

use crate::image::Format;

use super::common::Reader;

/// HEIC or AVIF by the brands of `ftyp`; generic brands (`mif1`, `msf1`) go by the compatible ones.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let mut r = Reader::new(bytes);
    let len = r.u32_be().ok()? as usize;
    if r.take(4).ok()? != b"ftyp" {
        return None;
    }
    let body = r.take_up_to(len.checked_sub(8)?.min(4096));
    let (major, rest) = body.split_first_chunk::<4>()?;
    let compatible = rest.get(4..).unwrap_or_default();
    of_brand(major).or_else(|| compatible.as_chunks::<4>().0.iter().find_map(of_brand))
}

fn of_brand(brand: &[u8; 4]) -> Option<Format> {
    match brand {
        b"avif" | b"avis" | b"avio" => Some(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some(Format::Heic),
        _ => None,
    }
}
