//! Sizes: what the root element declares, and the canvas to draw on.

use resvg::usvg::roxmltree::Node;

use crate::error::{Error, Result};
use crate::image::DecodeOptions;

/// CSS pixels per unit at 96 dpi; `em` and `ex` by the initial font size of 12 that resvg uses.
const UNITS: [(&str, f32); 9] = [
    ("px", 1.0), ("pt", 4.0 / 3.0), ("pc", 16.0), ("mm", 96.0 / 25.4), ("cm", 96.0 / 2.54), ("in", 96.0),
    ("em", 12.0), ("ex", 6.0), ("", 1.0),
];

enum Length {
    Px(f32),
    Percent(f32),
}

/// Width and height of the root; None when only the drawn content tells.
pub fn declared(root: Node<'_, '_>) -> Option<(f32, f32)> {
    let view = root.attribute("viewBox").and_then(view_box);
    let side = |name: &str| root.attribute(name).and_then(length);
    let (width, height) = (side("width"), side("height"));
    let (vw, vh) = match (view, &width, &height) {
        (Some(view), _, _) => view,
        (None, Some(Length::Px(w)), Some(Length::Px(h))) => return Some((*w, *h)),
        (None, _, _) => return None,
    };
    let resolve = |side: &Option<Length>, of: f32| match side {
        Some(Length::Px(v)) => *v,
        Some(Length::Percent(p)) => of * p / 100.0,
        None => of,
    };
    let (w, h) = (resolve(&width, vw), resolve(&height, vh));
    Some(match (width.is_some(), height.is_some()) {
        (true, false) => (w, vh * w / vw),
        (false, true) => (vw * h / vh, h),
        _ => (w, h),
    })
}

fn length(text: &str) -> Option<Length> {
    let text = text.trim();
    if let Some(number) = text.strip_suffix('%') {
        return number.trim().parse().ok().filter(|v: &f32| v.is_finite()).map(Length::Percent);
    }
    UNITS.iter().find_map(|(unit, px)| {
        let number: f32 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.is_finite().then_some(Length::Px(number * px))
    })
}

fn view_box(text: &str) -> Option<(f32, f32)> {
    let mut numbers = text.split([' ', ',', '\t', '\n', '\r']).filter(|t| !t.is_empty()).map(str::parse::<f32>);
    let mut next = || numbers.next()?.ok();
    let (_x, _y, w, h) = (next()?, next()?, next()?, next()?);
    (w > 0.0 && h > 0.0 && w.is_finite() && h.is_finite()).then_some((w, h))
}

/// A side in whole pixels, rounded up. Errors: `Corrupt` when it is not positive.
pub fn pixels(side: f32) -> Result<u32> {
    if !side.is_finite() || side <= 0.0 {
        return Err(Error::corrupt("svg: a side is not positive"));
    }
    Ok((side.ceil() as u32).max(1))
}

/// The canvas: natural size, enlarged to hold `target`, shrunk to `most` pixels; aspect kept.
pub fn canvas(natural: (f32, f32), options: &DecodeOptions, most: u64) -> (u32, u32) {
    let (w, h) = (f64::from(natural.0), f64::from(natural.1));
    let wanted = options.target.map_or(1.0, |(tw, th)| (f64::from(tw) / w).max(f64::from(th) / h));
    let most = most.min(options.max_pixels) as f64;
    let scale = wanted.max(1.0).min((most / (w * h)).sqrt());
    let fit = |side: f64| ((side * scale).ceil() as u32).max(1);
    let (mut cw, mut ch) = (fit(w), fit(h));
    // Rounding up may pass the cap by a row or column, and a sliver of a picture by much more.
    if u64::from(cw) * u64::from(ch) > most as u64 {
        if cw >= ch { cw = (most as u64 / u64::from(ch)).max(1) as u32 } else { ch = (most as u64 / u64::from(cw)).max(1) as u32 }
    }
    (cw, ch)
}
