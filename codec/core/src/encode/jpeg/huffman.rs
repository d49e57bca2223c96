//! Huffman codes made to measure (T.81 Annex K.2) and the writing of tokens.

/// A table as DHT carries it, with its codes by symbol.
pub struct Table {
    pub counts: [u8; 16],
    pub symbols: Vec<u8>,
    /// By symbol: code << 8 | length.
    codes: [u32; 256],
}

impl Table {
    /// The best code for these frequencies, no code longer than 16 bits and none of ones only.
    pub fn from_frequencies(frequencies: &[u32; 256]) -> Self {
        let mut lengths = lengths(frequencies);
        limit(&mut lengths);
        let mut order: Vec<(u8, usize)> = Vec::new();
        let mut used: Vec<usize> = (0..256).filter(|s| frequencies.get(*s).is_some_and(|f| *f > 0)).collect();
        // Rarer symbols get the longer codes.
        used.sort_by_key(|s| (std::cmp::Reverse(frequencies.get(*s).copied().unwrap_or(0)), *s));
        let mut next = used.into_iter();
        let mut counts = [0u8; 16];
        for (bits, count) in (1u8..).zip(lengths.iter().skip(1).take(16)) {
            for _ in 0..*count {
                if let (Some(s), Some(c)) = (next.next(), counts.get_mut(usize::from(bits) - 1)) {
                    order.push((bits, s));
                    *c += 1;
                }
            }
        }
        Self::from_order(counts, order)
    }

    fn from_order(counts: [u8; 16], order: Vec<(u8, usize)>) -> Self {
        let mut codes = [0u32; 256];
        let (mut code, mut at) = (0u32, 0u8);
        for (bits, symbol) in &order {
            code <<= bits - at;
            at = *bits;
            if let Some(slot) = codes.get_mut(*symbol) {
                *slot = code << 8 | u32::from(*bits);
            }
            code += 1;
        }
        Self { counts, symbols: order.iter().map(|o| o.1 as u8).collect(), codes }
    }
}

/// How many codes have which length (index = bits), one of the longest being reserved; lengths may pass 16.
fn lengths(frequencies: &[u32; 256]) -> [u32; 64] {
    // (weight, members); symbol 256 takes the code of ones only.
    let mut nodes: Vec<(u64, Vec<usize>)> = frequencies
        .iter().enumerate().filter(|(_, f)| **f > 0).map(|(s, f)| (u64::from(*f), vec![s])).collect();
    nodes.push((0, vec![256]));
    if nodes.len() == 1 {
        nodes.push((1, vec![0]));
    }
    let mut depth = [0u32; 257];
    while nodes.len() > 1 {
        nodes.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.first().cmp(&b.1.first())));
        if let (Some(a), Some(b)) = (nodes.pop(), nodes.pop()) {
            let members: Vec<usize> = a.1.into_iter().chain(b.1).collect();
            for m in &members {
                if let Some(d) = depth.get_mut(*m) {
                    *d += 1;
                }
            }
            nodes.push((a.0 + b.0, members));
        }
    }
    let mut counts = [0u32; 64];
    for d in depth.iter().filter(|d| **d > 0) {
        if let Some(c) = counts.get_mut((*d).min(63) as usize) {
            *c += 1;
        }
    }
    counts
}

/// K.2's Adjust_BITS: no code longer than 16, then the reserved one (of the longest) is taken out.
fn limit(counts: &mut [u32; 64]) {
    for i in (17..64).rev() {
        while counts[i] > 0 {
            let mut j = i - 2;
            while j > 0 && counts[j] == 0 {
                j -= 1;
            }
            counts[i] = counts[i].saturating_sub(2);
            counts[i - 1] += 1;
            counts[j + 1] += 2;
            counts[j] = counts[j].saturating_sub(1);
        }
    }
    if let Some(longest) = counts.iter_mut().rev().find(|c| **c > 0) {
        *longest -= 1;
    }
}

/// A symbol with its extra bits: table << 24 | symbol << 16 | bits. The number of extra bits is the symbol's low
/// nibble, or, in a run of ended blocks (low nibble 0, run below 15), its high one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(u32);

