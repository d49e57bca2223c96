//! Lossless coding (T.81 Annex H): each sample is a difference from a prediction by its neighbours.

use super::bits::Bits;
use super::bits::Intervals;
use super::frame::{Component, Frame};
use super::huffman::Huffman;
use super::scan::{Scan, Tables};
use crate::error::{Error, Result};

/// Decodes a scan into the planes; broken data ends an interval.
///
/// # Errors
/// `corrupt` for a predictor or point transform out of range, or a missing table.
pub fn decode(frame: &mut Frame, scan: &Scan, tables: &Tables, data: &Intervals) -> Result<()> {
    let bad = || Error::corrupt("JPEG: bad lossless scan");
    if !(1..=7).contains(&scan.first) || scan.low > 7 {
        return Err(bad());
    }
    let alone = scan.members.len() == 1;
    let mut area = frame.mcus;
    if let [(n, ..)] = scan.members.as_slice() {
        area = frame.components.get(*n).ok_or_else(bad)?.blocks;
    }
    let (columns, rows) = area;
    let total = columns * rows;
    let interval = if tables.restart == 0 { total } else { tables.restart };
    for part in 0..total.div_ceil(interval.max(1)) {
        let Some(mut bits) = data.reader(part) else { break };
        let from = part * interval;
        let to = (from + interval).min(total);
        // Prediction starts anew in the row that an interval starts in.
        let top = from / columns;
        let mut at = from;
        while at < to && unit(frame, scan, tables, &mut bits, (at % columns, at / columns, top), alone).is_ok() {
            at += 1;
        }
        for (n, ..) in &scan.members {
            if let Some(c) = frame.components.get_mut(*n) {
                c.rows = c.rows.max(at / columns * if alone { 1 } else { c.v });
            }
        }
    }
    Ok(())
}

/// One MCU at (x, y), of an interval that starts in row `top`.
fn unit(frame: &mut Frame, scan: &Scan, tables: &Tables, bits: &mut Bits, place: (usize, usize, usize), alone: bool) -> Result<()> {
    let bad = || Error::corrupt("JPEG: scan ends early");
    let (x, y, top) = place;
    for (n, dc, _) in &scan.members {
        let table = tables.dc.get(*dc).and_then(Option::as_ref).ok_or_else(bad)?;
        let c = frame.components.get_mut(*n).ok_or_else(bad)?;
        let (h, v) = if alone { (1, 1) } else { (c.h, c.v) };
        for i in 0..h * v {
            sample(c, table, bits, scan, (x * h + i % h, y * v + i / h, top * v))?;
        }
    }
    if bits.overrun() { Err(bad()) } else { Ok(()) }
}

fn sample(c: &mut Component, table: &Huffman, bits: &mut Bits, scan: &Scan, (x, y, top): (usize, usize, usize)) -> Result<()> {
    let difference = table.difference(bits)?;
    let stride = c.padded.0;
    let at = y * stride + x;
    let low = scan.low;
    let get = |back: usize| at.checked_sub(back).and_then(|i| c.plane.get(i)).map_or(0, |v| i32::from(*v) >> low);
    let predicted = match (x, y == top) {
        (0, true) => 1 << (7 - low),
        (_, true) => get(1),
        (0, false) => get(stride),
        _ => {
            let (a, b, c) = (get(1), get(stride), get(stride + 1));
            match scan.first {
                1 => a,
                2 => b,
                3 => c,
                4 => a + b - c,
                5 => a + ((b - c) >> 1),
                6 => b + ((a - c) >> 1),
                _ => (a + b) >> 1,
            }
        }
    };
    if let Some(slot) = c.plane.get_mut(at) {
        *slot = (predicted.wrapping_add(difference) << low) as u8;
    }
    Ok(())
}
