//! The canonical Huffman code of PIZ: 65,537 symbols, the last used one repeats the value before it.

use crate::decode::common::Reader;
use crate::error::{Error, Result};

const SYMBOLS: usize = (1 << 16) + 1;
const LONGEST: usize = 58;
/// Code lengths from here on mean runs of unused symbols.
const SHORT_RUN: u64 = 59;
const LONG_RUN: u64 = 63;

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    have: u32,
}

impl Bits<'_> {
    fn new(data: &[u8]) -> Bits<'_> {
        Bits { data, at: 0, held: 0, have: 0 }
    }
    fn take(&mut self, count: u32) -> Option<u64> {
        while self.have < count {
            self.held = self.held << 8 | u64::from(*self.data.get(self.at)?);
            self.at += 1;
            self.have += 8;
        }
        self.have -= count;
        Some(self.held >> self.have & ((1 << count) - 1))
    }
}

/// Decodes exactly `count` values. Errors: `Corrupt`.
pub fn decode(data: &[u8], count: usize) -> Result<Vec<u16>> {
    let broken = || Error::corrupt("exr: a broken Huffman code");
    let mut r = Reader::new(data);
    let (first, last) = (r.u32_le()? as usize, r.u32_le()? as usize);
    let (table_len, bits, _) = (r.u32_le()? as usize, r.u32_le()?, r.u32_le()?);
    if first >= SYMBOLS || last >= SYMBOLS {
        return Err(broken());
    }
    // The table's stored length is not always set; its own codes tell where it ends.
    let _ = table_len;
    let mut table_bits = Bits::new(r.rest());
    let lengths = lengths(&mut table_bits, first, last).ok_or_else(broken)?;
    let code = Code::new(&lengths);
    let used = r.pos() + table_bits.at;
    let mut input = Bits::new(data.get(used..).unwrap_or_default());
    let mut left = u64::from(bits);
    let mut out: Vec<u16> = Vec::with_capacity(count);
    while out.len() < count {
        let (symbol, len) = code.next(&mut input).ok_or_else(broken)?;
        left = left.checked_sub(len.into()).ok_or_else(broken)?;
        if symbol as usize == last {
            left = left.checked_sub(8).ok_or_else(broken)?;
            let run = input.take(8).ok_or_else(broken)? as usize;
            let value = *out.last().ok_or_else(broken)?;
            out.resize((out.len() + run).min(count), value);
        } else {
            out.push(symbol as u16);
        }
    }
    Ok(out)
}

/// Code lengths of all symbols: 6 bits each, runs of zeros packed.
fn lengths(bits: &mut Bits<'_>, first: usize, last: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; SYMBOLS];
    let mut symbol = first;
    while symbol <= last {
        match bits.take(6)? {
            LONG_RUN => symbol += bits.take(8)? as usize + 6,
            run @ SHORT_RUN.. => symbol += (run - SHORT_RUN) as usize + 2,
            len => {
                *out.get_mut(symbol)? = len as u8;
                symbol += 1;
            }
        }
    }
    (symbol == last + 1).then_some(out)
}

/// Symbols sorted by code length; in each length codes count up, longer codes have the smaller values.
struct Code {
    symbols: Vec<u32>,
    /// First code, first index in `symbols` and number of codes of each length.
    groups: [(u64, usize, u64); LONGEST + 1],
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0u64; LONGEST + 1];
        for &len in lengths.iter().filter(|&&l| l > 0) {
            if let Some(count) = counts.get_mut(usize::from(len)) {
                *count += 1;
            }
        }
        let mut groups = [(0, 0, 0); LONGEST + 1];
        let mut code = 0u64;
        for (group, &count) in groups.iter_mut().zip(&counts).skip(1).rev() {
            *group = (code, 0, count);
            code = (code + count) >> 1;
        }
        let mut symbols = Vec::new();
        for (len, group) in groups.iter_mut().enumerate().skip(1) {
            group.1 = symbols.len();
            let own = (0u32..).zip(lengths).filter(|(_, l)| usize::from(**l) == len);
            if group.2 > 0 {
                symbols.extend(own.map(|(symbol, _)| symbol));
            }
        }
        Self { symbols, groups }
    }

    /// The next symbol and its code's length.
    fn next(&self, bits: &mut Bits<'_>) -> Option<(u32, u32)> {
        let mut code = 0u64;
        for (len, &(base, start, count)) in self.groups.iter().enumerate().skip(1) {
            code = code << 1 | bits.take(1)?;
            if let Some(offset) = code.checked_sub(base).filter(|&o| o < count) {
                return Some((*self.symbols.get(start + offset as usize)?, len as u32));
            }
        }
        None
    }
}
