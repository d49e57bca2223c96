//! The forward DCT (libjpeg's `jfdctint`: LL\&M, 13-bit constants) with quantising: the scalar reference.

pub use crate::decode::jpeg::idct::{
    Block, F_0_298, F_0_390, F_0_541, F_0_765, F_0_899, F_1_175, F_1_501, F_1_847, F_1_961, F_2_053, F_2_562, F_3_072,
};

pub const BITS: u32 = 13;
pub const PASS: u32 = 2;

/// One pass of 8 points. `first` keeps [`PASS`] bits of fraction, the second pass drops them.
fn eight(d: [i32; 8], first: bool) -> [i32; 8] {
    let shift = if first { BITS - PASS } else { BITS + PASS };
    let round = 1 << (shift - 1);
    let [t0, t1, t2, t3] = [d[0] + d[7], d[1] + d[6], d[2] + d[5], d[3] + d[4]];
    let [t7, t6, t5, t4] = [d[0] - d[7], d[1] - d[6], d[2] - d[5], d[3] - d[4]];
    let (a, b, c, e) = (t0 + t3, t0 - t3, t1 + t2, t1 - t2);
    let (k3, k4) = (F_1_175 - F_1_961, F_1_175 - F_0_390);
    let dc = |v: i32| if first { v << PASS } else { (v + (1 << (PASS - 1))) >> PASS };
    let descale = |v: i32| (v + round) >> shift;
    [
        dc(a + c),
        descale(t7 * (F_1_501 - F_0_899 + k4) + t4 * (F_1_175 - F_0_899) + t5 * k4 + t6 * F_1_175),
        descale(b * (F_0_541 + F_0_765) + e * F_0_541),
        descale(t6 * (F_3_072 - F_2_562 + k3) + t5 * (F_1_175 - F_2_562) + t4 * k3 + t7 * F_1_175),
        dc(a - c),
        descale(t5 * (F_2_053 - F_2_562 + k4) + t6 * (F_1_175 - F_2_562) + t4 * F_1_175 + t7 * k4),
        descale(b * F_0_541 + e * (F_0_541 - F_1_847)),
        descale(t4 * (F_0_298 - F_0_899 + k3) + t7 * (F_1_175 - F_0_899) + t5 * F_1_175 + t6 * k3),
    ]
}

/// Reciprocals for [`transform`], from quantisation steps in natural order: 2^15 / (8 × step).
pub fn reciprocals(steps: &[u8; 64]) -> Block {
    steps.map(|q| {
        let d = i32::from(q) * 8;
        ((32768 + d / 2) / d) as i16
    })
}

/// Samples (minus 128) to quantised coefficients, natural order, into `out`.
pub fn transform(samples: &Block, reciprocals: &Block, out: &mut Block) {
    let mut work = [[0i32; 8]; 8];
    for (y, row) in work.iter_mut().enumerate() {
        *row = eight(std::array::from_fn(|x| i32::from(samples[y * 8 + x])), true);
    }
    for x in 0..8 {
        for (y, v) in eight(std::array::from_fn(|y| work[y][x]), false).into_iter().enumerate() {
            out[y * 8 + x] = ((v * i32::from(reciprocals[y * 8 + x]) + 0x4000) >> 15) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_gives_the_samples_back() {
        let samples: Block = std::array::from_fn(|i| ((i * 29) % 200) as i16 - 100);
        let mut block = [0; 64];
        transform(&samples, &reciprocals(&[1; 64]), &mut block);
        let back = crate::decode::jpeg::idct::idct8(&block);
        for (i, s) in samples.iter().enumerate() {
            assert!((i32::from(back[i / 8][i % 8]) - 128 - i32::from(*s)).abs() <= 2);
        }
    }
}
