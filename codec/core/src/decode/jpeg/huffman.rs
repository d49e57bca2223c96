//! Huffman tables (T.81 Annex C, F.2.2.3) with lookups that decode a code together with its extra bits,
//! and, for coefficients that a scaled decode does not need, several symbols at once.

use super::bits::{Bits, extend};
use crate::error::{Error, Result};

/// Bits of a lookup of one symbol.
const PEEK: u32 = 12;
const SIZE: usize = 1 << PEEK;
/// Bits of a lookup that skips.
const SKIP_PEEK: u32 = 12;
const SKIP_SIZE: usize = 1 << SKIP_PEEK;

/// One table, DC or AC. The lookups are small enough that those of all tables in use stay in the first-level cache.
pub struct Huffman {
    /// By the next [`PEEK`] bits: symbol << 8 | code length; 0 = longer code or none.
    symbols: [u16; SIZE],
    /// As `symbols` but with the extra bits in: value << 16 | run << 8 | bits in all; 0 = does not fit.
    values: [u32; SIZE],
    /// By the next [`SKIP_PEEK`] bits: symbols that are skipped at once, see [`Huffman::skip_entry`].
    skips: [u16; SKIP_SIZE],
    /// For longer codes: per length, the largest code left-aligned to 16 bits (+1), and what to add to a code for
    /// its index.
    limits: [u32; 18],
    deltas: [i32; 17],
    list: Vec<u8>,
}

/// End of block in the run field of [`Huffman::values`]: no coefficient is left.
const END: u32 = 64;
/// Mark in a skip entry: the block ends.
const ENDS: u16 = 1 << 15;

impl Huffman {
    /// From a DHT segment's counts of codes of 1–16 bits and the symbols in order.
    ///
    /// # Errors
    /// `corrupt` where more codes are listed than a length has.
    pub fn new(counts: &[u8; 16], list: &[u8], is_ac: bool) -> Result<Box<Self>> {
        let mut me = Box::new(Self {
            symbols: [0; SIZE], values: [0; SIZE], skips: [0; SKIP_SIZE],
            limits: [0; 18], deltas: [0; 17], list: list.to_vec(),
        });
        let (mut code, mut index) = (0u32, 0usize);
        for (bits, count) in (1u32..).zip(counts) {
            let count = u32::from(*count);
            if code + count > 1 << bits {
                return Err(Error::corrupt("JPEG: Huffman table has too many codes"));
            }
            if let Some(d) = me.deltas.get_mut(bits as usize) {
                *d = index as i32 - code as i32;
            }
            me.enter(list.get(index..index + count as usize).unwrap_or_default(), code, bits);
            index += count as usize;
            code += count;
            if let Some(l) = me.limits.get_mut(bits as usize) {
                *l = code << (16 - bits);
            }
            code <<= 1;
        }
        if is_ac {
            me.values = std::array::from_fn(|v| me.value(v as u32));
            me.skips = std::array::from_fn(|v| me.skip_entry(v as u32));
        }
        Ok(me)
    }

    /// Fills the lookup for the codes of one length.
    fn enter(&mut self, list: &[u8], code: u32, bits: u32) {
        if bits > PEEK {
            return;
        }
        let span = 1usize << (PEEK - bits);
        for (n, symbol) in list.iter().enumerate() {
            let at = (code as usize + n) * span;
            if let Some(slots) = self.symbols.get_mut(at..at + span) {
                slots.fill(u16::from(*symbol) << 8 | bits as u16);
            }
        }
    }

    /// Entry of `values` for the next bits `v`.
    fn value(&self, v: u32) -> u32 {
        let entry = u32::from(self.symbols.get(v as usize).copied().unwrap_or(0));
        let (symbol, bits) = (entry >> 8, entry & 0xff);
        let (run, size) = (symbol >> 4, symbol & 15);
        if bits == 0 || bits + size > PEEK {
            return 0;
        }
        let extra = (v >> (PEEK - bits - size)) & ((1 << size) - 1);
        let run = if size == 0 && run < 15 { END } else { run };
        (extend(extra, size) as u32) << 16 | run << 8 | (bits + size)
    }

