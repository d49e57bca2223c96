//! Every kind of pixels → 8-bit sRGB.
//!
//! ICC profiles are applied with perceptual intent: matrix and grey profiles by own tables ([`matrix`]), table-based
//! and CMYK ones by moxcms ([`lut`]), CMYK with black-point compensation ([`cmyk`]). A profile that is broken, longer than 4 MB, or of another colour space than the
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

/// Whether [`to_srgb8`] would leave 8-bit pixels of this kind (or planes) as they are: no usable profile, sRGB, or, with
/// `keep`, one that travels along as a small profile.
pub fn stays(pixels: &Pixels, icc: Option<&[u8]>, keep: bool) -> bool {
    let kept = |icc: &[u8]| keep && convert::is_rgb(pixels) && small_profile(icc).is_some();
    convert::usable(pixels, icc).is_none_or(kept)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Ycc;
    use crate::ops::testing::picture;

    fn planes() -> Pixels {
        Pixels::Ycc(Ycc { y: vec![99; 4], cb: vec![60; 4], cr: vec![200; 4], cw: 2, ch: 2 })
    }

    fn with(pixels: Pixels, icc: &[u8], keep: bool) -> Decoded {
        let mut d = picture(2, 2, pixels);
        d.icc = Some(icc.to_vec());
        to_srgb8(d, keep).expect("converts")
    }

    #[test]
    fn planes_stay_unless_the_profile_matters() {
        let (p3, broken) = (p3_profile(), vec![7; 300]);
        let srgb = moxcms::ColorProfile::new_srgb().encode().expect("encodes");
        assert!(is_srgb(&srgb) && !is_srgb(&p3) && !is_srgb(&broken));
        for icc in [&srgb, &broken] {
            let d = with(planes(), icc, false);
            assert!(d.icc.is_none() && d.frames[0].pixels == planes());
        }
        let kept = with(planes(), &p3, true);
        assert!(kept.icc.as_ref() == Some(&p3) && kept.frames[0].pixels == planes());
        let turned = with(planes(), &p3, false);
        assert!(turned.icc.is_none() && matches!(turned.frames[0].pixels, Pixels::Rgb8(_)));
        for (icc, keep, want) in [(&srgb, false, true), (&p3, true, true), (&p3, false, false)] {
            assert_eq!(stays(&planes(), Some(icc), keep), want);
        }
    }

    #[test]
    fn a_profile_of_another_space_counts_as_none() {
        let gray = moxcms::ColorProfile::new_gray_with_gamma(1.8).encode().expect("encodes");
        let rgb = with(Pixels::Rgb8(vec![100; 12]), &gray, true);
        assert!(rgb.icc.is_none() && rgb.frames[0].pixels == Pixels::Rgb8(vec![100; 12]));
        let l = with(Pixels::L8(vec![100; 4]), &gray, true);
        // 0.392^1.8 = 0.1854 of the light is sRGB code 119.3.
        assert!(l.icc.is_none() && l.frames[0].pixels == Pixels::L8(vec![119; 4]));
    }
}
