//! Progressive scans (T.81 Annex G). Of each block only the coefficients that the scaled IDCT reads are
//! kept; of the others one bit says whether they are 0, which refinement scans need to stay in step.

use super::bits::{Bits, Intervals, extend};
use super::frame::{Component, Frame};
use super::huffman::Huffman;
use super::scan::{NATURAL, Scan, Tables, last_index};
use crate::error::{Error, Result};

/// The coefficients of one component.
pub struct Store {
    /// Coefficients kept a block, in zigzag order.
    keep: usize,
    values: Vec<i16>,
    /// Bit k: coefficient k is not 0.
    present: Vec<u64>,
}

impl Store {
    /// All zero.
    pub fn new(component: &Component) -> Self {
        let keep = last_index(component.points) + 1;
        let blocks = component.padded.0 * component.padded.1;
        Self { keep, values: vec![0; blocks * keep], present: vec![0; blocks] }
    }

    /// Dequantises and transforms every block into the component's plane.
    pub fn finish(&self, component: &mut Component, quant: &[u16; 64]) {
        let columns = component.padded.0;
        for (n, (values, present)) in self.values.chunks_exact(self.keep).zip(&self.present).enumerate() {
            let (bx, by) = (n % columns, n / columns);
            let mut block = [0i16; 64];
            for (k, v) in values.iter().enumerate() {
                let q = i32::from(quant[k & 63]);
                block[usize::from(NATURAL[k & 63] & 63)] = i32::from(*v).wrapping_mul(q) as i16;
            }
            if present >> 1 == 0 {
                component.put_flat(bx, by, block[0]);
            } else {
                component.put(bx, by, &block);
            }
        }
    }
}

/// One block under work.
struct Cell<'a> {
    values: &'a mut [i16],
    present: &'a mut u64,
}

impl Cell<'_> {
    #[inline(always)]
    fn set(&mut self, k: usize, v: i32) {
        *self.present |= 1 << (k & 63);
        if let Some(slot) = self.values.get_mut(k) {
            *slot = v as i16;
        }
    }

    /// A correction bit for coefficient k, which is not 0.
    #[inline(always)]
    fn correct(&mut self, k: usize, bits: &mut Bits, low: u32) {
        if bits.bit() && let Some(slot) = self.values.get_mut(k) {
            let step = 1i16 << low;
            if *slot & step == 0 {
                *slot = slot.wrapping_add(if *slot < 0 { -step } else { step });
            }
        }
    }
}

/// Decodes one progressive scan into `stores`.
///
/// # Errors
/// `corrupt` for parameters out of range or a missing table.
pub fn decode(frame: &mut Frame, stores: &mut [Store], scan: &Scan, tables: &Tables, data: &Intervals) -> Result<()> {
    let bad = || Error::corrupt("JPEG: bad progressive scan");
    if scan.first > scan.last || scan.last > 63 || scan.low > 13 || (scan.first == 0 && scan.last != 0) {
        return Err(bad());
    }
    if scan.first > 0 {
        let [(n, _, ac)] = scan.members.as_slice() else { return Err(bad()) };
        let ac = tables.ac.get(*ac).and_then(Option::as_ref).ok_or_else(bad)?;
        let (Some(component), Some(store)) = (frame.components.get(*n), stores.get_mut(*n)) else { return Err(bad()) };
        ac_scan(component, store, scan, ac, tables.restart, data);
        return Ok(());
    }
    dc_scan(frame, stores, scan, tables, data)
}

