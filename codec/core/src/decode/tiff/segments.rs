//! Strips and tiles: found, decompressed, unpacked and put in place.

use crate::decode::common::keep_wide;
use crate::error::{Error, Result};

use super::header::{Header, Sample};
use super::ifd::Directory;
use super::{compress, logluv, predict, unpack};

/// Segments of one picture.
const MAX_SEGMENTS: u64 = 1 << 20;
/// A decompressed segment and the picture together.
const MAX_BYTES: u64 = 340 << 20;

/// Kept samples of the whole picture, interleaved, in the file's own colour space.
pub enum Samples {
    /// `0..=255`, or palette indexes.
    U8(Vec<u8>),
    /// `0..=65535`.
    U16(Vec<u16>),
    F32(Vec<f32>),
}

/// Where a segment lies, in pixels, and which plane it is of.
struct Place {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    plane: usize,
}

/// Reads all segments; returns the samples and the rows of the picture that came. Errors: the first segment's
/// that failed, when not one row came.
pub fn read(bytes: &[u8], dir: &Directory<'_>, header: &Header) -> Result<(Samples, u32)> {
    let across = header.width.div_ceil(header.segment.0);
    let down = header.height.div_ceil(header.segment.1);
    let planes = if header.planar { header.samples } else { 1 };
    let count = u64::from(across) * u64::from(down) * planes as u64;
    if count > MAX_SEGMENTS {
        return Err(Error::limit("tiff: too many strips or tiles"));
    }
    let mut out = allocate(bytes, header)?;
    let mut rows = header.height;
    let mut error = None;
    let list = Segments::of(bytes, dir, header)?;
    for index in 0..count as usize {
        let place = place(header, index, across, down);
        if header.planar && (0..header.kept()).all(|n| header.source(n) != place.plane) {
            continue;
        }
        let done = list.get(index).map_or(Ok(0), |data| segment(dir, header, &place, data, &mut out));
        let done = done.unwrap_or_else(|e| {
            error.get_or_insert(e);
            0
        });
        if done < place.height {
            rows = rows.min(place.y + done);
        }
    }
    match error {
        Some(error) if rows == 0 => Err(error),
        _ => Ok((out, rows)),
    }
}

/// Bounds picture and segment together, then makes the picture.
fn allocate(bytes: &[u8], header: &Header) -> Result<Samples> {
    let pixels = header.width as usize * header.height as usize;
    let kept = header.kept();
    let float = header.sample == Sample::Float || header.is_logluv();
    let wide = header.bits > 8 && keep_wide(pixels, kept);
    let size = if float { 4 } else { 1 + u64::from(wide) };
    let segment = compress::segment_len(header, header.segment.1)? as u64;
    // Uncompressed segments are read in place.
    let segment = if header.compression == 1 { 0 } else { segment * 2 };
    if pixels as u64 * kept as u64 * size + segment > MAX_BYTES {
        return Err(Error::limit("tiff: strips or tiles too large"));
    }
    if header.compression == 1 && pixels / 64 > bytes.len().saturating_mul(8) {
        return Err(Error::corrupt("tiff: far fewer bytes than the size needs"));
    }
    let samples = pixels * kept;
    Ok(if float {
        Samples::F32(vec![0.0; samples])
    } else if wide {
        Samples::U16(vec![0; samples])
    } else {
        Samples::U8(vec![0; samples])
    })
}

fn place(header: &Header, index: usize, across: u32, down: u32) -> Place {
    let per_plane = across as usize * down as usize;
    let (plane, index) = (index / per_plane, index % per_plane);
    let (column, line) = ((index % across as usize) as u32, (index / across as usize) as u32);
    let (x, y) = (column * header.segment.0, line * header.segment.1);
    Place { x, y, width: header.segment.0, height: header.segment.1.min(header.height - y), plane }
}

/// Offsets and lengths of the segments.
struct Segments<'a> {
    bytes: &'a [u8],
    offsets: Vec<u64>,
    lengths: Vec<u64>,
}

impl<'a> Segments<'a> {
    fn of(bytes: &'a [u8], dir: &Directory<'_>, header: &Header) -> Result<Self> {
        let (at, len) = if header.tiled { (324, 325) } else { (273, 279) };
        let or = |tag, other| Some(dir.uints(tag)).filter(|v| !v.is_empty()).unwrap_or_else(|| dir.uints(other));
        let offsets = or(at, 273);
        if offsets.is_empty() {
            return Err(Error::corrupt("tiff: no strips or tiles"));
        }
        Ok(Self { bytes, offsets, lengths: or(len, 279) })
    }

