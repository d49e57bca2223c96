//! From the document to pixels.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{Options, Tree, fontdb};

use crate::decode::common::{drop_opaque_alpha, still};
use crate::error::{Error, Result};
use crate::image::{Decoded, Pixels};

use super::images;

/// Noto Sans (SIL OFL 1.1, `fonts/OFL.txt`), subset to Latin, Greek and Cyrillic: the only fonts there are.
const FONTS: [&[u8]; 2] = [
    include_bytes!("../../../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../../fonts/NotoSans-Bold.ttf"),
];
const FAMILY: &str = "Noto Sans";

/// Resolves styles, references and text into a tree of paths. The caller has checked the document's cost.
pub fn tree(document: &Document<'_>) -> Result<Tree> {
    let mut options = Options { font_family: FAMILY.to_owned(), ..Options::default() };
    options.image_href_resolver = images::resolver();
    options.fontdb = Arc::new(fonts());
    Tree::from_xmltree(document, &options).map_err(|e| Error::corrupt(format!("svg: {e}")))
}

fn fonts() -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    for font in FONTS {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(font)));
    }
    fonts.set_serif_family(FAMILY);
    fonts.set_sans_serif_family(FAMILY);
    fonts.set_monospace_family(FAMILY);
    fonts.set_cursive_family(FAMILY);
    fonts.set_fantasy_family(FAMILY);
    fonts
}

/// Draws the tree onto a transparent canvas of that size.
pub fn raster(tree: &Tree, width: u32, height: u32) -> Result<Decoded> {
    let mut canvas = Pixmap::new(width, height).ok_or_else(|| Error::limit("svg: canvas too large"))?;
    let scale = |pixels: u32, natural: f32| pixels as f32 / natural;
    // A canvas of whole pixels is up to one larger than natural size × scale: one factor for both keeps shapes true.
    let factor = scale(width, tree.size().width()).max(scale(height, tree.size().height()));
    let exact = |natural: f32, pixels: u32| (natural.ceil() - pixels as f32).abs() < 0.5;
    let natural = exact(tree.size().width(), width) && exact(tree.size().height(), height);
    let factor = if natural { 1.0 } else { factor };
    resvg::render(tree, Transform::from_scale(factor, factor), &mut canvas.as_mut());
    let mut rgba = canvas.take();
    rgba.as_chunks_mut::<4>().0.iter_mut().for_each(unpremultiply);
    let mut out = still(width, height, Pixels::L8(Vec::new()));
    if let Some(frame) = out.frames.first_mut() {
        frame.pixels = drop_opaque_alpha(rgba);
    }
    Ok(out)
}

fn unpremultiply(pixel: &mut [u8; 4]) {
    let a = u32::from(pixel[3]);
    if a == 0 || a == 255 {
        return;
    }
    for c in pixel.iter_mut().take(3) {
        *c = ((u32::from(*c) * 255 + a / 2) / a).min(255) as u8;
    }
}
