//! Progressive coding by spectral selection (T.81 Annex G): means first, then each plane's low and high
//! frequencies. Runs of blocks without coefficients take one symbol, which makes up for the extra scans.

use super::coefficients::{Blocks, Coder, coefficient, dc, nonzero};
use super::huffman::{Sink, Token};
use super::{Pass, Plane, scan};

/// Last coefficient of luma's first band.
const LOW: u8 = 5;

/// Longest run of ended blocks that a symbol can name.
const LONGEST: u32 = 32767;

/// Appends all scans. `keep`: see [`scan`].
pub fn scans(coder: &Coder, planes: &[Plane], keep: bool, out: &mut Vec<u8>) {
    let all: Vec<Blocks> = (0..planes.len()).map(|n| coder.plane(n, keep)).collect();
    let members: Vec<usize> = (0..planes.len()).collect();
    scan(out, &Means { coder, planes, all: &all }, &members, (0, 0), keep);
    let mut band = |n: usize, first: u8, last: u8| {
        if let Some(blocks) = all.get(n) {
            scan(out, &Band { blocks, size: coder.blocks(n), class: usize::from(n > 0), first, last }, &[n], (first, last), keep);
        }
    };
    band(0, 1, LOW);
    for n in 1..planes.len() {
        band(n, 1, 63);
    }
    band(0, LOW + 1, 63);
}

struct Means<'a> {
    coder: &'a Coder<'a>,
    planes: &'a [Plane<'a>],
    all: &'a [Blocks<'a>],
}

impl Pass for Means<'_> {
    fn run(&self, tokens: &mut impl Sink) {
        let mut previous = [0i32; 3];
        let (columns, rows) = self.coder.mcus();
        for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
            for (n, ((plane, previous), blocks)) in self.planes.iter().zip(&mut previous).zip(self.all).enumerate() {
                for i in 0..plane.h * plane.v {
                    let block = blocks.at(x * plane.h + i % plane.h, y * plane.v + i / plane.h);
                    dc(&block, usize::from(n > 0), previous, tokens);
                }
            }
        }
    }
}

/// One band of frequencies of one plane, whose blocks with pixels are `size` columns and rows.
struct Band<'a> {
    blocks: &'a Blocks<'a>,
    size: (usize, usize),
    class: usize,
    first: u8,
    last: u8,
}

impl Pass for Band<'_> {
    fn run(&self, tokens: &mut impl Sink) {
        let mut ended = 0u32;
        let wanted = (u64::MAX << self.first) & (u64::MAX >> (63 - self.last));
        let (columns, rows) = self.size;
        for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
            let block = self.blocks.at(x, y);
            let mut mask = nonzero(&block) & wanted;
            let mut at = usize::from(self.first);
            if mask != 0 {
                end_run(&mut ended, self.class, tokens);
            }
            while mask != 0 {
                at = coefficient(&block, mask.trailing_zeros() as usize, at, self.class, tokens);
                mask &= mask - 1;
            }
            if at <= usize::from(self.last) {
                ended += 1;
                if ended == LONGEST {
                    end_run(&mut ended, self.class, tokens);
                }
            }
        }
        end_run(&mut ended, self.class, tokens);
    }
}

/// Writes out a run of ended blocks.
fn end_run(ended: &mut u32, class: usize, tokens: &mut impl Sink) {
    if *ended > 0 {
        let bits = 31 - ended.leading_zeros();
        tokens.push(Token::new(2 + class, bits << 4, *ended - (1 << bits)));
        *ended = 0;
    }
}
