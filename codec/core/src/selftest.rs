//! SIMD arms against their scalar references, on noise. Built with the feature `selftest` only, since the arms exist
//! on WebAssembly alone: `tests/simd.sh` builds and runs it.

use crate::{decode, encode, resize};

/// Names of the arms that differ from their reference; empty when all agree.
pub fn failures() -> Vec<&'static str> {
    let arms: [(&str, fn(u32) -> bool); 4] = [
        ("resize", resize::arms_agree),
        ("inverse DCT", decode::jpeg::arms_agree),
        ("forward DCT", encode::jpeg::arms_agree),
        ("WebP modes", encode::webp::arms_agree),
    ];
    arms.into_iter().filter(|(_, agree)| !(0..200).all(agree)).map(|(name, _)| name).collect()
}

/// Deterministic noise (xorshift).
pub fn noise(count: usize, seed: u32) -> Vec<u8> {
    let mut s = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        s ^= s << 13;
        s ^= s >> 17;
        s ^= s << 5;
        (s >> 11) as u8
    };
    (0..count).map(|_| next()).collect()
}
