//! PIZ: Huffman-coded wavelet coefficients of 16-bit words behind a table of the values in use.

use crate::decode::common::Reader;
use crate::error::{Error, Result};

use super::blocks::Area;
use super::header::Header;
use super::huffman;

pub fn decode(header: &Header, area: &Area, data: &[u8]) -> Result<Vec<u8>> {
    let mut r = Reader::new(data);
    let (table, most) = value_table(&mut r)?;
    let len = r.u32_le()? as usize;
    let words = area.bytes(header) as usize / 2;
    let mut values = huffman::decode(r.take(len)?, words)?;
    let mut planes = Vec::new();
    let mut rest = values.as_mut_slice();
    for channel in &header.channels {
        let (width, height) = area.size(header, channel);
        let (width, height) = (width as usize, height as usize);
        let size = channel.kind.bytes() / 2;
        let (plane, behind) = rest
            .split_at_mut_checked(width * height * size)
            .ok_or_else(|| Error::corrupt("exr: too few values"))?;
        rest = behind;
        for part in 0..size {
            wavelet(plane, part, (width, size), (height, width * size), most);
        }
        planes.push(plane.iter().map(|&v| table.get(usize::from(v)).copied().unwrap_or(0)).collect());
    }
    Ok(interleave(header, area, &planes))
}

/// Planes of words, one a channel, as rows of little-endian samples.
pub fn interleave(header: &Header, area: &Area, planes: &[Vec<u16>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(area.bytes(header) as usize);
    let mut at = vec![0; planes.len()];
    for row in 0..area.height {
        for ((channel, plane), at) in header.channels.iter().zip(planes).zip(&mut at) {
            if area.has_row(header, channel, row) {
                let len = area.size(header, channel).0 as usize * channel.kind.bytes() / 2;
                let words = plane.get(*at..*at + len).unwrap_or_default();
                out.extend(words.iter().flat_map(|w| w.to_le_bytes()));
                *at += len;
            }
        }
    }
    out
}

/// The values in use (0 always), by a bitmap that is stored from its first to its last byte that is not 0.
fn value_table(r: &mut Reader<'_>) -> Result<(Vec<u16>, u16)> {
    let (first, last) = (usize::from(r.u16_le()?), usize::from(r.u16_le()?));
    let mut bitmap = vec![0u8; 8192];
    if first <= last {
        let slots = bitmap.get_mut(first..=last).ok_or_else(|| Error::corrupt("exr: a broken bitmap"))?;
        slots.copy_from_slice(r.take(last - first + 1)?);
    }
    let used = |v: &u16| *v == 0 || bitmap.get(usize::from(v >> 3)).is_some_and(|b| b >> (v & 7) & 1 == 1);
    let table: Vec<u16> = (0..=u16::MAX).filter(used).collect();
    let most = (table.len() - 1) as u16;
    Ok((table, most))
}

/// The inverse 2D Haar-like transform in place, from the coarsest level down. `x` and `y` are count and stride.
fn wavelet(data: &mut [u16], start: usize, x: (usize, usize), y: (usize, usize), most: u16) {
    let ((nx, ox), (ny, oy)) = (x, y);
    let small = most < 1 << 14;
    let mut step = 1;
    while step <= nx.min(ny) {
        step *= 2;
    }
    let mut double = step / 2;
    let mut half = double / 2;
    while half >= 1 {
        let pair = &mut |a: usize, b: usize| merge(data, a, b, small);
        let rows = (0..=ny.saturating_sub(double)).step_by(double);
        let columns = (0..=nx.saturating_sub(double)).step_by(double);
        for row in rows.clone() {
            for column in columns.clone() {
                let at = start + row * oy + column * ox;
                let (right, below, across) = (at + half * ox, at + half * oy, at + half * (ox + oy));
                pair(at, below);
                pair(right, across);
                pair(at, right);
                pair(below, across);
            }
            if nx & half != 0 {
                let at = start + row * oy + (nx / double * double) * ox;
                pair(at, at + half * oy);
            }
        }
        if ny & half != 0 {
            for column in columns {
                let at = start + (ny / double * double) * oy + column * ox;
                pair(at, at + half * ox);
            }
        }
        double = half;
        half /= 2;
    }
}

/// Average and difference back to the two values they came from.
fn merge(data: &mut [u16], a: usize, b: usize, small: bool) {
    let (Some(&low), Some(&high)) = (data.get(a), data.get(b)) else { return };
    let (first, second) = if small {
        let (low, high) = (i32::from(low.cast_signed()), i32::from(high.cast_signed()));
        let first = low + (high & 1) + (high >> 1);
        (first as u16, (first - high) as u16)
    } else {
        let (m, d) = (i32::from(low), i32::from(high));
        let second = (m - (d >> 1)) & 0xffff;
        (((d + second - 0x8000) & 0xffff) as u16, second as u16)
    };
    if let Some(slot) = data.get_mut(a) {
        *slot = first;
    }
    if let Some(slot) = data.get_mut(b) {
        *slot = second;
    }
}