    /// Entry of `skips` for the next bits `v`: as many symbols as have their codes in them; the last one's extra bits
    /// may lie beyond. Coefficients << 5 | bits in all (up to 26), and [`ENDS`] if the last symbol ends the block.
    fn skip_entry(&self, v: u32) -> u16 {
        let (mut used, mut steps) = (0u32, 0u32);
        while used < SKIP_PEEK {
            // Bits past the window read as 0: a code that would need them is not taken.
            let window = (v << used) & (SKIP_SIZE as u32 - 1);
            let entry = self.symbols.get((window >> (SKIP_PEEK - PEEK)) as usize).copied().unwrap_or(0);
            let (symbol, bits) = (u32::from(entry >> 8), u32::from(entry & 0xff));
            let (run, size) = (symbol >> 4, symbol & 15);
            if bits == 0 || used + bits > SKIP_PEEK || used + bits + size > 31 || steps + run >= 63 {
                break;
            }
            used += bits + size;
            if size == 0 && run < 15 {
                return ENDS | (steps << 5 | used) as u16;
            }
            steps += run + 1;
        }
        (steps << 5 | used) as u16
    }

    /// One symbol; the caller has refilled (16 bits are looked at).
    ///
    /// # Errors
    /// `corrupt` for bits that are no code.
    #[inline(always)]
    pub fn symbol(&self, bits: &mut Bits) -> Result<u32> {
        let entry = u32::from(self.symbols[bits.peek(PEEK) as usize & (SIZE - 1)]);
        // By value: a reader whose address went out could not live in registers.
        let entry = if entry != 0 { entry } else { self.long_symbol(bits.peek(16)) };
        bits.skip(entry & 0xff);
        if entry == 0 { Err(bad_code()) } else { Ok(entry >> 8) }
    }

    /// As an entry of `symbols`, from the next 16 bits; 0 for no code.
    #[cold]
    fn long_symbol(&self, code: u32) -> u32 {
        for len in 1..=16u32 {
            let limit = self.limits.get(len as usize).copied().unwrap_or(0);
            if code < limit {
                let delta = self.deltas.get(len as usize).copied().unwrap_or(0);
                let index = (code >> (16 - len)) as i32 + delta;
                return self.list.get(index as usize).map_or(0, |symbol| u32::from(*symbol) << 8 | len);
            }
        }
        0
    }

    /// A DC difference.
    ///
    /// # Errors
    /// `corrupt` for bits that are no code or a size past 16.
    #[inline(always)]
    pub fn difference(&self, bits: &mut Bits) -> Result<i32> {
        bits.refill();
        let size = self.symbol(bits)?;
        if size > 16 {
            return Err(bad_code());
        }
        let extra = bits.take(size);
        Ok(extend(extra, size))
    }

    /// The next AC coefficient: (zeros before it, its value), run ≥ 64 at the end of the block.
    ///
    /// # Errors
    /// `corrupt` for bits that are no code.
    #[inline(always)]
    pub fn coefficient(&self, bits: &mut Bits) -> Result<(usize, i32)> {
        bits.refill();
        let entry = self.values[bits.peek(PEEK) as usize & (SIZE - 1)];
        if entry != 0 {
            bits.skip(entry & 0xff);
            return Ok(((entry >> 8 & 0xff) as usize, entry as i32 >> 16));
        }
        let symbol = self.symbol(bits)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run < 15 {
            return Ok((END as usize, 0));
        }
        let extra = bits.take(size);
        Ok((run as usize, extend(extra, size)))
    }

    /// Passes over the coefficients from `k` to the end of the block.
    ///
    /// # Errors
    /// `corrupt` for bits that are no code.
    #[inline(always)]
    pub fn skip_block(&self, bits: &mut Bits, mut k: usize) -> Result<()> {
        while k < 64 {
            bits.refill();
            let entry = self.skips[bits.peek(SKIP_PEEK) as usize & (SKIP_SIZE - 1)];
            let steps = usize::from(entry >> 5 & 63);
            // A block whose last coefficient is coded has no end symbol: an entry that reaches past it
            // would swallow the next block's bits.
            if entry != 0 && k + steps < 64 {
                bits.skip(u32::from(entry & 31));
                if entry & ENDS != 0 {
                    return Ok(());
                }
                k += steps;
                continue;
            }
            let (run, _) = self.coefficient(bits)?;
            k += run + 1;
        }
        Ok(())
    }
}

#[cold]
fn bad_code() -> Error {
    Error::corrupt("JPEG: bad Huffman code")
}

/// The tables of T.81 Annex K.3, for Motion-JPEG frames that carry none: (class, id, counts, symbols).
pub fn standard() -> [(usize, usize, [u8; 16], &'static [u8]); 4] {
    use crate::encode::jpeg::tables as t;
    [
        (0, 0, t::DC_LUMA_COUNTS, &t::DC_SYMBOLS),
        (0, 1, t::DC_CHROMA_COUNTS, &t::DC_SYMBOLS),
        (1, 0, t::AC_LUMA_COUNTS, &t::AC_LUMA_SYMBOLS),
        (1, 1, t::AC_CHROMA_COUNTS, &t::AC_CHROMA_SYMBOLS),
    ]
}
