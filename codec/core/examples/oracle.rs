//! Runs one step on raw pixels, for the scripts in tests/oracle: `oracle STEP ARGS…`, records on stdin.
//! A record is width, height, channels (u32, little endian) and the 8-bit pixels. For each, `hashes` prints a line
//! (ThumbHash in hex, BlurHash), `trim THRESHOLD` and `attention|entropy WIDTH HEIGHT` one with numbers; every other
//! step writes a record.

use std::io::{Read, Write};

use imgsrc_core::analyse::{Copy, blurhash, thumbhash};
use imgsrc_core::error::{Code, Error, Result};
use imgsrc_core::image::{Decoded, Frame, Pixels};
use imgsrc_core::{colour, ops};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    let mut rest = input.as_slice();
    let mut out = std::io::stdout().lock();
    while let Some((d, after)) = record(rest) {
        rest = after;
        match line(&d, &args)? {
            Some(text) => writeln!(out, "{text}")?,
            None => write(&mut out, &step(d, &args)?)?,
        }
    }
    Ok(())
}

fn record(b: &[u8]) -> Option<(Decoded, &[u8])> {
    let head = b.get(..12)?.as_chunks::<4>().0;
    let [w, h, c] = std::array::from_fn(|i| u32::from_le_bytes(head[i]));
    let n = (w * h * c) as usize;
    let px = b.get(12..12 + n)?.to_vec();
    let pixels = match c {
        1 => Pixels::L8(px),
        2 => Pixels::La8(px),
        3 => Pixels::Rgb8(px),
        _ => Pixels::Rgba8(px),
    };
    Some((picture(w, h, pixels), b.get(12 + n..)?))
}

fn picture(width: u32, height: u32, pixels: Pixels) -> Decoded {
    Decoded {
        width,
        height,
        frames: vec![Frame { pixels, delay_ms: 0 }],
        loops: None,
        orientation: 1,
        rows_decoded: height,
        icc: None,
        exif: None,
        xmp: None,
        iptc: None,
    }
}

fn step(mut d: Decoded, args: &[String]) -> Result<Decoded> {
    let number = |i: usize| args.get(i).and_then(|a| a.parse::<f32>().ok()).unwrap_or(0.0);
    match args.first().map(String::as_str) {
        Some("orient") => ops::orient(d, number(1) as u8),
        Some("flatten") => ops::flatten(d, [number(1), number(2), number(3), 255.0].map(|v| v as u8)),
        Some("grayscale") => ops::grayscale(d),
        Some("blur") => ops::blur(d, number(1)),
        Some("sharpen") => ops::sharpen(d, number(1)),
        Some("adjust") => {
            ops::adjust(d, ops::Adjust { brightness: number(1), contrast: number(2), saturation: number(3) })
        }
        Some("icc") => {
            let path = args.get(1).map(String::as_str).unwrap_or_default();
            d.icc = std::fs::read(path).ok();
            if args.get(2).is_some_and(|a| a == "cmyk")
                && let Some(f) = d.frames.first_mut()
                && let Pixels::Rgba8(v) = &mut f.pixels
            {
                f.pixels = Pixels::Cmyk8(std::mem::take(v));
            }
            colour::to_srgb8(d, false)
        }
        _ => Err(Error::new(Code::BadRequest, "no such step")),
    }
}

fn write(out: &mut impl Write, d: &Decoded) -> std::io::Result<()> {
    let (c, px) = match d.frames.first().map(|f| &f.pixels) {
        Some(Pixels::L8(v)) => (1u32, v),
        Some(Pixels::La8(v)) => (2, v),
        Some(Pixels::Rgb8(v)) => (3, v),
        Some(Pixels::Rgba8(v)) => (4, v),
        _ => return Err(std::io::Error::other("deep pixels")),
    };
    for v in [d.width, d.height, c] {
        out.write_all(&v.to_le_bytes())?;
    }
    out.write_all(px)
}

/// The steps that answer in text.
fn line(d: &Decoded, args: &[String]) -> Result<Option<String>> {
    let number = |i: usize| args.get(i).and_then(|a| a.parse::<u32>().ok()).unwrap_or(0);
    let focus = |kind| ops::focus(d, kind, number(1), number(2)).map(|(l, t)| Some(format!("{l} {t}")));
    match args.first().map(String::as_str) {
        Some("hashes") => hashes(d).map(Some),
        Some("trim") => {
            let a = ops::trim_box(d, number(1) as u8)?;
            Ok(Some(format!("{} {} {} {}", a.left, a.top, a.width, a.height)))
        }
        Some("attention") => focus(ops::Focus::Attention),
        Some("entropy") => focus(ops::Focus::Entropy),
        _ => Ok(None),
    }
}

fn hashes(d: &Decoded) -> Result<String> {
    let Some(Frame { pixels: Pixels::Rgba8(rgba), .. }) = d.frames.first() else {
        return Err(Error::new(Code::BadRequest, "RGBA only"));
    };
    let c = Copy { width: d.width, height: d.height, rgba: rgba.clone() };
    let hex: String = thumbhash(&c).iter().map(|b| format!("{b:02x}")).collect();
    Ok(format!("{hex} {}", blurhash(&c)))
}