impl Token {
    #[inline(always)]
    pub fn new(table: usize, symbol: u32, extra: u32) -> Self {
        Self((table as u32) << 24 | symbol << 16 | (extra & 0xffff))
    }
    fn table(self) -> usize {
        (self.0 >> 24) as usize
    }
    fn symbol(self) -> usize {
        (self.0 >> 16 & 0xff) as usize
    }
    fn extra_len(self) -> u32 {
        let s = self.symbol() as u32;
        if s & 15 == 0 && s < 0xf0 { s >> 4 } else { s & 15 }
    }
}

/// Takes tokens as they come.
pub trait Sink {
    fn push(&mut self, token: Token);
}

/// Keeps them, for a second look without the work.
impl Sink for Vec<Token> {
    #[inline(always)]
    fn push(&mut self, token: Token) {
        self.push(token);
    }
}

/// Frequencies of each table's symbols.
pub struct Counts(pub [[u32; 256]; 4]);

impl Counts {
    pub fn new() -> Self {
        Self([[0; 256]; 4])
    }
}

impl Sink for Counts {
    #[inline(always)]
    fn push(&mut self, token: Token) {
        self.0[token.table() & 3][token.symbol() & 255] += 1;
    }
}

/// Appends the tokens' bits, stuffed; padded with ones by [`Bits::finish`].
pub struct Bits<'a> {
    tables: &'a [Table; 4],
    out: &'a mut Vec<u8>,
    buffer: u64,
    held: u32,
}

impl<'a> Bits<'a> {
    pub fn new(tables: &'a [Table; 4], out: &'a mut Vec<u8>) -> Self {
        Self { tables, out, buffer: 0, held: 0 }
    }

    pub fn finish(mut self) {
        while self.held > 0 {
            let n = self.held.min(8);
            let byte = ((self.buffer >> (self.held - n)) as u8) << (8 - n) | (0xffu16 >> n) as u8;
            self.out.push(byte);
            if byte == 0xff {
                self.out.push(0);
            }
            self.held -= n;
        }
    }
}

impl Sink for Bits<'_> {
    #[inline(always)]
    fn push(&mut self, token: Token) {
        let entry = self.tables[token.table() & 3].codes[token.symbol() & 255];
        let (code, len, extra) = (entry >> 8, entry & 0xff, token.extra_len());
        self.buffer = self.buffer << (len + extra) | u64::from(code) << extra | u64::from(token.0 & 0xffff);
        self.held += len + extra;
        if self.held >= 32 {
            self.held -= 32;
            word((self.buffer >> self.held) as u32, self.out);
        }
    }
}

#[inline(always)]
fn word(word: u32, out: &mut Vec<u8>) {
    // A byte of 0xff makes its inverse 0: the usual test for a zero byte.
    let inverse = !word;
    if inverse.wrapping_sub(0x0101_0101) & !inverse & 0x8080_8080 == 0 {
        out.extend_from_slice(&word.to_be_bytes());
        return;
    }
    for byte in word.to_be_bytes() {
        out.push(byte);
        if byte == 0xff {
            out.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_prefix_free_and_at_most_16_bits() {
        let mut f = [0u32; 256];
        let (mut a, mut b) = (1u32, 1u32);
        for slot in f.iter_mut().take(40) {
            *slot = a; // Fibonacci: the deepest tree there is.
            (a, b) = (b, a.saturating_add(b));
        }
        let t = Table::from_frequencies(&f);
        assert_eq!(t.symbols.len(), 40);
        let kraft: f64 = (1..).zip(t.counts).map(|(bits, n)| f64::from(n) / f64::from(1u32 << bits)).sum();
        assert!(kraft < 1.0, "room for the reserved code");
        assert!(t.counts.iter().map(|c| u32::from(*c)).sum::<u32>() == 40);
    }

    #[test]
    fn a_single_symbol_gets_one_bit() {
        let mut f = [0u32; 256];
        f[7] = 5;
        let t = Table::from_frequencies(&f);
        assert_eq!((t.counts[0], t.symbols.as_slice()), (1, &[7u8][..]));
    }
}