fn dc_scan(frame: &mut Frame, stores: &mut [Store], scan: &Scan, tables: &Tables, data: &Intervals) -> Result<()> {
    let alone = scan.members.len() == 1;
    let mut columns_rows = frame.mcus;
    for (n, dc, _) in &scan.members {
        let table = tables.dc.get(*dc).and_then(Option::as_ref);
        if scan.high == 0 && table.is_none() {
            return Err(Error::corrupt("JPEG: a scan without its table"));
        }
        if alone && let Some(c) = frame.components.get(*n) {
            columns_rows = c.blocks;
        }
    }
    let (columns, rows) = columns_rows;
    let total = columns * rows;
    let interval = if tables.restart == 0 { total } else { tables.restart };
    for part in 0..total.div_ceil(interval.max(1)) {
        let Some(mut bits) = data.reader(part) else { break };
        let mut previous = [0i32; 4];
        let from = part * interval;
        let to = (from + interval).min(total);
        let mut done = from;
        while done < to && dc_mcu(frame, stores, scan, tables, &mut bits, &mut previous, alone, (done % columns, done / columns)).is_ok() {
            done += 1;
        }
        for (n, ..) in &scan.members {
            if let Some(c) = frame.components.get_mut(*n) {
                c.rows = c.rows.max(done / columns * if alone { 1 } else { c.v });
            }
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn dc_mcu(
    frame: &Frame, stores: &mut [Store], scan: &Scan, tables: &Tables, bits: &mut Bits,
    previous: &mut [i32; 4], alone: bool, (x, y): (usize, usize),
) -> Result<()> {
    let bad = || Error::corrupt("JPEG: scan ends early");
    for (n, dc, _) in &scan.members {
        let (Some(c), Some(store), Some(previous)) = (frame.components.get(*n), stores.get_mut(*n), previous.get_mut(*n)) else {
            return Err(bad());
        };
        let (h, v) = if alone { (1, 1) } else { (c.h, c.v) };
        for i in 0..h * v {
            let at = ((y * v + i / h) * c.padded.0 + x * h + i % h) * store.keep;
            let slot = store.values.get_mut(at).ok_or_else(bad)?;
            if scan.high > 0 {
                if bits.bit() {
                    *slot |= 1 << scan.low;
                }
            } else {
                let table = tables.dc.get(*dc).and_then(Option::as_ref).ok_or_else(bad)?;
                *previous = previous.wrapping_add(table.difference(bits)?);
                *slot = (*previous << scan.low) as i16;
            }
        }
    }
    if bits.overrun() { Err(bad()) } else { Ok(()) }
}

fn ac_scan(component: &Component, store: &mut Store, scan: &Scan, ac: &Huffman, restart: usize, data: &Intervals) {
    if store.keep == 1 {
        return; // Only means are wanted: nothing of this scan matters, now or later.
    }
    let (columns, rows) = component.blocks;
    let total = columns * rows;
    let interval = if restart == 0 { total } else { restart };
    for part in 0..total.div_ceil(interval.max(1)) {
        let Some(mut bits) = data.reader(part) else { return };
        let to = ((part + 1) * interval).min(total);
        let mut n = part * interval;
        let mut ends = 0u32;
        while n < to {
            if ends > 0 && scan.high == 0 {
                // A run of blocks that end here: nothing to read in any of them.
                let jump = (ends as usize).min(to - n);
                (n, ends) = (n + jump, ends - jump as u32);
                continue;
            }
            let at = n / columns * component.padded.0 + n % columns;
            let (Some(values), Some(present)) = (store.values.get_mut(at * store.keep..(at + 1) * store.keep), store.present.get_mut(at)) else { return };
            let cell = Cell { values, present };
            let result = if scan.high == 0 { first_pass(cell, scan, ac, &mut bits) } else { refine(cell, scan, ac, &mut bits, ends) };
            match result {
                Ok(more) if !bits.overrun() => ends = more,
                _ => break,
            }
            n += 1;
        }
    }
}

/// Length of a run of ended blocks that symbol `run` announces, this one counted in.
fn end_run(run: u32, bits: &mut Bits) -> u32 {
    bits.refill();
    (1 << run) + bits.take(run)
}

/// First pass over a block's band; answers how many more blocks end at once.
fn first_pass(mut cell: Cell, scan: &Scan, ac: &Huffman, bits: &mut Bits) -> Result<u32> {
    let mut k = scan.first;
    while k <= scan.last {
        bits.refill();
        let symbol = ac.symbol(bits)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        if size == 0 {
            if run < 15 {
                return Ok(end_run(run, bits) - 1);
            }
            k += 16;
            continue;
        }
        k += run as usize;
        let value = extend(bits.take(size), size);
        if k > 63 {
            break;
        }
        cell.set(k, value << scan.low);
        k += 1;
    }
    Ok(0)
}

/// Refinement of a block's band, `ends` blocks of a run (this one counted in) being left.
fn refine(mut cell: Cell, scan: &Scan, ac: &Huffman, bits: &mut Bits, ends: u32) -> Result<u32> {
    let mut k = scan.first;
    let mut ends = ends;
    while ends == 0 && k <= scan.last {
        bits.refill();
        let symbol = ac.symbol(bits)?;
        let (mut run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run < 15 {
            ends = end_run(run, bits);
            break;
        }
        let step = 1i32 << scan.low;
        let value = if size == 0 { 0 } else if bits.take(1) == 1 { step } else { -step };
        while k <= scan.last {
            if *cell.present >> k & 1 == 1 {
                cell.correct(k, bits, scan.low);
            } else if run == 0 {
                break;
            } else {
                run -= 1;
            }
            k += 1;
        }
        if value != 0 && k <= scan.last {
            cell.set(k, value);
        }
        k += 1;
    }
    if ends == 0 {
        return Ok(0);
    }
    correct_rest(&mut cell, k, scan, bits);
    Ok(ends - 1)
}

/// Correction bits from coefficient `k` on, where no new coefficient comes.
fn correct_rest(cell: &mut Cell, k: usize, scan: &Scan, bits: &mut Bits) {
    if k > scan.last {
        return;
    }
    let mut left = *cell.present & (u64::MAX << k) & (u64::MAX >> (63 - scan.last));
    let kept = cell.values.len();
    while left != 0 {
        let k = left.trailing_zeros() as usize;
        if k >= kept {
            // Bits of coefficients that are not kept are dropped together.
            let mut n = left.count_ones();
            while n > 0 {
                bits.refill();
                bits.skip(n.min(32));
                n -= n.min(32);
            }
            return;
        }
        cell.correct(k, bits, scan.low);
        left &= left - 1;
    }
}
