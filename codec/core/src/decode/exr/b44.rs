//! B44 and B44A: 4×4 blocks of halves in 14 or 3 bytes; other channels stored.

use crate::decode::common::Reader;
use crate::error::Result;

use super::blocks::Area;
use super::header::{Header, Kind};
use super::piz::interleave;

pub fn decode(header: &Header, area: &Area, data: &[u8]) -> Result<Vec<u8>> {
    let mut r = Reader::new(data);
    let mut planes = Vec::new();
    for channel in &header.channels {
        let (width, height) = area.size(header, channel);
        let (width, height) = (width as usize, height as usize);
        if channel.kind == Kind::Half {
            planes.push(halves(&mut r, width, height)?);
        } else {
            let stored = r.take(width * height * 4)?;
            planes.push(stored.as_chunks::<2>().0.iter().map(|&b| u16::from_le_bytes(b)).collect());
        }
    }
    Ok(interleave(header, area, &planes))
}

fn halves(r: &mut Reader<'_>, width: usize, height: usize) -> Result<Vec<u16>> {
    let mut out = vec![0; width * height];
    for top in (0..height).step_by(4) {
        for left in (0..width).step_by(4) {
            let head = r.take(3)?;
            let block = if head[2] >= 13 << 2 { flat(head) } else { packed(head, r.take(11)?) };
            for (i, &value) in block.iter().enumerate() {
                let (x, y) = (left + i % 4, top + i / 4);
                if let (true, Some(slot)) = (x < width && y < height, out.get_mut(y * width + x)) {
                    *slot = value;
                }
            }
        }
    }
    Ok(out)
}

/// Values are stored so that they sort as integers.
fn unsorted(v: u16) -> u16 {
    if v & 0x8000 != 0 { v & 0x7fff } else { !v }
}

fn flat(head: &[u8]) -> [u16; 16] {
    [unsorted(u16::from(head[0]) << 8 | u16::from(head[1])); 16]
}

/// One value of 16 bits, a shift, and fifteen differences of 6 bits: down the first column, then along the rows.
fn packed(head: &[u8], tail: &[u8]) -> [u16; 16] {
    let mut bytes = [0u8; 14];
    bytes.iter_mut().zip(head.iter().chain(tail)).for_each(|(o, &b)| *o = b);
    let shift = u32::from(bytes[2] >> 2);
    let bias = 0x20u32 << shift;
    // Differences start at bit 22: after 16 bits of value and 6 of shift.
    let difference = |n: usize| {
        let bit = 22 + n * 6;
        let at = |i: usize| u32::from(bytes.get(i).copied().unwrap_or(0));
        let word = at(bit / 8) << 8 | at(bit / 8 + 1);
        (word >> (10 - bit % 8) & 63) << shift
    };
    let mut s = [0u32; 16];
    s[0] = u32::from(bytes[0]) << 8 | u32::from(bytes[1]);
    for n in 0..15 {
        // 0–2: rows 1–3 of column 0 from the row above; then each column from the one to its left.
        let (to, from) = if n < 3 { ((n + 1) * 4, n * 4) } else { ((n - 3) % 4 * 4 + (n - 3) / 4 + 1, (n - 3) % 4 * 4 + (n - 3) / 4) };
        s[to] = s[from].wrapping_add(difference(n)).wrapping_sub(bias) & 0xffff;
    }
    s.map(|v| unsorted(v as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_without_differences_is_flat() {
        // Shift 0, every difference 0x20 (the bias): all values equal the first.
        let mut bits = vec![0u8; 14];
        (bits[0], bits[1]) = (0xbc, 0x00);
        for n in 0..15 {
            let bit = 22 + n * 6;
            bits[bit / 8] |= 0x80 >> (bit % 8);
        }
        assert_eq!(packed(&bits[..3], &bits[3..]), [0x3c00; 16]);
    }
}
