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
    pub dc: [Option<Box<Huffman>>; 4],
    pub ac: [Option<Box<Huffman>>; 4],
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
            dc: tables.dc.get(*dc).and_then(Option::as_deref).ok_or_else(missing)?,
            ac: tables.ac.get(*ac).and_then(Option::as_deref).ok_or_else(missing)?,
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
        let area = Area { alone, columns, from, to };
        let done = match lanes.first().map(|l| l.component.points) {
            first if lanes.iter().any(|l| Some(l.component.points) != first) => decode_mixed(&mut lanes, &mut bits, &area),
            Some(8) => decode_interval(&mut lanes, &mut bits, &area, decode::<63>),
            Some(4) => decode_interval(&mut lanes, &mut bits, &area, decode::<24>),
            Some(2) => decode_interval(&mut lanes, &mut bits, &area, decode::<4>),
            _ => decode_interval(&mut lanes, &mut bits, &area, decode::<0>),
        };
        let reached = if done == to { to } else { done / columns * columns };
        for lane in &mut lanes {
            let block_rows = reached / columns * if alone { 1 } else { lane.component.v };
            lane.component.rows = lane.component.rows.max(block_rows);
        }
    }
    Ok(())
}

/// MCUs `from..to` of a scan with so many a row, of one component or several.
struct Area {
    alone: bool,
    columns: usize,
    from: usize,
    to: usize,
}

/// Components at different scales.
fn decode_mixed(lanes: &mut [Lane], bits: &mut Bits, area: &Area) -> usize {
    decode_interval(lanes, bits, area, |lane, bits, block, bx, by| match lane.component.points {
        8 => decode::<63>(lane, bits, block, bx, by),
        4 => decode::<24>(lane, bits, block, bx, by),
        2 => decode::<4>(lane, bits, block, bx, by),
        _ => decode::<0>(lane, bits, block, bx, by),
    })
}

/// Decodes an area by `one` block at a time; answers the first MCU that was not whole. Generic, so that each scale
/// gets a loop of its own, small enough to be compiled well.
#[inline(always)]
fn decode_interval(
    lanes: &mut [Lane], bits: &mut Bits, area: &Area,
    one: impl Fn(&mut Lane, &mut Bits, &mut Block, usize, usize) -> Result<()>,
) -> usize {
    let mut block: Block = [0; 64];
    let &Area { alone, columns, from, to } = area;
    let (mut x, mut y) = (from % columns, from / columns);
    for mcu in from..to {
        for lane in lanes.iter_mut() {
            let (h, v) = if alone { (1, 1) } else { (lane.component.h, lane.component.v) };
            for by in 0..v {
                for bx in 0..h {
                    if one(lane, bits, &mut block, x * h + bx, y * v + by).is_err() {
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

/// Where coefficient k goes when a 4-point IDCT is all that reads the block: the rows that it does not read are
/// left alone, so that only four need clearing.
const TOP_HALF: [u8; 64] = {
    let mut table = NATURAL;
    let mut k = 0;
    while k < 64 {
        if table[k] > 31 {
            table[k] = 31;
        }
        k += 1;
    }
    table
};

/// One block of which coefficients past zigzag index `LAST` are passed over. `block` is all zero before and after:
/// clearing what was written is cheaper than a call to fill 128 bytes.
#[inline(always)]
fn decode<const LAST: usize>(lane: &mut Lane, reader: &mut Bits, block: &mut Block, bx: usize, by: usize) -> Result<()> {
    let mut local = *reader;
    let bits = &mut local;
    lane.previous = lane.previous.wrapping_add(lane.dc.difference(bits)?);
    let dc = lane.previous.wrapping_mul(i32::from(lane.quant[0])) as i16;
    let order = if LAST == 24 { &TOP_HALF } else { &NATURAL };
    let mut k = 1;
    while k <= LAST {
        let Ok((run, value)) = lane.ac.coefficient(bits) else {
            clear::<63>(block);
            return Err(broken());
        };
        k += run;
        if k > 63 {
            break;
        }
        // A long run may lead past LAST: what no IDCT reads is not written.
        if LAST > 4 || k <= LAST {
            let quant = i32::from(lane.quant[k & 63]);
            block[usize::from(order[k & 63] & 63)] = value.wrapping_mul(quant) as i16;
        }
        k += 1;
    }
    // The end symbol came first (run 64), or no other coefficient was looked at.
    let flat = k == 1 || k == 65;
    let skipped = if k <= 63 { lane.ac.skip_block(bits, k) } else { Ok(()) };
    *reader = local;
    if flat {
        lane.component.put_flat(bx, by, dc);
    } else {
        block[0] = dc;
        lane.component.put(bx, by, block);
        clear::<LAST>(block);
    }
    skipped
}

/// Zeroes what `decode::<LAST>` can have written.
#[inline(always)]
fn clear<const LAST: usize>(block: &mut Block) {
    match LAST {
        0 => {}
        4 => [block[0], block[1], block[8], block[9], block[16]] = [0; 5],
        24 => zero(block, 4),
        _ => zero(block, 8),
    }
}

/// Zeroes the first `rows` rows.
#[inline(always)]
fn zero(block: &mut Block, rows: usize) {
    #[cfg(target_arch = "wasm32")]
    super::simd::zero(block, rows);
    #[cfg(not(target_arch = "wasm32"))]
    block.iter_mut().take(rows * 8).for_each(|v| *v = 0);
}

#[cold]
fn broken() -> Error {
    Error::corrupt("JPEG: broken block")
}
