//! Table-based profiles (RGB and CMYK with A2B tags) → sRGB, through the crate moxcms.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, InterpolationMethod, Layout, ParsingOptions, RenderingIntent, Transform8BitExecutor,
    Transform16BitExecutor, TransformOptions,
};

use super::profile::MAX_PROFILE;

/// Most entries of a colour table that is unpacked (17⁴ × 3 = 250,563 is usual for CMYK; 4 bytes each).
const MAX_CLUT: usize = 4_000_000;

/// Reads a profile with bounds. None when it is broken.
fn read(icc: &[u8]) -> Option<ColorProfile> {
    let options = ParsingOptions {
        max_profile_size: MAX_PROFILE + 1,
        max_allowed_clut_size: MAX_CLUT,
        max_allowed_trc_size: 20_000,
    };
    ColorProfile::new_from_slice_with_options(icc, options).ok()
}

/// The table of perceptual intent, as sharp and browsers take it; tetrahedral interpolation, as Little CMS.
fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        interpolation_method: InterpolationMethod::Tetrahedral,
        ..TransformOptions::default()
    }
}

/// RGB tables at 8 bits; `channels` is 3 or 4.
pub fn rgb8(icc: &[u8], channels: usize) -> Option<Arc<Transform8BitExecutor>> {
    let layout = if channels == 4 { Layout::Rgba } else { Layout::Rgb };
    read(icc)?.create_transform_8bit(layout, &ColorProfile::new_srgb(), layout, options()).ok()
}

/// RGB tables at 16 bits; `channels` is 3 or 4.
pub fn rgb16(icc: &[u8], channels: usize) -> Option<Transform16> {
    let layout = if channels == 4 { Layout::Rgba } else { Layout::Rgb };
    read(icc)?.create_transform_16bit(layout, &ColorProfile::new_srgb(), layout, options()).ok()
}

/// 16-bit values through a table.
pub type Transform16 = Arc<Transform16BitExecutor>;

/// CMYK (0 = no ink) → RGB at 16 bits.
pub fn cmyk16(icc: &[u8]) -> Option<Transform16> {
    let p = read(icc)?;
    if p.color_space != DataColorSpace::Cmyk {
        return None;
    }
    p.create_transform_16bit(Layout::Rgba, &ColorProfile::new_srgb(), Layout::Rgb, options()).ok()
}
