//! TGA (Truevision 2.0). It has no magic: [`looks_like`] is asked after every other format.

mod header;

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{Reader, check_plausible, pixel_count, still, still_probe};
use header::{Header, Kind};

/// Whether the bytes start with a consistent TGA header.
pub fn looks_like(bytes: &[u8]) -> bool {
    Header::parse(bytes).is_ok()
}

pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let h = Header::parse(bytes)?;
    Ok(still_probe(Format::Tga, h.width, h.height, h.has_alpha(), 8))
}

/// Decodes to L8, La8, RGB8 or RGBA8, whichever the header says. A cut file keeps the
/// rows that came, of a bottom-up one the lower ones.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let h = Header::parse(bytes)?;
    let pixels = pixel_count(h.width, h.height, options.max_pixels)?;
    let mut r = Reader::at(bytes, h.data_at);
    check_plausible(pixels, r.remaining(), if h.rle { 128 } else { 64 })?;
    let palette = h.palette(bytes);
    let channels = h.channels();
    let mut out = vec![0; pixels * channels];
    let done = fill(&mut r, &h, &palette, &mut out);
    let rows = (done / h.width as usize) as u32;
    if rows == 0 {
        return Err(Error::corrupt("tga: not one row"));
    }
    orient(&h, channels, &mut out);
    let pixels = match channels {
        1 => Pixels::L8(out),
        2 => Pixels::La8(out),
        3 => Pixels::Rgb8(out),
        _ => Pixels::Rgba8(out),
    };
    let mut out = still(h.width, h.height, pixels);
    out.rows_decoded = rows;
    Ok(out)
}

/// Decodes in stored order as far as the data goes; returns the pixels done.
fn fill(r: &mut Reader<'_>, h: &Header, palette: &[[u8; 4]], out: &mut [u8]) -> usize {
    let channels = h.channels();
    let total = out.len() / channels;
    let mut done = 0;
    while done < total {
        let Ok((run, count)) = packet(r, h.rle, total - done) else { break };
        let mut pixel = [0; 4];
        for i in 0..count {
            if i == 0 || !run {
                let Ok(cell) = r.take(h.pixel_bytes()) else { return done };
                pixel = colour(h, palette, cell);
            }
            let Some(slot) = out.get_mut(done * channels..(done + 1) * channels) else { return done };
            match slot {
                [l, a] => (*l, *a) = (pixel[0], pixel[3]),
                _ => slot.copy_from_slice(&pixel[..channels]),
            }
            done += 1;
        }
    }
    done
}

/// Whether the next packet is a run, and its pixels; raw files are one packet.
fn packet(r: &mut Reader<'_>, rle: bool, left: usize) -> Result<(bool, usize)> {
    if !rle {
        return Ok((false, left));
    }
    let head = r.u8()?;
    Ok((head & 0x80 != 0, usize::from(head & 0x7f) + 1))
}

/// One stored pixel as RGBA (grey in every channel).
fn colour(h: &Header, palette: &[[u8; 4]], cell: &[u8]) -> [u8; 4] {
    match (h.kind, cell) {
        (Kind::Palette, _) => {
            let index = cell.iter().rev().fold(0, |v, &b| v << 8 | usize::from(b));
            palette.get(index.wrapping_sub(h.first_colour)).copied().unwrap_or_default()
        }
        (Kind::Grey, &[l]) => [l, l, l, 255],
        (Kind::Grey, &[l, a]) => [l, l, l, a],
        (_, cell) => header::bgr(cell, h.alpha_bits > 0),
    }
}

fn orient(h: &Header, channels: usize, out: &mut [u8]) {
    let stride = h.width as usize * channels;
    if !h.top_down {
        let height = h.height as usize;
        let (top, bottom) = out.split_at_mut(height / 2 * stride);
        top.chunks_exact_mut(stride).zip(bottom.rchunks_exact_mut(stride)).for_each(|(a, b)| a.swap_with_slice(b));
    }
    if h.mirrored {
        for row in out.chunks_exact_mut(stride) {
            row.reverse();
            row.chunks_exact_mut(channels).for_each(<[u8]>::reverse);
        }
    }
}
