//! Box shrink by whole factors: before Lanczos where the ratio is so large that its weights would be
//! too small for fixed point (and its taps too many for no gain that an eye could see).

/// Ratio up to which Lanczos does the whole work.
const LANCZOS_RATIO: f64 = 16.0;

/// The whole factor to shrink by first, so that at least half of [`LANCZOS_RATIO`] is left to Lanczos.
pub fn factor(src: f64, dst: usize) -> usize {
    let ratio = src / dst as f64;
    if ratio <= LANCZOS_RATIO { 1 } else { (ratio / (LANCZOS_RATIO / 2.0)).floor() as usize }
}

/// Means of `fx` × `fy` blocks, rounded; blocks at the right and bottom edges may be smaller.
pub fn shrink(src: &[u8], width: usize, channels: usize, fx: usize, fy: usize) -> Vec<u8> {
    let stride = width * channels;
    let out_width = width.div_ceil(fx);
    let mut sums = vec![0u32; out_width * channels];
    let mut out = Vec::with_capacity(src.len() / (fx * fy).max(1) + stride);
    for block in src.chunks(stride * fy) {
        sums.fill(0);
        let rows = block.len() / stride;
        for row in block.chunks_exact(stride) {
            add_row(row, channels, fx, &mut sums);
        }
        for (i, sum) in sums.iter().enumerate() {
            let columns = fx.min(width - (i / channels) * fx);
            let n = (columns * rows) as u32;
            out.push(((sum + n / 2) / n) as u8);
        }
    }
    out
}

fn add_row(row: &[u8], channels: usize, fx: usize, sums: &mut [u32]) {
    for (block, sums) in row.chunks(fx * channels).zip(sums.chunks_exact_mut(channels)) {
        for pixel in block.chunks_exact(channels) {
            for (s, v) in sums.iter_mut().zip(pixel) {
                *s += u32::from(*v);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_with_ragged_edges() {
        let src = [10, 20, 30, 40, 50, 60];
        assert_eq!(shrink(&src, 3, 1, 2, 2), vec![30, 45]);
        assert_eq!(factor(1600.0, 100), 1);
        assert_eq!(factor(6400.0, 100), 8);
    }
}
