//! Scans (T.81 B.2.3): their header, and sequential decoding straight into the planes.

use super::bits::{Bits, Intervals};
use super::frame::{Component, Frame};
use super::huffman::Huffman;
use super::idct::Block;
pub use crate::encode::jpeg::tables::NATURAL;
use crate::error::{Error, Result};


/// Last zigzag index that an IDCT of so many points reads.
pub fn last_index(points: usize) -> usize {
    match points {
        8 => 63,
        4 => 24,
        2 => 4,
        _ => 0,
    }
}

/// Tables as the segments before a scan have set them.
#[derive(Default)]
pub struct Tables {
    /// Dequantisation in zigzag order.
    pub quant: [Option<[u16; 64]>; 4],
    pub dc: [Option<Huffman>; 4],
    pub ac: [Option<Huffman>; 4],
    /// MCUs between restart markers; 0 = none.
    pub restart: usize,
}

/// A scan header.
pub struct Scan {
    /// Index in the frame, DC and AC table.
    pub members: Vec<(usize, usize, usize)>,
    pub first: usize,
    pub last: usize,
    pub high: u32,
    pub low: u32,
}

impl Scan {
    /// Reads the body of an SOS segment.
    ///
    /// # Errors
    /// `corrupt` for components that the frame has not, or parameters out of range.
    pub fn read(body: &[u8], frame: &Frame) -> Result<Self> {
        let bad = || Error::corrupt("JPEG: bad scan header");
        let (count, rest) = body.split_first().ok_or_else(bad)?;
        let count = usize::from(*count);
        let (specs, rest) = rest.split_at_checked(count * 2).ok_or_else(bad)?;
        let &[first, last, approximation, ..] = rest else { return Err(bad()) };
        let mut members: Vec<(usize, usize, usize)> = Vec::new();
        for pair in specs.chunks_exact(2) {
            let [id, tables] = pair else { continue };
            let taken = |n: usize| members.iter().any(|m| m.0 == n);
            let index = frame.components.iter().enumerate().position(|(n, c)| c.id == *id && !taken(n)).ok_or_else(bad)?;
            members.push((index, usize::from(tables >> 4 & 3), usize::from(tables & 3)));
        }
        let scan = Self {
            members, first: first.into(), last: last.into(),
            high: (approximation >> 4).into(), low: (approximation & 15).into(),
        };
        if count == 0 || count > 4 { Err(bad()) } else { Ok(scan) }
    }
}

/// What decoding a block needs of one component, tables resolved.
struct Lane<'a> {
    component: &'a mut Component,
    dc: &'a Huffman,
    ac: &'a Huffman,
    quant: &'a [u16; 64],
    previous: i32,
}

/// Decodes a sequential scan into the planes. Broken data ends an interval, not the picture:
/// how far it came stands in `Component::rows`.
///
/// # Errors
/// `corrupt` where a table is missing.
pub fn decode_sequential(frame: &mut Frame, scan: &Scan, tables: &Tables, data: &Intervals) -> Result<()> {
    let alone = scan.members.len() == 1;
    let mcus = frame.mcus;
    let mut lanes = Vec::new();
    for (n, component) in frame.components.iter_mut().enumerate() {
        let Some((_, dc, ac)) = scan.members.iter().find(|m| m.0 == n) else { continue };
        let missing = || Error::corrupt("JPEG: a scan without its tables");
        lanes.push(Lane {
            dc: tables.dc.get(*dc).and_then(Option::as_ref).ok_or_else(missing)?,
            ac: tables.ac.get(*ac).and_then(Option::as_ref).ok_or_else(missing)?,
            quant: tables.quant.get(component.table).and_then(Option::as_ref).ok_or_else(missing)?,
            component,
            previous: 0,
        });
    }
    let (columns, rows) = match lanes.as_slice() {
        [lane] if alone => lane.component.blocks,
        _ => mcus,
    };
    let total = columns * rows;
    let interval = if tables.restart == 0 { total } else { tables.restart };
    for n in 0..total.div_ceil(interval.max(1)) {
        let Some(mut bits) = data.reader(n) else { break };
        lanes.iter_mut().for_each(|l| l.previous = 0);
        let from = n * interval;
        let to = (from + interval).min(total);
        let done = decode_interval(&mut lanes, &mut bits, alone, columns, from, to);
        let reached = if done == to { to } else { done / columns * columns };
        for lane in &mut lanes {
            let block_rows = reached / columns * if alone { 1 } else { lane.component.v };
            lane.component.rows = lane.component.rows.max(block_rows);
        }
    }
    Ok(())
}

/// Decodes MCUs `from..to`; answers the first that was not whole.
fn decode_interval(lanes: &mut [Lane], bits: &mut Bits, alone: bool, columns: usize, from: usize, to: usize) -> usize {
    let (mut x, mut y) = (from % columns, from / columns);
    for mcu in from..to {
        for lane in lanes.iter_mut() {
            let (h, v) = if alone { (1, 1) } else { (lane.component.h, lane.component.v) };
            for by in 0..v {
                for bx in 0..h {
                    if decode_block(lane, bits, x * h + bx, y * v + by).is_err() {
                        return mcu;
                    }
                }
            }
        }
        if bits.overrun() {
            return mcu;
        }
        x += 1;
        if x == columns {
            (x, y) = (0, y + 1);
        }
    }
    to
}

#[inline(always)]
fn decode_block(lane: &mut Lane, bits: &mut Bits, bx: usize, by: usize) -> Result<()> {
    match lane.component.points {
        8 => block::<63>(lane, bits, bx, by),
        4 => block::<24>(lane, bits, bx, by),
        2 => block::<4>(lane, bits, bx, by),
        _ => block::<0>(lane, bits, bx, by),
    }
}

/// One block of which coefficients past zigzag index `LAST` are passed over.
#[inline(always)]
fn block<const LAST: usize>(lane: &mut Lane, bits: &mut Bits, bx: usize, by: usize) -> Result<()> {
    lane.previous = lane.previous.wrapping_add(lane.dc.difference(bits)?);
    let dc = lane.previous.wrapping_mul(i32::from(lane.quant[0])) as i16;
    let mut block: Block = [0; 64];
    let mut k = 1;
    while k <= LAST {
        let (run, value) = lane.ac.coefficient(bits)?;
        k += run;
        if k > 63 {
            break;
        }
        let quant = i32::from(lane.quant[k & 63]);
        block[usize::from(NATURAL[k & 63] & 63)] = value.wrapping_mul(quant) as i16;
        k += 1;
    }
    // The end symbol came first (run 64), or no other coefficient was looked at.
    let flat = k == 1 || k == 65;
    if k <= 63 {
        lane.ac.skip_block(bits, k)?;
    }
    if flat {
        lane.component.put_flat(bx, by, dc);
    } else {
        block[0] = dc;
        lane.component.put(bx, by, &block);
    }
    Ok(())
}
