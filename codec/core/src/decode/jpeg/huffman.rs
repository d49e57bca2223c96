//! Huffman tables (T.81 Annex C, F.2.2.3) with lookups that decode a code together with its extra bits,
//! and, for coefficients that a scaled decode does not need, several symbols at once.

use super::bits::{Bits, extend};
use crate::error::{Error, Result};

/// Bits of every lookup.
const PEEK: u32 = 11;
const SIZE: usize = 1 << PEEK;

/// One table, DC or AC.
pub struct Huffman {
    /// By the next [`PEEK`] bits: symbol << 8 | code length; 0 = longer code or none.
    symbols: Vec<u16>,
    /// As `symbols` but with the extra bits in: value << 16 | run << 8 | bits in all; 0 = does not fit.
    values: Vec<u32>,
    /// Symbols that are skipped at once: see [`Skip`]. Empty for DC tables.
    skips: Vec<u32>,
    /// For codes longer than [`PEEK`]: per length, the largest code left-aligned to 16 bits (+1), and
    /// what to add to a code for its index.
    limits: [u32; 18],
    deltas: [i32; 17],
    list: Vec<u8>,
}

/// End of block in the run field of [`Huffman::values`] and the advance of a skip: no coefficient is left.
const END: u32 = 64;

impl Huffman {
    /// From a DHT segment's counts of codes of 1–16 bits and the symbols in order.
    ///
    /// # Errors
    /// `corrupt` where more codes are listed than a length has.
    pub fn new(counts: &[u8; 16], list: &[u8], is_ac: bool) -> Result<Self> {
        let mut me = Self {
            symbols: vec![0; SIZE], values: Vec::new(), skips: Vec::new(),
            limits: [0; 18], deltas: [0; 17], list: list.to_vec(),
        };
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
        me.values = (0..SIZE as u32).map(|v| me.value(v)).collect();
        if is_ac {
            me.skips = (0..SIZE as u32).map(|v| me.skip(v)).collect();
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

    /// Entry of `skips` for the next bits `v`: as many whole symbols as fit.
    /// Coefficients << 8 | bits in all, and [`ENDS`] if the last symbol ends the block.
    fn skip(&self, v: u32) -> u32 {
        let (mut used, mut steps) = (0, 0);
        loop {
            let entry = u32::from(self.symbols.get(((v << used) & (SIZE as u32 - 1)) as usize).copied().unwrap_or(0));
            let (symbol, bits) = (entry >> 8, entry & 0xff);
            let (run, size) = (symbol >> 4, symbol & 15);
            // Only the code has to lie in the window: the last one's extra bits are passed over unseen.
            if bits == 0 || used + bits > PEEK || used + bits + size > 31 || steps + run >= 63 {
                return if used == 0 { 0 } else { steps << 8 | used };
            }
            used += bits + size;
            if size == 0 && run < 15 {
                return ENDS | steps << 8 | used;
            }
            steps += run + 1;
            if used >= PEEK {
                return steps << 8 | used;
            }
        }
    }

    /// One symbol; the caller has refilled (16 bits are looked at).
    ///
    /// # Errors
    /// `corrupt` for bits that are no code.
    #[inline(always)]
    pub fn symbol(&self, bits: &mut Bits) -> Result<u32> {
        let entry = u32::from(self.symbols.get(bits.peek(PEEK) as usize).copied().unwrap_or(0));
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
        let entry = self.values.get(bits.peek(PEEK) as usize).copied().unwrap_or(0);
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
            let entry = self.skips.get(bits.peek(PEEK) as usize).copied().unwrap_or(0);
            let steps = (entry >> 8 & 0xff) as usize;
            // A block whose last coefficient is coded has no end symbol: an entry that reaches past it
            // would swallow the next block's bits.
            if entry != 0 && k + steps < 64 {
                bits.skip(entry & 0xff);
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

/// Mark in a skip entry: the block ends.
const ENDS: u32 = 1 << 31;

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
