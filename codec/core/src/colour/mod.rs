//! Every kind of pixels → 8-bit sRGB.
//!
//! ICC profiles are applied with perceptual intent: matrix and grey profiles by own tables ([`matrix`]), table-based
//! and CMYK ones by moxcms ([`lut`]). A profile that is broken, longer than 4 MB, or of another colour space than the
//! pixels counts as none: the pixels are taken as sRGB (CMYK by the plain formula). The intent's choice does not
//! matter for matrix profiles: what lies outside sRGB is clipped a channel at a time.

pub mod cmyk;
mod convert;
pub mod lab;
pub mod lut;
pub mod matrix;
pub mod profile;
pub mod small;
pub mod tonemap;
mod ycc;

pub use small::{p3_profile, small_profile};
pub use ycc::ycc_to_rgb8;

use crate::error::Result;
use crate::image::{Decoded, Pixels};
use profile::Profile;

/// Whether converting through this profile changes nothing, so that it can be dropped: sRGB by its parameters
/// (colorants within 0.002, curves within half an 8-bit step), or a grey profile with sRGB's curve.
/// Takes microseconds; nothing is decided by names.
pub fn is_srgb(icc: &[u8]) -> bool {
    Profile::parse(icc).is_some_and(|p| p.is_srgb())
}

/// Whether pixels of this kind need work because of the profile: false for sRGB and for unusable profiles.
pub fn profile_matters(pixels: &Pixels, icc: Option<&[u8]>) -> bool {
    convert::usable(pixels, icc).is_some()
}

/// Every frame → L8, La8, Rgb8 or Rgba8 in sRGB; `icc` becomes None. Planes ([`Pixels::Ycc`]) stay planes unless their
/// profile asks for work, then they become Rgb8.
///
/// With `keep`, 8-bit RGB and planes whose profile is an RGB matrix profile (Display P3, Adobe RGB …) keep their
/// pixels, and `icc` becomes a small copy of it (0.5 KB for Display P3). Deeper RGB is rounded to 8 bits likewise.
///
/// Errors: `BadRequest` when planes disagree with the size.
pub fn to_srgb8(d: Decoded, keep: bool) -> Result<Decoded> {
    let mut d = d;
    let icc = d.icc.take();
    let first = d.frames.first().map(|f| &f.pixels);
    let usable = first.and_then(|p| convert::usable(p, icc.as_deref()));
    let small = if keep && first.is_some_and(convert::is_rgb) { usable.and_then(small_profile) } else { None };
    let work = if small.is_some() { None } else { usable };
    let step = convert::Step::new(work);
    for f in &mut d.frames {
        let pixels = std::mem::replace(&mut f.pixels, Pixels::L8(Vec::new()));
        f.pixels = step.apply(pixels, d.width, d.height)?;
    }
    d.icc = small;
    Ok(d)
}
