//! SVG and SVGZ by `resvg`: no DTD, no entity, no file, no network; limits checked before anything is built.

mod filters;
mod guard;
mod images;
mod render;
mod size;
mod text;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Probe};

use super::common::{pixel_count, still_probe};
use guard::Cost;
use resvg::usvg::roxmltree::{Document, ParsingOptions};

/// XML nodes (elements, texts, comments) of one document.
const MAX_NODES: u32 = 400_000;

pub use text::looks_like;

/// The size at 96 dpi, rounded up, as resvg has it.
///
/// Errors: `Unsupported` for a DTD with declarations, `Corrupt` for broken XML, `Limit` for documents past
/// the limits of `guard`.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let source = text::source(bytes)?;
    let document = parse(&source)?;
    let (width, height) = match size::declared(document.root_element()) {
        Some(size) => size,
        None => {
            Cost::of(&document)?;
            let tree = render::tree(&document)?;
            (tree.size().width(), tree.size().height())
        }
    };
    Ok(still_probe(Format::Svg, size::pixels(width)?, size::pixels(height)?, true, 8))
}

/// Rasterises at the larger of natural size and `options.target`, smaller when memory would not do.
///
/// Result: RGBA8 (RGB8 when opaque), aspect kept. Errors as for [`probe`], and `Limit` past the pixel cap.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let source = text::source(bytes)?;
    let document = parse(&source)?;
    if let Some((width, height)) = size::declared(document.root_element()) {
        pixel_count(size::pixels(width)?, size::pixels(height)?, options.max_pixels)?;
    }
    let cost = Cost::of(&document)?;
    let tree = render::tree(&document)?;
    drop(document);
    let natural = (tree.size().width(), tree.size().height());
    pixel_count(size::pixels(natural.0)?, size::pixels(natural.1)?, options.max_pixels)?;
    let (width, height) = size::canvas(natural, options, cost.canvas_pixels());
    cost.check(width, height)?;
    render::raster(&tree, width, height)
}

fn parse(source: &str) -> Result<Document<'_>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(source, options).map_err(as_error)?;
    if document.root_element().tag_name().name() != "svg" {
        return Err(Error::corrupt("the root element is not svg"));
    }
    Ok(document)
}

fn as_error(error: resvg::usvg::roxmltree::Error) -> Error {
    use resvg::usvg::roxmltree::Error as Xml;
    match error {
        Xml::DtdDetected => Error::unsupported("svg: document type declarations"),
        Xml::NodesLimitReached => Error::limit("svg: too many nodes"),
        other => Error::corrupt(format!("svg: {other}")),
    }
}
