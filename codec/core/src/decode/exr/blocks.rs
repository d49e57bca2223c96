//! Chunks: found by the offset table, decompressed, their wanted channels put into planes of floats.

use crate::decode::common::Reader;
use crate::error::{Error, Result};

use super::compress;
use super::header::{Channel, Header, Kind};

/// Bytes of one decompressed chunk.
const MAX_CHUNK: u64 = 64 << 20;
const MAX_CHUNKS: u64 = 1 << 20;

/// One channel at its own resolution.
pub struct Plane {
    pub width: u32,
    pub values: Vec<f32>,
    pub x_sampling: u32,
    pub y_sampling: u32,
}

/// A rectangle in data-window coordinates relative to its corner, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// How many of `len` coordinates from `start` are multiples of `sampling`.
pub fn samples(start: i32, len: u32, sampling: u32) -> u32 {
    let (start, step) = (i64::from(start), i64::from(sampling));
    let end = start + i64::from(len);
    (end.div_euclid(step) + i64::from(end.rem_euclid(step) > 0) - start.div_euclid(step)
        - i64::from(start.rem_euclid(step) > 0)) as u32
}

impl Area {
    /// Columns and rows that a channel has in this area.
    pub fn size(&self, header: &Header, channel: &Channel) -> (u32, u32) {
        let (x, y) = (header.left.wrapping_add_unsigned(self.x), header.top.wrapping_add_unsigned(self.y));
        (samples(x, self.width, channel.x_sampling), samples(y, self.height, channel.y_sampling))
    }

    /// Whether a channel has samples on the n-th row of the area.
    pub fn has_row(&self, header: &Header, channel: &Channel, n: u32) -> bool {
        let y = i64::from(header.top) + i64::from(self.y) + i64::from(n);
        y.rem_euclid(channel.y_sampling.into()) == 0
    }

    /// Bytes of the area's samples, all channels.
    pub fn bytes(&self, header: &Header) -> u64 {
        let of = |c: &Channel| {
            let (w, h) = self.size(header, c);
            u64::from(w) * u64::from(h) * c.kind.bytes() as u64
        };
        header.channels.iter().map(of).sum()
    }
}

/// Reads all chunks; returns a plane for each wanted channel and the rows that came whole.
pub fn read(bytes: &[u8], header: &Header, wanted: &[usize]) -> Result<(Vec<Plane>, u32)> {
    let areas = areas(header)?;
    let whole = Area { x: 0, y: 0, width: header.width, height: header.height };
    let mut planes: Vec<Plane> = wanted.iter().filter_map(|&i| header.channels.get(i)).map(|c| {
        let (width, height) = whole.size(header, c);
        let values = vec![0.0; width as usize * height as usize];
        Plane { width, values, x_sampling: c.x_sampling, y_sampling: c.y_sampling }
    }).collect();
    let mut offsets = Reader::at(bytes, header.offsets_at);
    let mut rows = header.height;
    for area in areas {
        let at = offsets.u64_le().unwrap_or(0);
        let raw = chunk(bytes, header, &area, at);
        match raw {
            Ok(raw) => put(header, &area, &raw, wanted, &mut planes),
            Err(_) => rows = rows.min(area.y),
        }
    }
    Ok((planes, rows))
}

/// The areas of the full-resolution chunks, in the offset table's order.
fn areas(header: &Header) -> Result<Vec<Area>> {
    let (w, h) = header.tile.unwrap_or((header.width, header.lines));
    let (across, down) = (header.width.div_ceil(w), header.height.div_ceil(h));
    let largest = Area { x: 0, y: 0, width: w.min(header.width), height: h.min(header.height) };
    if u64::from(across) * u64::from(down) > MAX_CHUNKS || largest.bytes(header) > MAX_CHUNK {
        return Err(Error::limit("exr: too many or too large chunks"));
    }
    let area = |x: u32, y: u32| Area { x, y, width: w.min(header.width - x), height: h.min(header.height - y) };
    Ok((0..down).flat_map(|j| (0..across).map(move |i| area(i * w, j * h))).collect())
}

