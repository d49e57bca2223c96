//! Colour × alpha and back, on 8-bit values.

use super::Bytes;

/// c·a, rounded. Exact for opaque and clear pixels.
pub fn premultiply(b: &mut Bytes) {
    if !b.has_alpha() {
        return;
    }
    for p in b.px.chunks_exact_mut(b.channels) {
        if let Some((a, c)) = p.split_last_mut() {
            c.iter_mut().for_each(|v| *v = ((u32::from(*v) * u32::from(*a) + 127) / 255) as u8);
        }
    }
}

/// c/a, rounded and clipped. Clear pixels become black.
pub fn unpremultiply(b: &mut Bytes) {
    if !b.has_alpha() {
        return;
    }
    for p in b.px.chunks_exact_mut(b.channels) {
        match p.split_last_mut() {
            Some((0, c)) => c.fill(0),
            Some((255, _)) | None => {}
            Some((a, c)) => {
                let a = u32::from(*a);
                c.iter_mut().for_each(|v| *v = ((u32::from(*v) * 255 + a / 2) / a).min(255) as u8);
            }
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
