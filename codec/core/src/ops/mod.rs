//! Steps on pictures, one a file. Those that look at values want 8-bit L, La, Rgb or Rgba (planes are turned into
//! Rgb8 first; anything deeper is a `BadRequest`: convert with [`crate::colour::to_srgb8`] before). Values are
//! sRGB-coded and alpha is not premultiplied, on the way in and out.

pub mod adjust;
pub mod blur;
pub mod flatten;
pub mod focus;
pub mod grayscale;
pub mod orient;
pub mod pad;
pub mod premultiply;
pub mod sharpen;
pub mod trim;

pub use adjust::{Adjust, adjust};
pub use blur::blur;
pub use flatten::flatten;
pub use focus::{Focus, focus};
pub use grayscale::grayscale;
pub use orient::orient;
pub use pad::{Pad, pad};
pub use sharpen::sharpen;
pub use trim::{Area, trim_box};

use crate::colour::ycc_to_rgb8;
use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};

/// 8-bit pixels taken out of their variant: bytes and channels (1 L, 2 La, 3 Rgb, 4 Rgba).
pub struct Bytes {
    pub px: Vec<u8>,
    pub channels: usize,
}

impl Bytes {
    /// `BadRequest` for deep pixels, and for a length that is not width × height × channels.
    pub fn take(pixels: Pixels, width: u32, height: u32) -> Result<Self> {
        let (px, channels) = match pixels {
            Pixels::L8(v) => (v, 1),
            Pixels::La8(v) => (v, 2),
            Pixels::Rgb8(v) => (v, 3),
            Pixels::Rgba8(v) => (v, 4),
            Pixels::Ycc(y) => (ycc_to_rgb8(&y, width, height)?, 3),
            _ => return Err(Error::new(Code::BadRequest, "this step wants 8-bit pixels")),
        };
        let want = (width as usize).checked_mul(height as usize).and_then(|n| n.checked_mul(channels));
        if want != Some(px.len()) || px.is_empty() {
            return Err(Error::new(Code::BadRequest, "pixels and size disagree"));
        }
        Ok(Self { px, channels })
    }

    pub fn has_alpha(&self) -> bool {
        self.channels % 2 == 0
    }

    /// Channels of colour, without alpha.
    pub fn colours(&self) -> usize {
        if self.channels > 2 { 3 } else { 1 }
    }

    pub fn give(self) -> Pixels {
        match self.channels {
            1 => Pixels::L8(self.px),
            2 => Pixels::La8(self.px),
            3 => Pixels::Rgb8(self.px),
            _ => Pixels::Rgba8(self.px),
        }
    }
}

/// Pixels of `N` bytes as pixels of `M` ≤ `N`, in their own memory: by blocks, each copied out before it is written over.
pub fn narrowed<const N: usize, const M: usize>(mut px: Vec<u8>, convert: impl Fn(&[u8; N]) -> [u8; M]) -> Vec<u8> {
    const BLOCK: usize = 1024;
    let mut block = vec![0u8; BLOCK * N];
    let count = px.len() / N;
    for from in (0..count).step_by(BLOCK) {
        let n = BLOCK.min(count - from);
        let (Some(source), Some(copy)) = (px.get(from * N..(from + n) * N), block.get_mut(..n * N)) else { break };
        copy.copy_from_slice(source);
        let target = px.get_mut(from * M..(from + n) * M).unwrap_or_default();
        for (o, p) in target.as_chunks_mut::<M>().0.iter_mut().zip(copy.as_chunks::<N>().0) {
            *o = convert(p);
        }
    }
    px.truncate(count * M);
    px.shrink_to_fit();
    px
}

/// Runs a step over every frame; the size stays.
fn each(mut d: Decoded, mut step: impl FnMut(Bytes) -> Result<Bytes>) -> Result<Decoded> {
    for f in &mut d.frames {
        let taken = std::mem::replace(&mut f.pixels, Pixels::L8(Vec::new()));
        f.pixels = step(Bytes::take(taken, d.width, d.height)?)?.give();
    }
    Ok(d)
}

#[cfg(test)]
pub(crate) mod testing {
    use crate::image::{Decoded, Frame, Pixels};

    /// Deterministic noise.
    pub fn noise(n: usize, seed: u32) -> Vec<u8> {
        let mut s = seed.wrapping_mul(2_654_435_761) | 1;
        (0..n)
            .map(|_| {
                s ^= s << 13;
                s ^= s >> 17;
                s ^= s << 5;
                (s >> 11) as u8
            })
            .collect()
    }

    pub fn picture(width: u32, height: u32, pixels: Pixels) -> Decoded {
        Decoded {
            width,
            height,
            frames: vec![Frame { pixels, delay_ms: 0 }],
            loops: None,
            orientation: 1,
            rows_decoded: height,
            icc: None,
            exif: None,
            xmp: None,
            iptc: None,
        }
    }

    /// Bytes of the first frame.
    pub fn bytes(d: &Decoded) -> &[u8] {
        match &d.frames[0].pixels {
            Pixels::L8(v) | Pixels::La8(v) | Pixels::Rgb8(v) | Pixels::Rgba8(v) => v,
            _ => panic!("deep pixels"),
        }
    }
}
