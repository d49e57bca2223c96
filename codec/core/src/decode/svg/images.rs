//! Pictures inside an SVG: data: URIs only, each checked by our own probe, their pixels summed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use resvg::usvg::{ImageHrefResolver, ImageKind};

use crate::decode::probe;
use crate::image::Format;

/// Pixels of all embedded pictures together: 4 bytes each, twice while one is drawn.
const MAX_PIXELS: u64 = 16_000_000;

/// A resolver that opens no file and no URL. What it refuses is left out of the drawing.
pub fn resolver() -> ImageHrefResolver<'static> {
    let used = AtomicU64::new(0);
    ImageHrefResolver {
        resolve_data: Box::new(move |_mime, data: Arc<Vec<u8>>, _options| {
            let found = probe(&data, MAX_PIXELS).ok()?;
            let kind = match found.format {
                Format::Jpeg => ImageKind::JPEG(data),
                Format::Png => ImageKind::PNG(data),
                Format::Gif => ImageKind::GIF(data),
                Format::Webp => ImageKind::WEBP(data),
                // A drawing inside a drawing would need limits of its own.
                _ => return None,
            };
            let pixels = u64::from(found.width) * u64::from(found.height);
            (used.fetch_add(pixels, Ordering::Relaxed) + pixels <= MAX_PIXELS).then_some(kind)
        }),
        resolve_string: Box::new(|_href, _options| None),
    }
}
