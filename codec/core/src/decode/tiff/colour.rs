//! From the file's samples to [`Pixels`], by photometric interpretation (TIFF 6.0 sections 3–8, 16, 20–23).

use crate::decode::common::narrow;
use crate::error::{Error, Result};
use crate::image::Pixels;

use super::header::{Header, Photometric};
use super::ifd::Directory;
use super::segments::Samples;

pub fn convert(dir: &Directory<'_>, header: &Header, samples: Samples) -> Result<Pixels> {
    match (header.photometric, samples) {
        (Photometric::Palette, samples) => palette(dir, samples),
        (Photometric::Cmyk, samples) => cmyk(samples),
        (Photometric::Ycbcr, Samples::U8(data)) => Ok(with_alpha8(header, ycbcr(dir, header, data))),
        (Photometric::CieLab | Photometric::IccLab, samples) => lab(header, samples),
        (_, Samples::U8(mut data)) => {
            invert(header, &mut data, |v| *v = 255 - *v);
            Ok(with_alpha8(header, data))
        }
        (_, Samples::U16(mut data)) => {
            invert(header, &mut data, |v| *v = 65_535 - *v);
            Ok(with_alpha16(header, data))
        }
        (_, Samples::F32(data)) => Ok(floats(header, data)),
    }
}

fn invert<T>(header: &Header, data: &mut [T], flip: impl Fn(&mut T)) {
    if header.photometric == Photometric::WhiteIsZero {
        data.iter_mut().step_by(header.kept()).for_each(flip);
    }
}

fn with_alpha8(header: &Header, mut data: Vec<u8>) -> Pixels {
    let kept = header.kept();
    if header.alpha.is_some_and(|a| a.associated) {
        for pixel in data.chunks_exact_mut(kept) {
            if let Some((&mut a @ 1..=254, colours)) = pixel.split_last_mut() {
                let a = u32::from(a);
                colours.iter_mut().for_each(|c| *c = ((u32::from(*c) * 255 + a / 2) / a).min(255) as u8);
            }
        }
    }
    match kept {
        1 => Pixels::L8(data),
        2 => Pixels::La8(data),
        3 => Pixels::Rgb8(data),
        _ => Pixels::Rgba8(data),
    }
}

fn with_alpha16(header: &Header, mut data: Vec<u16>) -> Pixels {
    let kept = header.kept();
    if header.alpha.is_some_and(|a| a.associated) {
        for pixel in data.chunks_exact_mut(kept) {
            if let Some((&mut a @ 1..=65_534, colours)) = pixel.split_last_mut() {
                let a = u64::from(a);
                colours.iter_mut().for_each(|c| *c = ((u64::from(*c) * 65_535 + a / 2) / a).min(65_535) as u16);
            }
        }
    }
    match kept {
        1 => Pixels::L16(data),
        2 => Pixels::La16(data),
        3 => Pixels::Rgb16(data),
        _ => Pixels::Rgba16(data),
    }
}

/// Grey is spread to RGB; WhiteIsZero is turned at 1.
fn floats(header: &Header, data: Vec<f32>) -> Pixels {
    let turn = |v: f32| if header.photometric == Photometric::WhiteIsZero { 1.0 - v } else { v };
    let divide = |v: f32, a: f32| if header.alpha.is_some_and(|a| a.associated) && a > 0.0 { v / a } else { v };
    match header.kept() {
        1 => Pixels::RgbF32(data.iter().flat_map(|&v| [turn(v); 3]).collect()),
        2 => {
            let grey = |&[v, a]: &[f32; 2]| {
                let v = divide(turn(v), a);
                [v, v, v, a]
            };
            Pixels::RgbaF32(data.as_chunks::<2>().0.iter().flat_map(grey).collect())
        }
        3 => Pixels::RgbF32(data),
        _ => {
            let mut data = data;
            for pixel in data.as_chunks_mut::<4>().0 {
                let a = pixel[3];
                pixel.iter_mut().take(3).for_each(|v| *v = divide(*v, a));
            }
            Pixels::RgbaF32(data)
        }
    }
}

