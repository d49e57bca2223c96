//! The orientation tag of a TIFF-structured EXIF block (TIFF 6.0 section 2, tag 0x0112).

use super::common::Reader;

const ORIENTATION: u16 = 0x0112;

/// Orientation 1–8 from IFD0, 1 when the block is broken or has none. The block has no `Exif\0\0` prefix.
pub fn orientation(exif: &[u8]) -> u8 {
    find(exif).filter(|o| (1..=8).contains(o)).unwrap_or(1)
}

fn find(exif: &[u8]) -> Option<u8> {
    let little = match exif.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let u16_of = |r: &mut Reader| if little { r.u16_le() } else { r.u16_be() };
    let u32_of = |r: &mut Reader| if little { r.u32_le() } else { r.u32_be() };
    let ifd = u32_of(&mut Reader::at(exif, 4)).ok()?;
    let mut r = Reader::at(exif, ifd as usize);
    let entries = u16_of(&mut r).ok()?;
    for _ in 0..entries {
        let tag = u16_of(&mut r).ok()?;
        let kind = u16_of(&mut r).ok()?;
        let _count = u32_of(&mut r).ok()?;
        let value = r.take(4).ok()?;
        if tag == ORIENTATION {
            let mut v = Reader::new(value);
            return match kind {
                1 => v.u8().ok(),
                3 => u16_of(&mut v).ok().and_then(|o| u8::try_from(o).ok()),
                4 => u32_of(&mut v).ok().and_then(|o| u8::try_from(o).ok()),
                _ => None,
            };
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_byte_orders() {
        let le = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let be = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";
        assert_eq!(orientation(le), 6);
        assert_eq!(orientation(be), 8);
    }

    #[test]
    fn broken_blocks_are_upright() {
        assert_eq!(orientation(b""), 1);
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), 1);
        assert_eq!(orientation(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0"), 1);
    }
}
