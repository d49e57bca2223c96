//! Subsampled planes to the picture's size as libjpeg does it: halved ones by the triangle filter ("fancy"),
//! others by repeating samples.

/// `plane` (pw × ph) at w × h.
pub fn upsample(plane: &[u8], pw: usize, ph: usize, w: usize, h: usize) -> Vec<u8> {
    let (fx, fy) = (factor(w, pw), factor(h, ph));
    let mut out = Vec::with_capacity(w * h);
    let mut line = Line { full: vec![0; w.max(pw * 2)], tall: vec![0; pw] };
    for y in 0..h {
        line.fill(plane, (pw, ph), (fx, fy), (w, h), y);
        out.extend(line.full.iter().take(w));
    }
    out
}

/// How often samples repeat, from sizes that were rounded up; 0 where it is no whole number.
fn factor(full: usize, part: usize) -> usize {
    (1..=4).find(|f| full.div_ceil(*f) == part).unwrap_or(0)
}

/// Buffers of one row.
struct Line {
    full: Vec<u8>,
    /// The vertical step of the triangle filter, in quarters.
    tall: Vec<u16>,
}

impl Line {
    fn fill(&mut self, plane: &[u8], (pw, ph): (usize, usize), factors: (usize, usize), (w, h): (usize, usize), y: usize) {
        let row = |y: usize| plane.get(y * pw..(y + 1) * pw).unwrap_or_default();
        let near = row((y / 2).min(ph - 1));
        let far = row(if y % 2 == 0 { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(ph - 1) });
        match factors {
            (2, 2) => {
                self.tall.iter_mut().zip(near).zip(far).for_each(|((t, n), f)| *t = 3 * u16::from(*n) + u16::from(*f));
                spread(&self.tall, 8, 7, 4, &mut self.full);
            }
            (2, 1) => {
                self.tall.iter_mut().zip(row(y)).for_each(|(t, v)| *t = u16::from(*v));
                spread(&self.tall, 1, 2, 2, &mut self.full);
            }
            (1, 2) => {
                let bias = if y % 2 == 0 { 1 } else { 2 };
                for ((o, n), f) in self.full.iter_mut().zip(near).zip(far) {
                    *o = ((3 * u16::from(*n) + u16::from(*f) + bias) >> 2) as u8;
                }
            }
            (fx, fy) => {
                let place = |i: usize, f: usize, full: usize, part: usize| if f > 0 { i / f } else { i * part / full.max(1) };
                let src = row(place(y, fy, h, ph));
                for (x, o) in self.full.iter_mut().enumerate().take(w) {
                    *o = src.get(place(x, fx, w, pw)).copied().unwrap_or(128);
                }
            }
        }
    }
}

/// Doubles a row: each output is 3/4 of its sample and 1/4 of the neighbour's; ends repeat.
/// `left`/`right` are the rounding terms of even and odd outputs, `shift` the bits to drop.
fn spread(src: &[u16], left: u16, right: u16, shift: u32, out: &mut [u8]) {
    let last = src.len().saturating_sub(1);
    let (Some(head), Some(tail)) = (src.first(), src.last()) else { return };
    let mut put = |i: usize, v: u16| if let Some(o) = out.get_mut(i) { *o = v as u8 };
    for (i, w) in src.windows(2).enumerate() {
        if let [a, b] = w {
            put(2 * i + 1, (3 * a + b + right) >> shift);
            put(2 * i + 2, (3 * b + a + left) >> shift);
        }
    }
    let ends = if shift == 4 { (8, 7) } else { (0, 0) };
    put(0, (4 * head + ends.0) >> shift);
    put(2 * last + 1, (4 * tail + ends.1) >> shift);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_spread_and_quarters_repeat() {
        assert_eq!(upsample(&[10, 50], 2, 1, 4, 1), [10, 20, 40, 50]);
        assert_eq!(upsample(&[1, 2], 2, 1, 7, 1), [1, 1, 1, 1, 2, 2, 2]);
        assert_eq!(upsample(&[8, 16], 1, 2, 1, 3), [8, 10, 14]);
    }
}