    /// The n-th segment's bytes; a missing or impossible length means up to the end of the file.
    fn get(&self, index: usize) -> Option<&'a [u8]> {
        let at = usize::try_from(*self.offsets.get(index)?).ok()?;
        let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let len = self.lengths.get(index).copied().filter(|&len| len > 0);
        let len = len.and_then(|len| usize::try_from(len).ok()).unwrap_or(rest.len());
        Some(rest.get(..len).unwrap_or(rest))
    }
}

/// Decompresses one segment and places its rows; returns how many of them came.
fn segment(dir: &Directory<'_>, header: &Header, place: &Place, data: &[u8], out: &mut Samples) -> Result<u32> {
    let rows = if header.tiled { header.segment.1 } else { place.height };
    if header.is_logluv() {
        let pixels = logluv::decode(header, data, place.width as usize * rows as usize)?;
        return Ok(put_floats(header, place, &pixels, out));
    }
    let mut raw = compress::decompress(dir, header, data, place.width, rows)?;
    let per_pixel = if header.planar { 1 } else { header.samples };
    let stride = compress::row_len(header, place.width)?;
    if header.predictor > 1 && compress::may_predict(header.compression) {
        for row in raw.to_mut().chunks_exact_mut(stride.max(1)) {
            predict::undo(header, dir.little, per_pixel, row);
        }
    }
    if header.is_subsampled() {
        let whole = unpack::blocks(header, place.width, rows, &raw);
        return Ok(put_rows(header, place, &whole, place.width as usize * 3, dir.little, 3, out));
    }
    Ok(put_rows(header, place, &raw, stride, dir.little, per_pixel, out))
}

fn put_rows(
    header: &Header,
    place: &Place,
    raw: &[u8],
    stride: usize,
    little: bool,
    per_pixel: usize,
    out: &mut Samples,
) -> u32 {
    let mut line = Vec::new();
    let mut done = 0;
    for (y, row) in (place.y..place.y + place.height).zip(raw.chunks(stride.max(1))) {
        if row.len() < stride {
            break;
        }
        unpack::row(row, header, little, place.width as usize * per_pixel, &mut line);
        put_row(header, place, y, &line, per_pixel, out);
        done += 1;
    }
    done
}

/// Puts one row's samples (one plane's, or all) at their places.
fn put_row(header: &Header, place: &Place, y: u32, line: &[u32], per_pixel: usize, out: &mut Samples) {
    let kept = header.kept();
    let columns = place.width.min(header.width - place.x) as usize;
    let start = (y as usize * header.width as usize + place.x as usize) * kept;
    for n in 0..kept {
        let source = header.source(n);
        let offset = if header.planar { 0 } else { source };
        if header.planar && source != place.plane {
            continue;
        }
        let values = line.get(offset..).unwrap_or_default().iter().step_by(per_pixel).take(columns);
        let first = start + n;
        match out {
            Samples::U8(out) => put(out, first, kept, values, |v| unpack::to_u8(header, v)),
            Samples::U16(out) => put(out, first, kept, values, |v| unpack::to_u16(header, v)),
            Samples::F32(out) => put(out, first, kept, values, |v| unpack::to_f32(header, v)),
        }
    }
}

fn put<'a, T>(out: &mut [T], first: usize, step: usize, values: impl Iterator<Item = &'a u32>, scale: impl Fn(u32) -> T) {
    let slots = out.get_mut(first..).unwrap_or_default().iter_mut().step_by(step);
    slots.zip(values).for_each(|(slot, &v)| *slot = scale(v));
}

fn put_floats(header: &Header, place: &Place, pixels: &[f32], out: &mut Samples) -> u32 {
    let Samples::F32(out) = out else { return 0 };
    let kept = header.kept();
    let columns = place.width.min(header.width - place.x) as usize * kept;
    let mut done = 0;
    for (y, row) in (place.y..place.y + place.height).zip(pixels.chunks_exact(place.width as usize * kept)) {
        let start = (y as usize * header.width as usize + place.x as usize) * kept;
        if let (Some(slots), Some(row)) = (out.get_mut(start..start + columns), row.get(..columns)) {
            slots.copy_from_slice(row);
            done += 1;
        }
    }
    done
}
