//! Predictors (TIFF 6.0 section 14; Adobe's technical note 3 for floats), undone in place.

use super::header::Header;

/// Undoes the predictor of one row; `channels` samples stand side by side.
pub fn undo(header: &Header, little: bool, channels: usize, row: &mut [u8]) {
    match (header.predictor, header.bits) {
        (2, 8) => bytes(row, channels),
        (2, 16) => words(row, channels, little),
        (2, 32) => longs(row, channels, little),
        (2, 64) => quads(row, channels, little),
        (3, bits @ (16 | 24 | 32 | 64)) => floats(row, channels, bits as usize / 8, little),
        _ => {}
    }
}

fn bytes(row: &mut [u8], channels: usize) {
    for i in channels..row.len() {
        row[i] = row[i].wrapping_add(row[i - channels]);
    }
}

fn words(row: &mut [u8], channels: usize, little: bool) {
    let cells = row.as_chunks_mut::<2>().0;
    let get = |c: [u8; 2]| if little { u16::from_le_bytes(c) } else { u16::from_be_bytes(c) };
    for i in channels..cells.len() {
        let sum = get(cells[i]).wrapping_add(get(cells[i - channels]));
        cells[i] = if little { sum.to_le_bytes() } else { sum.to_be_bytes() };
    }
}

fn longs(row: &mut [u8], channels: usize, little: bool) {
    let cells = row.as_chunks_mut::<4>().0;
    let get = |c: [u8; 4]| if little { u32::from_le_bytes(c) } else { u32::from_be_bytes(c) };
    for i in channels..cells.len() {
        let sum = get(cells[i]).wrapping_add(get(cells[i - channels]));
        cells[i] = if little { sum.to_le_bytes() } else { sum.to_be_bytes() };
    }
}

fn quads(row: &mut [u8], channels: usize, little: bool) {
    let cells = row.as_chunks_mut::<8>().0;
    let get = |c: [u8; 8]| if little { u64::from_le_bytes(c) } else { u64::from_be_bytes(c) };
    for i in channels..cells.len() {
        let sum = get(cells[i]).wrapping_add(get(cells[i - channels]));
        cells[i] = if little { sum.to_le_bytes() } else { sum.to_be_bytes() };
    }
}

/// Bytes were differenced after all high bytes, then all next ones … had been put together.
fn floats(row: &mut [u8], channels: usize, size: usize, little: bool) {
    bytes(row, channels);
    let planes = row.to_vec();
    let count = row.len() / size;
    for (i, cell) in row.chunks_exact_mut(size).enumerate() {
        for (k, byte) in cell.iter_mut().enumerate() {
            let plane = if little { size - 1 - k } else { k };
            *byte = planes.get(plane * count + i).copied().unwrap_or(0);
        }
    }
}
