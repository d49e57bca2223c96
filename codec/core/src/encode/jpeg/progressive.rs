//! Progressive coding by spectral selection (T.81 Annex G): means first, then each plane's low and high
//! frequencies. Runs of blocks without coefficients take one symbol, which makes up for the extra scans.

use super::coefficients::{Coder, coefficient, dc, nonzero};
use super::fdct::Block;
use super::huffman::Token;
use super::{Plane, scan};

/// Last coefficient of luma's first band.
const LOW: u8 = 5;

/// Longest run of ended blocks that a symbol can name.
const LONGEST: u32 = 32767;

/// Appends all scans.
pub fn scans(coder: &Coder, planes: &[Plane], out: &mut Vec<u8>) {
    let all: Vec<(Vec<Block>, usize)> = (0..planes.len()).map(|n| coder.plane(n)).collect();
    let members: Vec<usize> = (0..planes.len()).collect();
    scan(out, &means(coder, planes, &all), &members, 0, 0);
    let mut band = |n: usize, first: u8, last: u8| {
        if let Some((blocks, columns)) = all.get(n) {
            let tokens = band(blocks, *columns, coder.blocks(n), usize::from(n > 0), first, last);
            scan(out, &tokens, &[n], first, last);
        }
    };
    band(0, 1, LOW);
    for n in 1..planes.len() {
        band(n, 1, 63);
    }
    band(0, LOW + 1, 63);
}

fn means(coder: &Coder, planes: &[Plane], all: &[(Vec<Block>, usize)]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut previous = [0i32; 3];
    let (columns, rows) = coder.mcus();
    for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
        for (n, ((plane, previous), (blocks, stride))) in planes.iter().zip(&mut previous).zip(all).enumerate() {
            for i in 0..plane.h * plane.v {
                let at = (y * plane.v + i / plane.h) * stride + x * plane.h + i % plane.h;
                if let Some(block) = blocks.get(at) {
                    dc(block, usize::from(n > 0), previous, &mut tokens);
                }
            }
        }
    }
    tokens
}

fn band(blocks: &[Block], stride: usize, (columns, rows): (usize, usize), class: usize, first: u8, last: u8) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut ended = 0u32;
    let wanted = (u64::MAX << first) & (u64::MAX >> (63 - last));
    for row in blocks.chunks(stride).take(rows) {
        for block in row.iter().take(columns) {
            let mut mask = nonzero(block) & wanted;
            let mut at = usize::from(first);
            if mask != 0 {
                end_run(&mut ended, class, &mut tokens);
            }
            while mask != 0 {
                at = coefficient(block, mask.trailing_zeros() as usize, at, class, &mut tokens);
                mask &= mask - 1;
            }
            if at <= usize::from(last) {
                ended += 1;
                if ended == LONGEST {
                    end_run(&mut ended, class, &mut tokens);
                }
            }
        }
    }
    end_run(&mut ended, class, &mut tokens);
    tokens
}

/// Writes out a run of ended blocks.
fn end_run(ended: &mut u32, class: usize, tokens: &mut Vec<Token>) {
    if *ended > 0 {
        let bits = 31 - ended.leading_zeros();
        tokens.push(Token::new(2 + class, bits << 4, *ended - (1 << bits)));
        *ended = 0;
    }
}
