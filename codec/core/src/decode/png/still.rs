//! The default image, row by row: 8 or 16 bits a sample, palette and tRNS expanded.

use png::{BitDepth, ColorType, InterlaceInfo, Transformations, splat_interlaced_row};

use crate::decode::common::{keep_wide, pixel_count, still};
use crate::error::{Error, Result};
use crate::image::{Decoded, Pixels};

use super::{Source, as_error, is_cut, open};

/// Decodes the default image. Rows that a cut file lacks stay 0 and are not counted in `rows_decoded`.
pub fn decode(bytes: &[u8], max_pixels: u64) -> Result<Decoded> {
    let mut reader = open(bytes, Transformations::EXPAND)?;
    let (mut colour, mut depth) = reader.output_color_type();
    let (width, height) = (reader.info().width, reader.info().height);
    let pixels = pixel_count(width, height, max_pixels)?;
    let interlaced = reader.info().interlaced;
    // Passes need the bytes and the samples side by side.
    let copies = if interlaced { 2 } else { 1 };
    if depth == BitDepth::Sixteen && !keep_wide(pixels, colour.samples() * copies) {
        reader = open(bytes, Transformations::EXPAND | Transformations::STRIP_16)?;
        (colour, depth) = reader.output_color_type();
    }
    let samples = pixels.saturating_mul(colour.samples());
    let (pixels, rows) = match (depth, interlaced) {
        (BitDepth::Sixteen, false) => {
            let (data, rows) = wide_rows(&mut reader, samples, height)?;
            (wide(colour, data)?, rows)
        }
        (BitDepth::Sixteen, true) => {
            let (data, rows) = passes(&mut reader, samples * 2, colour.samples() * 16, height)?;
            (wide(colour, to_u16(&data))?, rows)
        }
        (_, false) if colour == ColorType::Rgba => rgba_rows(&mut reader, samples / 4, height)?,
        (_, false) => {
            let (data, rows) = narrow_rows(&mut reader, samples, height)?;
            (eight(colour, data)?, rows)
        }
        (_, true) => {
            let (data, rows) = passes(&mut reader, samples, colour.samples() * 8, height)?;
            (eight(colour, data)?, rows)
        }
    };
    if rows == height && !interlaced {
        end(&mut reader)?;
    }
    let mut out = still(width, height, pixels);
    out.rows_decoded = rows;
    Ok(out)
}

/// Reads the image data to its end after the last row: only there its checksum is known to be right.
fn end(reader: &mut png::Reader<Source<'_>>) -> Result<()> {
    match reader.read_row(&mut []) {
        Err(e) if !is_cut(&e) => Err(as_error(&e)),
        _ => Ok(()),
    }
}

fn eight(colour: ColorType, data: Vec<u8>) -> Result<Pixels> {
    Ok(match colour {
        ColorType::Grayscale => Pixels::L8(data),
        ColorType::GrayscaleAlpha => Pixels::La8(data),
        ColorType::Rgb => Pixels::Rgb8(data),
        ColorType::Rgba => Pixels::Rgba8(data),
        ColorType::Indexed => return Err(Error::corrupt("png: palette not expanded")),
    })
}

fn wide(colour: ColorType, data: Vec<u16>) -> Result<Pixels> {
    Ok(match colour {
        ColorType::Grayscale => Pixels::L16(data),
        ColorType::GrayscaleAlpha => Pixels::La16(data),
        ColorType::Rgb => Pixels::Rgb16(data),
        ColorType::Rgba => Pixels::Rgba16(data),
        ColorType::Indexed => return Err(Error::corrupt("png: palette not expanded")),
    })
}

fn to_u16(bytes: &[u8]) -> Vec<u16> {
    bytes.as_chunks::<2>().0.iter().map(|&p| u16::from_be_bytes(p)).collect()
}

/// Rows of 8-bit samples straight into the picture.
fn narrow_rows(reader: &mut png::Reader<Source<'_>>, samples: usize, height: u32) -> Result<(Vec<u8>, u32)> {
    let mut data = vec![0; samples];
    let stride = samples / height as usize;
    let mut rows = 0;
    for row in data.chunks_exact_mut(stride.max(1)) {
        if !read(reader, row, rows)? {
            break;
        }
        rows += 1;
    }
    Ok((data, rows))
}