/// ColorMap: all reds, all greens, all blues in 16 bits; maps of 8-bit values are told by their size.
fn palette(dir: &Directory<'_>, samples: Samples) -> Result<Pixels> {
    let map = dir.uints(320);
    let third = map.len() / 3;
    if third == 0 {
        return Err(Error::corrupt("tiff: no colour map"));
    }
    let wide = map.iter().any(|&v| v > 255);
    let value = |at: usize| {
        let v = map.get(at).copied().unwrap_or(0);
        if wide { narrow(v.min(65_535) as u16) } else { v as u8 }
    };
    let colours: Vec<[u8; 3]> = (0..third).map(|i| [value(i), value(third + i), value(2 * third + i)]).collect();
    let colour = |index: usize| colours.get(index).copied().unwrap_or_default();
    match samples {
        Samples::U8(data) => Ok(Pixels::Rgb8(data.iter().flat_map(|&i| colour(i.into())).collect())),
        Samples::U16(data) => Ok(Pixels::Rgb8(data.iter().flat_map(|&i| colour(i.into())).collect())),
        Samples::F32(_) => Err(Error::corrupt("tiff: fractions as palette indexes")),
    }
}

fn cmyk(samples: Samples) -> Result<Pixels> {
    match samples {
        Samples::U8(data) => Ok(Pixels::Cmyk8(data)),
        Samples::U16(data) => Ok(Pixels::Cmyk8(data.iter().map(|&v| narrow(v)).collect())),
        Samples::F32(_) => Err(Error::unsupported("tiff: CMYK in floats")),
    }
}

/// YCbCr to RGB with the file's coefficients and reference levels (section 21), alpha kept.
fn ycbcr(dir: &Directory<'_>, header: &Header, mut data: Vec<u8>) -> Vec<u8> {
    let or = |tag, default: &[f32]| {
        let found = dir.rationals(tag);
        if found.len() >= default.len() { found } else { default.to_vec() }
    };
    let luma = or(529, &[0.299, 0.587, 0.114]);
    let levels = or(532, &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
    let (lr, lg, lb) = (luma[0], luma[1].max(1e-6), luma[2]);
    let scale = |v: u8, at: usize, range: f32| {
        let width = levels[at + 1] - levels[at];
        (f32::from(v) - levels[at]) * range / if width.abs() < 1e-6 { range } else { width }
    };
    for pixel in data.chunks_exact_mut(header.kept()) {
        let [y, cb, cr, ..] = *pixel else { continue };
        let (y, cb, cr) = (scale(y, 0, 255.0), scale(cb, 2, 127.0), scale(cr, 4, 127.0));
        let r = cr * (2.0 - 2.0 * lr) + y;
        let b = cb * (2.0 - 2.0 * lb) + y;
        let g = (y - lb * b - lr * r) / lg;
        for (slot, v) in pixel.iter_mut().zip([r, g, b]) {
            *slot = (v + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
    data
}

/// CIELab (a*, b* signed) and ICCLab (offset) to the PCS scale of ICC v4: L* 0–100 and a*, b* −128–127 on 0–65535.
fn lab(header: &Header, samples: Samples) -> Result<Pixels> {
    let signed = header.photometric == Photometric::CieLab;
    let kept = header.kept();
    let data: Vec<u16> = match samples {
        Samples::U8(data) => {
            let ab = |v: u8| u16::from(if signed { v ^ 0x80 } else { v }) * 257;
            let colours = data.chunks_exact(kept).filter_map(|p| p.first_chunk::<3>());
            colours.flat_map(|&[l, a, b]| [u16::from(l) * 257, ab(a), ab(b)]).collect()
        }
        Samples::U16(data) => {
            // 16-bit a* and b* come in steps of 1/256: 0x8000 is 0, the PCS has it at 0x8080.
            let ab = |v: u16| {
                let v = u32::from(if signed { v ^ 0x8000 } else { v });
                ((v * 257 + 128) / 256).min(65_535) as u16
            };
            let colours = data.chunks_exact(kept).filter_map(|p| p.first_chunk::<3>());
            colours.flat_map(|&[l, a, b]| [l, ab(a), ab(b)]).collect()
        }
        Samples::F32(_) => return Err(Error::unsupported("tiff: Lab in floats")),
    };
    Ok(Pixels::Lab16(data))
}
