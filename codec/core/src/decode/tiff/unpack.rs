//! Packed samples of any depth to numbers, and numbers to the scales of [`super::segments::Samples`].

use crate::decode::common::{scale_to_u8, scale_to_u16};

use super::header::{Header, Photometric, Sample};

/// Unpacks `count` samples of one row. Integers come as they are (64-bit ones lose their low half), floats as
/// the bits of an f32. Bytes of whole-byte depths are in file order, other depths are packed from the high bit.
pub fn row(data: &[u8], header: &Header, little: bool, count: usize, out: &mut Vec<u32>) {
    out.clear();
    match header.bits {
        8 => out.extend(data.iter().take(count).map(|&b| u32::from(b))),
        16 => out.extend(data.as_chunks::<2>().0.iter().take(count).map(|&b| {
            let v = if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) };
            if header.sample == Sample::Float { half(v).to_bits() } else { v.into() }
        })),
        24 => out.extend(data.as_chunks::<3>().0.iter().take(count).map(|&[a, b, c]| {
            let v = if little { u32::from_le_bytes([a, b, c, 0]) } else { u32::from_be_bytes([0, a, b, c]) };
            if header.sample == Sample::Float { float24(v).to_bits() } else { v }
        })),
        32 => out.extend(data.as_chunks::<4>().0.iter().take(count).map(|&b| {
            if little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) }
        })),
        64 => out.extend(data.as_chunks::<8>().0.iter().take(count).map(|&b| {
            let v = if little { u64::from_le_bytes(b) } else { u64::from_be_bytes(b) };
            if header.sample == Sample::Float { (f64::from_bits(v) as f32).to_bits() } else { (v >> 32) as u32 }
        })),
        bits => packed(data, bits, count, out),
    }
    out.resize(count, 0);
}

fn packed(data: &[u8], bits: u32, count: usize, out: &mut Vec<u32>) {
    let mut bytes = data.iter();
    let (mut held, mut have) = (0u64, 0);
    for _ in 0..count {
        while have < bits {
            let Some(&byte) = bytes.next() else { return };
            held = held << 8 | u64::from(byte);
            have += 8;
        }
        have -= bits;
        out.push((held >> have) as u32 & (u32::MAX >> (32 - bits)));
    }
}

fn half(v: u16) -> f32 {
    let (sign, exp, mantissa) = (u32::from(v >> 15) << 31, v >> 10 & 31, u32::from(v & 1023));
    let magnitude = match exp {
        0 => (mantissa as f32 * 2f32.powi(-24)).to_bits(),
        31 => 0x7f80_0000 | mantissa << 13,
        _ => (u32::from(exp) + 112) << 23 | mantissa << 13,
    };
    f32::from_bits(sign | magnitude)
}

/// 1 sign, 7 exponent (bias 63), 16 mantissa bits (Adobe's TIFF technical note 3).
fn float24(v: u32) -> f32 {
    let (sign, exp, mantissa) = (v >> 23 << 31, v >> 16 & 127, v & 0xffff);
    let magnitude = match exp {
        0 => (mantissa as f32 * 2f32.powi(-78)).to_bits(),
        127 => 0x7f80_0000 | mantissa << 7,
        _ => (exp + 64) << 23 | mantissa << 7,
    };
    f32::from_bits(sign | magnitude)
}

/// Largest value of the depth (64-bit samples have been cut to 32).
fn max(header: &Header) -> u32 {
    u32::MAX >> (32 - header.bits.min(32))
}

/// Signed samples: the lowest becomes black, the highest white; Lab's a* and b* are kept as they are.
fn shifted(header: &Header, v: u32) -> u32 {
    let lab = matches!(header.photometric, Photometric::CieLab | Photometric::IccLab);
    if header.sample == Sample::Signed && !lab { v ^ 1 << (header.bits.min(32) - 1) } else { v }
}

pub fn to_u8(header: &Header, v: u32) -> u8 {
    if header.photometric == Photometric::Palette {
        return v.min(255) as u8;
    }
    scale_to_u8(shifted(header, v), max(header))
}

pub fn to_u16(header: &Header, v: u32) -> u16 {
    if header.photometric == Photometric::Palette {
        return v.min(65_535) as u16;
    }
    scale_to_u16(shifted(header, v), max(header))
}

/// What is not finite becomes 0.
pub fn to_f32(_header: &Header, v: u32) -> f32 {
    Some(f32::from_bits(v)).filter(|v| v.is_finite()).unwrap_or(0.0)
}

/// Blocks of subsampled YCbCr (section 21: h × v luma samples, then Cb, Cr) as whole pixels.
pub fn blocks(header: &Header, width: u32, rows: u32, data: &[u8]) -> Vec<u8> {
    let (h, v) = (header.subsampling.0 as usize, header.subsampling.1 as usize);
    let (width, rows) = (width as usize, rows as usize);
    let mut out = vec![0; width * rows * 3];
    let across = width.div_ceil(h);
    for (index, block) in data.chunks_exact(h * v + 2).enumerate() {
        let (left, top) = (index % across * h, index / across * v);
        let (luma, chroma) = block.split_at(h * v);
        for (i, &y) in luma.iter().enumerate() {
            let (x, line) = (left + i % h, top + i / h);
            let at = (line * width + x) * 3;
            if let (true, Some(pixel)) = (x < width && line < rows, out.get_mut(at..at + 3)) {
                pixel.copy_from_slice(&[y, chroma[0], chroma[1]]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        assert_eq!(half(0x3c00), 1.0);
        assert_eq!(half(0xc000), -2.0);
        assert_eq!(half(0x0001), 2f32.powi(-24));
        assert_eq!(float24(63 << 16), 1.0);
    }

    #[test]
    fn twelve_bits_are_packed_from_the_high_end() {
        let mut out = Vec::new();
        packed(&[0x12, 0x34, 0x56], 12, 2, &mut out);
        assert_eq!(out, [0x123, 0x456]);
    }
}
