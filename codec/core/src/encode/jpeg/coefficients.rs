//! Samples to quantised coefficients to tokens.

use super::Plane;
use super::fdct::{Block, reciprocals};
use super::huffman::{Sink, Token};
use super::tables::NATURAL;

#[cfg(not(target_arch = "wasm32"))]
use super::fdct::transform;
#[cfg(target_arch = "wasm32")]
use super::simd::transform;

/// Buffers of one block: written anew each time, never copied.
struct Work {
    samples: Block,
    natural: Block,
    zigzag: Block,
}

impl Work {
    fn new() -> Self {
        Self { samples: [0; 64], natural: [0; 64], zigzag: [0; 64] }
    }
}

/// The picture as blocks.
pub struct Coder<'a> {
    planes: &'a [Plane<'a>],
    /// For luma and chroma.
    reciprocals: [Block; 2],
    mcus: (usize, usize),
}

impl<'a> Coder<'a> {
    pub fn new(planes: &'a [Plane<'a>], width: usize, height: usize, steps: &[[u8; 64]; 2]) -> Self {
        let h = planes.iter().map(|p| p.h).max().unwrap_or(1);
        let v = planes.iter().map(|p| p.v).max().unwrap_or(1);
        Self { planes, reciprocals: steps.each_ref().map(reciprocals), mcus: (width.div_ceil(8 * h), height.div_ceil(8 * v)) }
    }

    /// Block (bx, by) of a plane in zigzag order, left in `work`; past the edges the last samples repeat.
    #[inline(always)]
    fn block<'w>(&self, n: usize, bx: usize, by: usize, work: &'w mut Work) -> &'w Block {
        if let Some(plane) = self.planes.get(n) {
            samples(plane, bx * 8, by * 8, &mut work.samples);
            transform(&work.samples, &self.reciprocals[usize::from(n > 0)], &mut work.natural);
            for (z, at) in work.zigzag.iter_mut().zip(NATURAL) {
                *z = work.natural[usize::from(at & 63)];
            }
        }
        &work.zigzag
    }

    /// All tokens of one interleaved baseline scan.
    pub fn interleaved(&self, tokens: &mut impl Sink) {
        let (mut previous, mut work) = ([0i32; 3], Work::new());
        for y in 0..self.mcus.1 {
            for x in 0..self.mcus.0 {
                for (n, (plane, previous)) in self.planes.iter().zip(&mut previous).enumerate() {
                    // A lone plane is not interleaved: its MCU is one block.
                    for i in 0..plane.h * plane.v {
                        let block = self.block(n, x * plane.h + i % plane.h, y * plane.v + i / plane.h, &mut work);
                        let class = usize::from(n > 0);
                        dc(block, class, previous, tokens);
                        ac(block, class, tokens);
                    }
                }
            }
        }
    }

    /// Blocks of plane `n` that hold pixels: columns, rows.
    pub fn blocks(&self, n: usize) -> (usize, usize) {
        self.planes.get(n).map_or((0, 0), |p| (p.width.div_ceil(8), p.height.div_ceil(8)))
    }

    /// The blocks of plane `n`, padding to whole MCUs with them: worked out once and kept, or, where that would take too
    /// much memory, each time they are asked for.
    pub fn plane(&self, n: usize, keep: bool) -> Blocks<'_> {
        let Some(p) = self.planes.get(n) else { return Blocks { coder: self, n, columns: 1, kept: Some(Vec::new()) } };
        let (columns, rows) = (self.mcus.0 * p.h, self.mcus.1 * p.v);
        let kept = keep.then(|| {
            let mut work = Work::new();
            let mut all = Vec::with_capacity(columns * rows);
            for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
                all.push(*self.block(n, x, y, &mut work));
            }
            all
        });
        Blocks { coder: self, n, columns, kept }
    }

    pub fn mcus(&self) -> (usize, usize) {
        self.mcus
    }
}

/// See [`Coder::plane`].
pub struct Blocks<'a> {
    coder: &'a Coder<'a>,
    n: usize,
    columns: usize,
    kept: Option<Vec<Block>>,
}

impl Blocks<'_> {
    /// The block in column `x` of row `y`, in zigzag order.
    #[inline(always)]
    pub fn at(&self, x: usize, y: usize) -> Block {
        match &self.kept {
            Some(blocks) => blocks.get(y * self.columns + x).copied().unwrap_or([0; 64]),
            None => *self.coder.block(self.n, x, y, &mut Work::new()),
        }
    }
}

/// 8 × 8 samples from (x, y), less 128, into `out`.
#[inline(always)]
fn samples(plane: &Plane, x: usize, y: usize, out: &mut Block) {
    let inside = x + 8 <= plane.width && y + 8 <= plane.height;
    for (dy, row) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        if inside {
            if let Some(src) = plane.data.get((y + dy) * plane.width + x..).and_then(|r| r.first_chunk::<8>()) {
                *row = src.map(|v| i16::from(v) - 128);
            }
            continue;
        }
        let at = (y + dy).min(plane.height - 1) * plane.width;
        for (dx, v) in row.iter_mut().enumerate() {
            *v = i16::from(plane.data.get(at + (x + dx).min(plane.width - 1)).copied().unwrap_or(128)) - 128;
        }
    }
}

/// Category and extra bits of a value (T.81 F.1.2.1).
#[inline(always)]
fn category(v: i32) -> (u32, u32) {
    let size = 32 - v.unsigned_abs().leading_zeros();
    let extra = if v < 0 { v - 1 } else { v } as u32 & ((1 << size) - 1);
    (size, extra)
}

/// The token of a DC difference; tables 0 and 1.
#[inline(always)]
pub fn dc(block: &Block, class: usize, previous: &mut i32, tokens: &mut impl Sink) {
    let (size, extra) = category(i32::from(block[0]) - *previous);
    *previous = i32::from(block[0]);
    // Size 0 has no extra bits; the run's nibble is 0 as well, so its extra length reads as 0.
    tokens.push(Token::new(class, size, extra));
}

/// One bit for each coefficient that is not 0.
#[inline(always)]
pub fn nonzero(block: &Block) -> u64 {
    #[cfg(target_arch = "wasm32")]
    {
        super::simd::nonzero(block)
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        block.iter().enumerate().fold(0, |mask, (k, v)| mask | u64::from(*v != 0) << k)
    }
}

/// The tokens of coefficients 1–63; tables 2 and 3.
#[inline(always)]
fn ac(block: &Block, class: usize, tokens: &mut impl Sink) {
    let mut mask = nonzero(block) & !1;
    let mut at = 1;
    while mask != 0 {
        at = coefficient(block, mask.trailing_zeros() as usize, at, class, tokens);
        mask &= mask - 1;
    }
    if at < 64 {
        tokens.push(Token::new(2 + class, 0, 0));
    }
}

/// Tokens of coefficient k after zeros from `at`; answers k + 1.
#[inline(always)]
pub fn coefficient(block: &Block, k: usize, at: usize, class: usize, tokens: &mut impl Sink) -> usize {
    let mut run = (k - at) as u32;
    while run > 15 {
        tokens.push(Token::new(2 + class, 0xf0, 0));
        run -= 16;
    }
    let (size, extra) = category(i32::from(block[k & 63]));
    tokens.push(Token::new(2 + class, run << 4 | size, extra));
    k + 1
}
