//! Entropy-coded bytes as words of bits: byte stuffing is taken out once, before decoding, so that the
//! inner loop loads 32 bits at a time without looking for markers (ITU-T T.81 F.1.2.3, B.1.1.5).

/// The intervals of one scan between restart markers, unstuffed.
pub struct Intervals {
    words: Vec<u32>,
    /// First word and length in bits of each interval.
    parts: Vec<(usize, u64)>,
}

impl Intervals {
    /// Reads from `pos` (just past an SOS header) to the next marker that is no RST; answers its position
    /// too, or the end of `data` when there is none.
    pub fn read(data: &[u8], pos: usize) -> (Self, usize) {
        let mut me = Self { words: Vec::with_capacity((data.len() - pos.min(data.len())) / 4 + 4), parts: Vec::new() };
        let mut bytes = Vec::new();
        let (mut at, end) = (pos, data.len());
        loop {
            let rest = data.get(at..).unwrap_or_default();
            let Some(n) = memchr::memchr(0xff, rest) else {
                bytes.extend_from_slice(rest);
                me.close(&mut bytes);
                return (me, end);
            };
            bytes.extend_from_slice(rest.get(..n).unwrap_or_default());
            at += n;
            match data.get(at + 1) {
                Some(0) => {
                    bytes.push(0xff);
                    at += 2;
                    if bytes.len() >= 1 << 16 {
                        me.flush(&mut bytes);
                    }
                }
                Some(0xd0..=0xd7) => {
                    me.close(&mut bytes);
                    at += 2;
                }
                Some(0xff) => at += 1,
                Some(_) => {
                    me.close(&mut bytes);
                    return (me, at);
                }
                None => {
                    me.close(&mut bytes);
                    return (me, end);
                }
            }
        }
    }

    /// Moves whole words of the open interval out of `bytes`.
    fn flush(&mut self, bytes: &mut Vec<u8>) {
        if self.parts.last().is_none_or(|p| p.1 != OPEN) {
            self.parts.push((self.words.len(), OPEN));
        }
        let (words, _) = bytes.as_chunks::<4>();
        self.words.extend(words.iter().map(|w| u32::from_be_bytes(*w)));
        let moved = words.len() * 4;
        bytes.copy_within(moved.., 0);
        bytes.truncate(bytes.len() - moved);
    }

    /// Ends an interval; two words of zeros follow it.
    fn close(&mut self, bytes: &mut Vec<u8>) {
        self.flush(bytes);
        let odd = bytes.len() as u64 * 8;
        let mut last = [0u8; 4];
        last.iter_mut().zip(bytes.iter()).for_each(|(l, b)| *l = *b);
        bytes.clear();
        if let Some(part) = self.parts.last_mut() {
            part.1 = (self.words.len() - part.0) as u64 * 32 + odd;
        }
        self.words.extend([u32::from_be_bytes(last), 0, 0]);
    }

    /// A reader of the n-th interval.
    pub fn reader(&self, n: usize) -> Option<Bits<'_>> {
        let (first, len) = *self.parts.get(n)?;
        Some(Bits { words: self.words.get(first..)?, next: 0, buffer: 0, held: 0, len })
    }
}

const OPEN: u64 = u64::MAX;

/// Bits, first one on top. Past the end come zeros (or a following interval's): see [`Bits::overrun`].
/// Loops work on a copy, which the compiler keeps in registers.
#[derive(Clone, Copy)]
pub struct Bits<'a> {
    words: &'a [u32],
    next: usize,
    buffer: u64,
    held: u32,
    len: u64,
}

impl Bits<'_> {
    /// Makes at least 32 bits ready: enough for a code (16) and its extra bits (up to 16).
    #[inline(always)]
    pub fn refill(&mut self) {
        if self.held < 32 {
            let word = self.words.get(self.next).copied().unwrap_or(0);
            self.buffer |= u64::from(word) << (32 - self.held);
            self.next += 1;
            self.held += 32;
        }
    }

    /// The next `n` (1–32) bits, which stay.
    #[inline(always)]
    pub fn peek(&self, n: u32) -> u32 {
        (self.buffer >> (64 - n)) as u32
    }

    /// Drops `n` (0–32) bits, at most those ready.
    #[inline(always)]
    pub fn skip(&mut self, n: u32) {
        self.buffer <<= n;
        self.held = self.held.wrapping_sub(n);
    }

    /// Takes `n` (0–16) bits; the caller has refilled.
    #[inline(always)]
    pub fn take(&mut self, n: u32) -> u32 {
        let v = (self.buffer >> 32 >> (32 - n)) as u32;
        self.skip(n);
        v
    }

    /// Refills and takes one bit.
    #[inline(always)]
    pub fn bit(&mut self) -> bool {
        self.refill();
        self.take(1) != 0
    }

    /// Whether more bits were taken than the interval holds.
    pub fn overrun(&self) -> bool {
        self.next as u64 * 32 - u64::from(self.held) > self.len
    }
}

/// T.81 F.2.2.1 EXTEND: `n` (0–16) extra bits to a signed value.
#[inline(always)]
pub fn extend(v: u32, n: u32) -> i32 {
    let v = v as i32;
    if n > 0 && v < 1 << (n - 1) { v - (1 << n) + 1 } else { v }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unstuffs_and_splits_at_restarts() {
        let data = [0xab, 0xff, 0x00, 0x12, 0xff, 0xd0, 0x80, 0xff, 0xd9];
        let (intervals, end) = Intervals::read(&data, 0);
        assert_eq!((intervals.parts.len(), end), (2, 7));
        let mut bits = intervals.reader(0).unwrap();
        bits.refill();
        assert_eq!(bits.take(16), 0xabff);
        bits.refill();
        assert_eq!(bits.take(8), 0x12);
        assert!(!bits.overrun());
        bits.refill();
        bits.take(1);
        assert!(bits.overrun());
        assert!(intervals.reader(1).unwrap().bit());
    }

    #[test]
    fn extends_as_the_standard_says() {
        assert_eq!((extend(0, 1), extend(1, 1), extend(0, 3), extend(7, 3), extend(0, 0)), (-1, 1, -7, 7, 0));
    }
}
