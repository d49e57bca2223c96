//! QOI (specification 2022-01-05).

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Pixels, Probe};

use super::common::{Reader, check_plausible, pixel_count, still, still_probe};

/// The longest run that one byte codes.
const LONGEST_RUN: usize = 62;

struct Header {
    width: u32,
    height: u32,
    channels: usize,
}

fn header(r: &mut Reader<'_>) -> Result<Header> {
    if r.take(4)? != b"qoif" {
        return Err(Error::corrupt("no QOI header"));
    }
    let (width, height) = (r.u32_be()?, r.u32_be()?);
    let (channels, space) = (r.u8()?, r.u8()?);
    if !matches!(channels, 3 | 4) || space > 1 {
        return Err(Error::corrupt("qoi: no such channels or colour space"));
    }
    Ok(Header { width, height, channels: channels.into() })
}

pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let h = header(&mut Reader::new(bytes))?;
    Ok(still_probe(Format::Qoi, h.width, h.height, h.channels == 4, 8))
}

/// Decodes to RGB8 or RGBA8; rows that a cut file lacks stay 0 and are not counted.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let mut r = Reader::new(bytes);
    let h = header(&mut r)?;
    let pixels = pixel_count(h.width, h.height, options.max_pixels)?;
    check_plausible(pixels, r.remaining(), LONGEST_RUN * 4)?;
    let mut out = vec![0; pixels * h.channels];
    let done = match h.channels {
        3 => unpack(&mut r, out.as_chunks_mut::<3>().0, |[r, g, b, _]| [r, g, b]),
        _ => unpack(&mut r, out.as_chunks_mut::<4>().0, |rgba| rgba),
    };
    let rows = done as u32 / h.width;
    if rows == 0 {
        return Err(Error::corrupt("qoi: not one row"));
    }
    let pixels = if h.channels == 3 { Pixels::Rgb8(out) } else { Pixels::Rgba8(out) };
    let mut out = still(h.width, h.height, pixels);
    out.rows_decoded = rows;
    Ok(out)
}

/// Fills `out` as far as the bytes go; returns the pixels done.
fn unpack<const N: usize>(r: &mut Reader<'_>, out: &mut [[u8; N]], pick: impl Fn([u8; 4]) -> [u8; N]) -> usize {
    let mut seen = [[0u8; 4]; 64];
    let mut last = [0, 0, 0, 255];
    let mut done = 0;
    while done < out.len() {
        let Ok(run) = step(r, &mut last, &mut seen) else { break };
        let end = (done + run).min(out.len());
        if let Some(span) = out.get_mut(done..end) {
            span.fill(pick(last));
        }
        done = end;
    }
    done
}

/// One op; returns how often `last` stands.
fn step(r: &mut Reader<'_>, last: &mut [u8; 4], seen: &mut [[u8; 4]; 64]) -> Result<usize> {
    let op = r.u8()?;
    let low = op & 63;
    let mut run = 1;
    match (op, op >> 6) {
        (0xfe, _) => last[..3].copy_from_slice(r.take(3)?),
        (0xff, _) => last.copy_from_slice(r.take(4)?),
        (_, 0) => *last = seen.get(usize::from(low)).copied().unwrap_or_default(),
        (_, 1) => {
            for (c, shift) in [(0, 4), (1, 2), (2, 0)] {
                last[c] = last[c].wrapping_add(low >> shift & 3).wrapping_sub(2);
            }
        }
        (_, 2) => {
            let next = r.u8()?;
            let green = low.wrapping_sub(32);
            last[0] = last[0].wrapping_add(green).wrapping_add(next >> 4).wrapping_sub(8);
            last[1] = last[1].wrapping_add(green);
            last[2] = last[2].wrapping_add(green).wrapping_add(next & 15).wrapping_sub(8);
        }
        _ => run = usize::from(low) + 1,
    }
    let [red, green, blue, alpha] = last.map(usize::from);
    if let Some(slot) = seen.get_mut((red * 3 + green * 5 + blue * 7 + alpha * 11) % 64) {
        *slot = *last;
    }
    Ok(run)
}
