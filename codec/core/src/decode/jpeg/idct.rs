//! Inverse DCTs with 8, 4, 2 and 1 points a side, after libjpeg's `jidctint` (LL&M, 13-bit constants):
//! the smaller ones read the lowest frequencies only and give the block at 1/2, 1/4 and 1/8.

const BITS: i32 = 13;
const PASS: i32 = 2;
const fn fix(x: f64) -> i32 {
    (x * 8192.0 + 0.5) as i32
}
pub const F_0_298: i32 = fix(0.298631336);
pub const F_0_390: i32 = fix(0.390180644);
pub const F_0_541: i32 = fix(0.541196100);
pub const F_0_765: i32 = fix(0.765366865);
pub const F_0_899: i32 = fix(0.899976223);
pub const F_1_175: i32 = fix(1.175875602);
pub const F_1_501: i32 = fix(1.501321110);
pub const F_1_847: i32 = fix(1.847759065);
pub const F_1_961: i32 = fix(1.961570560);
pub const F_2_053: i32 = fix(2.053119869);
pub const F_2_562: i32 = fix(2.562915447);
pub const F_3_072: i32 = fix(3.072711026);

/// Dequantised coefficients in natural order, rows of 8.
pub type Block = [i16; 64];

fn level(v: i32) -> u8 {
    (v.wrapping_add(128)).clamp(0, 255) as u8
}

/// One 1-D pass of 8 points; `shift` bits are dropped from each output, rounded.
#[inline(always)]
fn eight(c: [i32; 8], shift: i32) -> [i32; 8] {
    let z1 = (c[2].wrapping_add(c[6])).wrapping_mul(F_0_541);
    let t2 = z1.wrapping_sub(c[6].wrapping_mul(F_1_847));
    let t3 = z1.wrapping_add(c[2].wrapping_mul(F_0_765));
    let t0 = (c[0].wrapping_add(c[4])) << BITS;
    let t1 = (c[0].wrapping_sub(c[4])) << BITS;
    let even = [t0.wrapping_add(t3), t1.wrapping_add(t2), t1.wrapping_sub(t2), t0.wrapping_sub(t3)];
    let z5 = c[7].wrapping_add(c[3]).wrapping_add(c[5]).wrapping_add(c[1]).wrapping_mul(F_1_175);
    let z1 = (c[7].wrapping_add(c[1])).wrapping_mul(-F_0_899);
    let z2 = (c[5].wrapping_add(c[3])).wrapping_mul(-F_2_562);
    let z3 = (c[7].wrapping_add(c[3])).wrapping_mul(-F_1_961).wrapping_add(z5);
    let z4 = (c[5].wrapping_add(c[1])).wrapping_mul(-F_0_390).wrapping_add(z5);
    let odd = [
        c[1].wrapping_mul(F_1_501).wrapping_add(z1).wrapping_add(z4),
        c[3].wrapping_mul(F_3_072).wrapping_add(z2).wrapping_add(z3),
        c[5].wrapping_mul(F_2_053).wrapping_add(z2).wrapping_add(z4),
        c[7].wrapping_mul(F_0_298).wrapping_add(z1).wrapping_add(z3),
    ];
    let round = 1 << (shift - 1);
    let mut out = [0; 8];
    for i in 0..4 {
        out[i] = even[i].wrapping_add(odd[i]).wrapping_add(round) >> shift;
        out[7 - i] = even[i].wrapping_sub(odd[i]).wrapping_add(round) >> shift;
    }
    out
}

/// The full block: 8 × 8 samples.
pub fn idct8(block: &Block) -> [[u8; 8]; 8] {
    let mut work = [[0i32; 8]; 8];
    for x in 0..8 {
        let column = std::array::from_fn(|y| i32::from(block[y * 8 + x]));
        let done = eight(column, BITS - PASS);
        for (row, v) in work.iter_mut().zip(done) {
            row[x] = v.clamp(-32768, 32767);
        }
    }
    work.map(|row| eight(row, BITS + PASS + 3).map(level))
}

/// One 1-D pass of 4 points, unscaled: outputs carry [`BITS`] of fraction.
#[inline(always)]
fn four(c: [i32; 4]) -> [i32; 4] {
    let even0 = (c[0].wrapping_add(c[2])) << BITS;
    let even1 = (c[0].wrapping_sub(c[2])) << BITS;
    let z1 = (c[1].wrapping_add(c[3])).wrapping_mul(F_0_541);
    let odd0 = z1.wrapping_add(c[1].wrapping_mul(F_0_765));
    let odd1 = z1.wrapping_sub(c[3].wrapping_mul(F_1_847));
    [
        even0.wrapping_add(odd0), even1.wrapping_add(odd1),
        even1.wrapping_sub(odd1), even0.wrapping_sub(odd0),
    ]
}

/// The block at half size: 4 × 4 samples.
pub fn idct4(block: &Block) -> [[u8; 4]; 4] {
    let mut work = [[0i32; 4]; 4];
    for x in 0..4 {
        let column = std::array::from_fn(|y| i32::from(block[y * 8 + x]));
        let round = 1 << (BITS - PASS - 1);
        for (row, v) in work.iter_mut().zip(four(column)) {
            row[x] = (v.wrapping_add(round) >> (BITS - PASS)).clamp(-32768, 32767);
        }
    }
    let shift = BITS + PASS + 3;
    work.map(|row| four(row).map(|v| level(v.wrapping_add(1 << (shift - 1)) >> shift)))
}

/// The block at a quarter: 2 × 2 samples.
pub fn idct2(block: &Block) -> [[u8; 2]; 2] {
    let [a, b, c, d] = [block[0], block[1], block[8], block[9]].map(i32::from);
    let (s, t) = ((a + c + 4, a - c + 4), (b + d, b - d));
    [[level((s.0 + t.0) >> 3), level((s.0 - t.0) >> 3)], [level((s.1 + t.1) >> 3), level((s.1 - t.1) >> 3)]]
}

/// The block's mean.
pub fn idct1(block: &Block) -> u8 {
    level((i32::from(block[0]) + 4) >> 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_block_is_constant_at_every_scale() {
        let mut block = [0i16; 64];
        block[0] = 8 * 50;
        assert_eq!(idct8(&block), [[178; 8]; 8]);
        assert_eq!(idct4(&block), [[178; 4]; 4]);
        assert_eq!(idct2(&block), [[178; 2]; 2]);
        assert_eq!(idct1(&block), 178);
    }

    #[test]
    fn eight_points_agree_with_the_definition() {
        let mut block = [0i16; 64];
        for (i, c) in block.iter_mut().enumerate() {
            *c = ((i as i32 * 37) % 41 - 20) as i16;
        }
        let got = idct8(&block);
        for (y, row) in got.iter().enumerate() {
            for (x, v) in row.iter().enumerate() {
                let exact = definition(&block, x, y) + 128.0;
                assert!((exact.clamp(0.0, 255.0) - f64::from(*v)).abs() <= 1.0);
            }
        }
    }

    fn definition(block: &Block, x: usize, y: usize) -> f64 {
        let basis = |x: usize, u: usize| {
            let scale = if u == 0 { 0.5f64.sqrt() } else { 1.0 };
            scale * ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos() / 2.0
        };
        (0..64).map(|i| f64::from(block[i]) * basis(x, i % 8) * basis(y, i / 8)).sum()
    }
}
