//! Which coded pictures make up an AVIF, and each of them as a file of its own.

use crate::decode::common::pixel_count;
use crate::decode::heif::{Crop, Grid, Item, Meta};
use crate::error::{Error, Result};

use super::{MAX_PIXELS, mini, sequence};

/// Tiles of one picture, alpha ones included.
const MAX_TILES: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Colour,
    /// The red channel of the decoded part is the opacity.
    Alpha,
}

/// One coded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub role: Role,
    /// Where its file stands in [`AvifParts::files`].
    pub offset: usize,
    pub len: usize,
    /// Where its pixels go on the canvas; what sticks out is cut.
    pub x: u32,
    pub y: u32,
    /// Size by `ispe`; the bitstream may differ.
    pub width: u32,
    pub height: u32,
}

/// What [`super::assemble`] needs: kept by the session between the two calls.
#[derive(Debug, Clone, Default)]
pub struct AvifParts {
    pub parts: Vec<Part>,
    /// The parts' files, one behind the other.
    pub files: Vec<u8>,
    pub canvas_width: u32,
    pub canvas_height: u32,
    pub crop: Option<Crop>,
    pub orientation: u8,
    pub premultiplied: bool,
    pub icc: Option<Vec<u8>>,
    pub exif: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
}

/// The primary picture's facts, without its bytes.
#[derive(Debug)]
pub struct Layout<'m, 'a> {
    item: &'m Item<'a>,
    grid: Option<Grid>,
    canvas: (u32, u32),
    pub crop: Option<Crop>,
    pub orientation: u8,
    pub has_alpha: bool,
    pub bits: u8,
}

impl Layout<'_, '_> {
    pub fn width(&self) -> u32 {
        self.crop.map_or(self.canvas.0, |c| c.width)
    }
    pub fn height(&self) -> u32 {
        self.crop.map_or(self.canvas.1, |c| c.height)
    }
}

/// Reads the primary item. Errors: `Corrupt`, `Unsupported` for derived items other than grids.
pub fn layout<'m, 'a>(meta: &'m Meta<'a>) -> Result<Layout<'m, 'a>> {
    let mut item = meta.item(meta.primary)?;
    let wrapper = item;
    if &item.kind == b"iden" {
        let inner = meta.targets(item.id, b"dimg");
        item = meta.item(*inner.first().ok_or_else(|| Error::corrupt("avif: identity of nothing"))?)?;
    }
    let grid = match &item.kind {
        b"av01" => None,
        b"grid" => Some(meta.grid(item)?),
        _ => return Err(Error::unsupported("avif: a primary item of another kind")),
    };
    let own = meta.size(item).or_else(|| meta.size(wrapper));
    let canvas = grid.map(|g| (g.width, g.height)).or(own).ok_or_else(|| Error::corrupt("avif: no size"))?;
    let tiles = meta.targets(item.id, b"dimg");
    let coded = if grid.is_some() { meta.item(*tiles.first().unwrap_or(&0))? } else { item };
    let tile_alpha = grid.is_some() && tiles.iter().all(|&id| meta.alpha_of(id).is_some());
    Ok(Layout {
        item,
        grid,
        canvas,
        crop: meta.crop(wrapper, canvas.0, canvas.1),
        orientation: meta.orientation(wrapper),
        has_alpha: meta.alpha_of(item.id).is_some() || tile_alpha,
        bits: if mini::is_deep(meta, coded) { 16 } else { 8 },
    })
}

/// Splits an AVIF into minimal files, one a coded picture: the primary item or its grid's tiles, then alpha.
///
/// Of a sequence without a primary item, the first sample. Errors: `Limit` past [`MAX_PIXELS`] or
/// `max_pixels`, `Corrupt`, `Unsupported`.
pub fn rewrap(bytes: &[u8], max_pixels: u64) -> Result<AvifParts> {
    let Ok(meta) = Meta::parse(bytes) else { return sequence::rewrap(bytes, max_pixels) };
    let layout = layout(&meta)?;
    pixel_count(layout.canvas.0, layout.canvas.1, max_pixels.min(MAX_PIXELS))?;
    let item = layout.item;
    let mut out = AvifParts {
        canvas_width: layout.canvas.0,
        canvas_height: layout.canvas.1,
        crop: layout.crop,
        orientation: layout.orientation,
        icc: meta.icc(item),
        exif: meta.exif(meta.primary),
        xmp: meta.xmp(meta.primary),
        ..AvifParts::default()
    };
    picture(&meta, item, Role::Colour, layout.canvas, &mut out)?;
    match (meta.alpha_of(item.id), layout.grid) {
        (Some(alpha), _) => {
            out.premultiplied = meta.is_premultiplied(item.id, alpha.id);
            picture(&meta, alpha, Role::Alpha, layout.canvas, &mut out)?;
        }
        (None, Some(grid)) if layout.has_alpha => {
            let colour = meta.targets(item.id, b"dimg");
            let alpha: Vec<u32> = colour.iter().filter_map(|&id| meta.alpha_of(id).map(|a| a.id)).collect();
            tiles(&meta, &alpha, grid, Role::Alpha, &mut out)?;
        }
        _ => {}
    }
    Ok(out)
}

/// One picture: a coded item, or all tiles of a grid.
fn picture(meta: &Meta<'_>, item: &Item<'_>, role: Role, canvas: (u32, u32), out: &mut AvifParts) -> Result<()> {
    match &item.kind {
        b"av01" => push(meta, item, role, (0, 0), canvas, out),
        b"grid" => tiles(meta, &meta.targets(item.id, b"dimg"), meta.grid(item)?, role, out),
        _ => Err(Error::unsupported("avif: a derived item of another kind")),
    }
}

fn tiles(meta: &Meta<'_>, ids: &[u32], grid: Grid, role: Role, out: &mut AvifParts) -> Result<()> {
    let count = grid.rows as usize * grid.columns as usize;
    if ids.len() < count || out.parts.len() + count > MAX_TILES {
        return Err(Error::corrupt("avif: a grid with too few or too many tiles"));
    }
    let first = meta.item(*ids.first().unwrap_or(&0))?;
    // Tiles without a size of their own share the grid evenly.
    let even = (grid.width.div_ceil(grid.columns), grid.height.div_ceil(grid.rows));
    let size = meta.size(first).unwrap_or(even);
    for (index, &id) in (0u32..).zip(ids.iter().take(count)) {
        let place = ((index % grid.columns).saturating_mul(size.0), (index / grid.columns).saturating_mul(size.1));
        push(meta, meta.item(id)?, role, place, size, out)?;
    }
    Ok(())
}

/// Appends one coded item as a file; a missing size is taken from the picture it belongs to.
fn push(
    meta: &Meta<'_>,
    item: &Item<'_>,
    role: Role,
    (x, y): (u32, u32),
    fallback: (u32, u32),
    out: &mut AvifParts,
) -> Result<()> {
    if &item.kind != b"av01" {
        return Err(Error::unsupported("avif: a tile of another kind"));
    }
    let (width, height) = meta.size(item).unwrap_or(fallback);
    pixel_count(width, height, MAX_PIXELS)?;
    let offset = out.files.len();
    mini::write(meta, item, (width, height), &mut out.files)?;
    out.parts.push(Part { role, offset, len: out.files.len() - offset, x, y, width, height });
    // A tile may be named a thousand times: the files together stay within reason.
    if out.files.len() > 64 << 20 {
        return Err(Error::limit("avif: too many bytes in tiles"));
    }
    Ok(())
}