/// Rows of RGBA, as RGB while every pixel is opaque: screenshots mostly are, and a quarter less is to be resized. Rows that
/// a cut file lacks are clear, so that such a picture has alpha.
fn rgba_rows(reader: &mut png::Reader<Source<'_>>, pixels: usize, height: u32) -> Result<(Pixels, u32)> {
    // Room for RGBA from the start: to move so much later would take it twice.
    let mut data: Vec<u8> = Vec::with_capacity(pixels * 4);
    let stride = pixels / height as usize;
    let (mut buffer, mut rgb) = (vec![0u8; stride * 4], vec![0u8; stride * 3]);
    for y in 0..height {
        let came = read(reader, &mut buffer, y)?;
        if !came || !crate::analyse::opaque_bytes(&buffer) {
            widen(&mut data, stride, pixels);
            return if came { rest(reader, data, stride, y, &buffer) } else { Ok((Pixels::Rgba8(data), y)) };
        }
        for (out, p) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(buffer.as_chunks::<4>().0) {
            *out = [p[0], p[1], p[2]];
        }
        data.extend_from_slice(&rgb);
    }
    data.shrink_to_fit();
    Ok((Pixels::Rgb8(data), height))
}

/// Whole rows of RGB to opaque RGBA, in their own memory from the last to the first; the picture's other rows are clear.
fn widen(data: &mut Vec<u8>, stride: usize, pixels: usize) {
    let rows = data.len() / (stride * 3).max(1);
    data.resize(pixels * 4, 0);
    let mut row = vec![0u8; stride * 3];
    for y in (0..rows).rev() {
        row.copy_from_slice(data.get(y * stride * 3..(y + 1) * stride * 3).unwrap_or_default());
        let target = data.get_mut(y * stride * 4..(y + 1) * stride * 4).unwrap_or_default();
        for (out, p) in target.as_chunks_mut::<4>().0.iter_mut().zip(row.as_chunks::<3>().0) {
            *out = [p[0], p[1], p[2], 255];
        }
    }
    data.get_mut(rows * stride * 4..).unwrap_or_default().fill(0);
}

/// Puts `row` behind `rows` rows of RGBA and reads what is left.
fn rest(reader: &mut png::Reader<Source<'_>>, mut data: Vec<u8>, stride: usize, rows: u32, row: &[u8]) -> Result<(Pixels, u32)> {
    let mut rows = rows;
    let mut left = data.chunks_exact_mut((stride * 4).max(1)).skip(rows as usize);
    if let Some(target) = left.next() {
        target.copy_from_slice(row);
        rows += 1;
    }
    for target in left {
        if !read(reader, target, rows)? {
            break;
        }
        rows += 1;
    }
    Ok((Pixels::Rgba8(data), rows))
}

/// Rows of 16-bit samples by way of one row's buffer.
fn wide_rows(reader: &mut png::Reader<Source<'_>>, samples: usize, height: u32) -> Result<(Vec<u16>, u32)> {
    let mut data = vec![0u16; samples];
    let stride = samples / height as usize;
    let mut buffer = vec![0; stride * 2];
    let mut rows = 0;
    for row in data.chunks_exact_mut(stride.max(1)) {
        if !read(reader, &mut buffer, rows)? {
            break;
        }
        for (out, &pair) in row.iter_mut().zip(buffer.as_chunks::<2>().0) {
            *out = u16::from_be_bytes(pair);
        }
        rows += 1;
    }
    Ok((data, rows))
}

/// One row. False at the end of a cut file, an error when nothing came before it.
fn read(reader: &mut png::Reader<Source<'_>>, row: &mut [u8], done: u32) -> Result<bool> {
    match reader.read_row(row) {
        Ok(info) => Ok(info.is_some()),
        Err(e) if is_cut(&e) && done > 0 => Ok(false),
        Err(e) => Err(as_error(&e)),
    }
}

/// Adam7 passes; each pixel fills its block until a later pass refines it, so a cut file looks coarse, not holed.
fn passes(reader: &mut png::Reader<Source<'_>>, bytes: usize, bits: usize, height: u32) -> Result<(Vec<u8>, u32)> {
    let mut data = vec![0; bytes];
    let stride = bytes / height as usize;
    let bits = u8::try_from(bits).map_err(|_| Error::corrupt("png: odd depth"))?;
    let mut seen = 0;
    loop {
        match reader.next_interlaced_row() {
            Ok(None) => return Ok((data, height)),
            Ok(Some(row)) => {
                let InterlaceInfo::Adam7(info) = row.interlace() else {
                    return Err(Error::corrupt("png: a row outside the passes"));
                };
                splat_interlaced_row(&mut data, stride, row.data(), info, bits);
                seen += 1;
            }
            Err(e) if is_cut(&e) && seen > 0 => return Ok((data, height.min(seen * 8))),
            Err(e) => return Err(as_error(&e)),
        }
    }
}