/// The chunk at that offset, decompressed. Errors: `Corrupt` when it is another one, or cut.
fn chunk(bytes: &[u8], header: &Header, area: &Area, at: u64) -> Result<Vec<u8>> {
    let at = usize::try_from(at).ok().filter(|&at| at > header.offsets_at);
    let mut r = Reader::at(bytes, at.ok_or_else(|| Error::corrupt("exr: no such chunk"))?);
    if header.multipart && r.u32_le()? != 0 {
        return Err(Error::corrupt("exr: a chunk of another part"));
    }
    let right = match header.tile {
        Some((w, h)) => {
            let place = (r.u32_le()?, r.u32_le()?);
            let level = (r.u32_le()?, r.u32_le()?);
            level == (0, 0) && place == (area.x / w, area.y / h)
        }
        None => r.i32_le()? == header.top.wrapping_add_unsigned(area.y),
    };
    if !right {
        return Err(Error::corrupt("exr: a chunk out of place"));
    }
    let len = r.u32_le()? as usize;
    compress::decompress(header, area, r.take(len)?)
}

/// Puts a chunk's samples (row by row, channel by channel) into the planes.
fn put(header: &Header, area: &Area, raw: &[u8], wanted: &[usize], planes: &mut [Plane]) {
    let mut r = Reader::new(raw);
    let corner = |channel: &Channel| {
        (samples(header.left, area.x, channel.x_sampling), samples(header.top, area.y, channel.y_sampling))
    };
    let mut lines = vec![0u32; header.channels.len()];
    for row in 0..area.height {
        for (index, channel) in header.channels.iter().enumerate() {
            if !area.has_row(header, channel, row) {
                continue;
            }
            let (width, _) = area.size(header, channel);
            let data = r.take_up_to(width as usize * channel.kind.bytes());
            let line = lines.get(index).copied().unwrap_or(0);
            if let Some(slot) = lines.get_mut(index) {
                *slot += 1;
            }
            for (plane, _) in planes.iter_mut().zip(wanted).filter(|(_, w)| **w == index) {
                let (x, y) = corner(channel);
                let start = (y + line) as usize * plane.width as usize + x as usize;
                let slots = plane.values.get_mut(start..start + width as usize).unwrap_or_default();
                floats(channel.kind, data, slots);
            }
        }
    }
}

/// NaN becomes 0, infinities the largest half.
fn floats(kind: Kind, data: &[u8], out: &mut [f32]) {
    let tame = |v: f32| match v {
        _ if v.is_nan() => 0.0,
        _ if v.is_infinite() => v.clamp(-65_504.0, 65_504.0),
        _ => v,
    };
    match kind {
        Kind::Half => {
            let halves = data.as_chunks::<2>().0.iter().map(|&b| half(u16::from_le_bytes(b)));
            out.iter_mut().zip(halves).for_each(|(o, v)| *o = tame(v));
        }
        Kind::Float => {
            let values = data.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b));
            out.iter_mut().zip(values).for_each(|(o, v)| *o = tame(v));
        }
        Kind::Uint => {
            let values = data.as_chunks::<4>().0.iter().map(|&b| u32::from_le_bytes(b) as f32);
            out.iter_mut().zip(values).for_each(|(o, v)| *o = v);
        }
    }
}

/// IEEE 754 binary16.
pub fn half(v: u16) -> f32 {
    let (sign, exp, mantissa) = (u32::from(v >> 15) << 31, v >> 10 & 31, u32::from(v & 1023));
    let magnitude = match exp {
        0 => (mantissa as f32 * 2f32.powi(-24)).to_bits(),
        31 => 0x7f80_0000 | mantissa << 13,
        _ => (u32::from(exp) + 112) << 23 | mantissa << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_counts() {
        assert_eq!(samples(0, 610, 2), 305);
        assert_eq!(samples(0, 5, 2), 3);
        assert_eq!(samples(1, 5, 2), 2);
        assert_eq!(samples(-3, 5, 2), 2);
        assert_eq!(samples(7, 0, 4), 0);
    }
}
