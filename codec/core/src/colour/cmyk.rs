//! CMYK → sRGB: through the embedded profile, else by the plain formula that browsers and Pillow use.

use super::lut;
use crate::error::{Error, Result};

/// Pixels that go through a profile at a time: keeps the extra memory at 0.5 MB.
const CHUNK: usize = 1 << 16;

/// `ink` is CMYK, 0 = no ink. An unusable profile counts as none.
pub fn to_rgb8(ink: &[u8], icc: Option<&[u8]>) -> Result<Vec<u8>> {
    let mut out = vec![0u8; ink.len() / 4 * 3];
    match icc.and_then(lut::cmyk8) {
        Some(t) => {
            for (src, dst) in ink.chunks(4 * CHUNK).zip(out.chunks_mut(3 * CHUNK)) {
                let src = src.get(..src.len() / 4 * 4).unwrap_or(src);
                t.transform(src, dst).map_err(|e| Error::corrupt(format!("ICC: {e:?}")))?;
            }
        }
        None => plain(ink, &mut out),
    }
    Ok(out)
}

/// R = (1 − C)(1 − K) and so on, rounded.
fn plain(ink: &[u8], out: &mut [u8]) {
    for (p, o) in ink.as_chunks::<4>().0.iter().zip(out.as_chunks_mut::<3>().0) {
        let k = 255 - u32::from(p[3]);
        for c in 0..3 {
            o[c] = (((255 - u32::from(p[c])) * k + 127) / 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_formula() {
        let rgb = to_rgb8(&[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 100, 50, 25, 128], None).expect("plain");
        assert_eq!(rgb, [255, 255, 255, 0, 255, 255, 0, 0, 0, 77, 102, 115]);
    }

    #[test]
    fn a_broken_profile_counts_as_none() {
        assert_eq!(to_rgb8(&[9, 8, 7, 6], Some(&[1; 300])), to_rgb8(&[9, 8, 7, 6], None));
    }
}
