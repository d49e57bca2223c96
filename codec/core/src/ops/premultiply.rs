//! Colour × alpha and back, on 8-bit values.

use super::Bytes;

/// c·a, rounded. Exact for opaque and clear pixels.
pub fn premultiply(b: &mut Bytes) {
    match b.channels {
        2 => times::<2>(&mut b.px),
        4 => times::<4>(&mut b.px),
        _ => {}
    }
}

fn times<const N: usize>(px: &mut [u8]) {
    for p in px.as_chunks_mut::<N>().0 {
        let a = u32::from(p[N - 1]);
        for c in &mut p[..N - 1] {
            // Blinn's exact division by 255.
            let t = u32::from(*c) * a + 128;
            *c = ((t + (t >> 8)) >> 8) as u8;
        }
    }
}

/// c/a, rounded and clipped. Clear pixels become black.
pub fn unpremultiply(b: &mut Bytes) {
    match b.channels {
        2 => over::<2>(&mut b.px),
        4 => over::<4>(&mut b.px),
        _ => {}
    }
}

fn over<const N: usize>(px: &mut [u8]) {
    // 255/a in 1/65,536; 0 for a clear pixel.
    let inverse: [u32; 256] =
        std::array::from_fn(|a| if a == 0 { 0 } else { ((255 << 16) + a as u32 / 2) / a as u32 });
    for p in px.as_chunks_mut::<N>().0 {
        let k = inverse[p[N - 1] as usize];
        for c in &mut p[..N - 1] {
            *c = ((u32::from(*c) * k + 32_768) >> 16).min(255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_within_half_a_step_of_alpha() {
        for a in 0..=255u8 {
            for c in 0..=255u8 {
                let mut b = Bytes { px: vec![c, a], channels: 2 };
                premultiply(&mut b);
                assert_eq!(b.px[0], (f64::from(c) * f64::from(a) / 255.0).round() as u8);
                unpremultiply(&mut b);
                let off = (f64::from(b.px[0]) - f64::from(c)).abs();
                assert!(a == 0 || off <= 127.5 / f64::from(a) + 0.5);
            }
        }
    }
}
