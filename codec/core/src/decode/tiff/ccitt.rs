//! Fax codings (ITU-T T.4, T.6; TIFF 6.0 sections 10 and 11): modified Huffman, Group 3 in one and two
//! dimensions, Group 4. Code tables are those of the crate `fax`.

use std::convert::Infallible;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, ByteReader};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Compression 2: rows start on bytes, no end-of-line codes.
    Huffman,
    Group3 { two_dimensional: bool },
    Group4,
}

impl Coding {
    pub fn of(compression: u64, t4_options: u64) -> Self {
        match compression {
            2 => Self::Huffman,
            3 => Self::Group3 { two_dimensional: t4_options & 1 != 0 },
            _ => Self::Group4,
        }
    }
}

/// Decodes up to `rows` rows of packed bits, 1 = black. Damage ends the picture; Group 3 goes on at the next
/// end-of-line code.
pub fn decode(data: &[u8], coding: Coding, width: u32, rows: u32) -> Vec<u8> {
    // The tables peek up to 13 bits past the last code.
    let input = data.iter().copied().chain([0; 4]).map(Ok::<u8, Infallible>);
    let Ok(bits) = ByteReader::new(input);
    let stride = width.div_ceil(8) as usize;
    let mut fax = Fax { bits, width, left: data.len() as u64 * 8 };
    let mut out = Vec::new();
    let mut above = vec![];
    for _ in 0..rows {
        let Some(changes) = fax.row(coding, &above) else { break };
        let start = out.len();
        out.resize(start + stride, 0);
        paint(&changes, width, out.get_mut(start..).unwrap_or_default());
        above = changes;
    }
    out
}

/// Sets the bits between each odd and the next even change.
fn paint(changes: &[u32], width: u32, row: &mut [u8]) {
    for pair in changes.chunks(2) {
        let (Some(&from), to) = (pair.first(), pair.get(1).copied().unwrap_or(width)) else { return };
        for x in from.min(width)..to.min(width) {
            if let Some(byte) = row.get_mut(x as usize / 8) {
                *byte |= 0x80 >> (x % 8);
            }
        }
    }
}

struct Fax<R> {
    bits: ByteReader<R>,
    width: u32,
    /// Bits of real data not yet consumed.
    left: u64,
}

impl<R: Iterator<Item = Result<u8, Infallible>>> Fax<R> {
    /// The columns where colour changes, starting with white; None at the end of the data.
    fn row(&mut self, coding: Coding, above: &[u32]) -> Option<Vec<u32>> {
        match coding {
            Coding::Huffman => {
                let row = self.one_dimensional()?;
                let pad = self.bits.bits_to_byte_boundary();
                self.skip(pad)?;
                Some(row)
            }
            Coding::Group4 => self.two_dimensional(above),
            Coding::Group3 { two_dimensional } => loop {
                let marked = self.end_of_line()?;
                let one = !two_dimensional || !marked || self.bit()?;
                let row = if one { self.one_dimensional() } else { self.two_dimensional(above) };
                if let Some(row) = row {
                    return Some(row);
                }
                self.resync()?;
            },
        }
    }

    fn skip(&mut self, bits: u8) -> Option<()> {
        self.left = self.left.checked_sub(bits.into())?;
        self.bits.consume(bits).ok()
    }

    fn bit(&mut self) -> Option<bool> {
        let bit = self.bits.peek(1)? == 1;
        self.skip(1)?;
        Some(bit)
    }

    /// Skips fill and one end-of-line code (eleven zeros and a one) when they stand here.
    fn end_of_line(&mut self) -> Option<bool> {
        if self.bits.peek(11)? != 0 {
            return Some(false);
        }
        while !self.bit()? {}
        Some(true)
    }

    /// After damage: on to the next end-of-line code.
    fn resync(&mut self) -> Option<()> {
        while self.bits.peek(11)? != 0 {
            self.skip(1)?;
        }
        Some(())
    }

    fn run(&mut self, is_black: bool) -> Option<u32> {
        let mut total = 0u32;
        loop {
            if self.left == 0 {
                return None;
            }
            let before = self.bits.bits_to_byte_boundary();
            let part = if is_black { black::decode(&mut self.bits) } else { white::decode(&mut self.bits) }?;
            self.spend(before);
            total = total.checked_add(part.into())?;
            if part < 64 {
                return Some(total);
            }
        }
    }

    /// Codes are 1–13 bits: counted roughly, by two a code, which still ends every loop.
    fn spend(&mut self, _before: u8) {
        self.left = self.left.saturating_sub(1);
    }

    fn one_dimensional(&mut self) -> Option<Vec<u32>> {
        let mut changes = Vec::new();
        let (mut x, mut is_black) = (0u32, false);
        while x < self.width {
            x = x.checked_add(self.run(is_black)?)?.min(self.width);
            changes.push(x);
            is_black = !is_black;
        }
        Some(changes)
    }

    fn two_dimensional(&mut self, above: &[u32]) -> Option<Vec<u32>> {
        let mut changes: Vec<u32> = Vec::new();
        let (mut a0, mut is_black, mut start) = (0u32, false, true);
        while a0 < self.width {
            if self.left == 0 {
                return None;
            }
            let (b1, b2) = reference(above, a0, is_black, start, self.width);
            self.spend(0);
            match mode::decode(&mut self.bits)? {
                Mode::Pass => a0 = b2,
                Mode::Horizontal => {
                    let first = a0.checked_add(self.run(is_black)?)?.min(self.width);
                    a0 = first.checked_add(self.run(!is_black)?)?.min(self.width);
                    changes.extend([first, a0]);
                }
                Mode::Vertical(delta) => {
                    a0 = b1.checked_add_signed(delta.into())?.min(self.width);
                    changes.push(a0);
                    is_black = !is_black;
                }
                Mode::Extension | Mode::EOF => return None,
            }
            start = false;
        }
        Some(changes)
    }
}

/// b1: the first change above, right of a0 and to the colour opposite to the current one; b2 the next (T.4
/// section 4.2.1.3.1). At a row's start a change on column 0 counts.
fn reference(above: &[u32], a0: u32, is_black: bool, start: bool, width: u32) -> (u32, u32) {
    let from = above.partition_point(|&x| x < a0 || (x == a0 && !start));
    // Changes at even places turn to black, those at odd places to white.
    let at = if (from % 2 == 1) == is_black { from } else { from + 1 };
    let change = |i: usize| above.get(i).copied().unwrap_or(width);
    (change(at), change(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_changes_have_the_opposite_colour() {
        let above = [2, 5, 9];
        assert_eq!(reference(&above, 0, false, true, 12), (2, 5));
        assert_eq!(reference(&above, 2, true, false, 12), (5, 9));
        assert_eq!(reference(&above, 5, false, false, 12), (9, 12));
    }

    #[test]
    fn an_all_white_group_4_picture() {
        // V0 on every row: a single 1 bit.
        assert_eq!(decode(&[0b1110_0000], Coding::Group4, 9, 3), vec![0; 6]);
    }
}
