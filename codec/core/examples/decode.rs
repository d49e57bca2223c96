//! Decodes one file for the scripts in tests/oracle: `decode FILE [WIDTHxHEIGHT]` writes a line
//! `ok KIND WIDTH HEIGHT FRAMES ORIENTATION ROWS` and the first frame's samples as they are (little-endian), or
//! `error CODE MESSAGE`. For AVIF: `avif-split FILE DIR` writes the parts as files 0.avif, 1.avif …;
//! `avif-join FILE DIR` reads 0.rgba, 0.size … and writes as above.

use std::io::Write;

use imgsrc_core::decode::{self, avif};
use imgsrc_core::error::{Code, Error, Result};
use imgsrc_core::image::{DecodeOptions, Decoded, Frames, Pixels};

const MAX_PIXELS: u64 = 64_000_000;

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    match run(&args) {
        Ok(Some(picture)) => write(&mut out, &picture),
        Ok(None) => writeln!(out, "ok"),
        Err(e) => writeln!(out, "error {} {}", e.code.name(), e.message),
    }
}

fn run(args: &[String]) -> Result<Option<Decoded>> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["avif-split", file, dir] => split(&read(file)?, dir).map(|()| None),
        ["avif-join", file, dir] => join(&read(file)?, dir).map(Some),
        [file] => one(&read(file)?, None).map(Some),
        [file, size] => one(&read(file)?, Some(pair(size)?)).map(Some),
        _ => Err(Error::new(Code::BadRequest, "decode FILE [WIDTHxHEIGHT] | avif-split FILE DIR | avif-join FILE DIR")),
    }
}

fn read(path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::new(Code::BadRequest, e.to_string()))
}

fn pair(text: &str) -> Result<(u32, u32)> {
    let sides = text.trim().split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides.ok_or_else(|| Error::new(Code::BadRequest, "no size"))
}

fn one(bytes: &[u8], target: Option<(u32, u32)>) -> Result<Decoded> {
    decode::probe(bytes, MAX_PIXELS)?;
    decode::decode(bytes, &DecodeOptions { max_pixels: MAX_PIXELS, frames: Frames::First, target, allow_ycc: false, full_chroma: false })
}

fn split(bytes: &[u8], dir: &str) -> Result<()> {
    let parts = avif::rewrap(bytes, MAX_PIXELS)?;
    for (i, part) in parts.parts.iter().enumerate() {
        let file = parts.files.get(part.offset..part.offset + part.len).unwrap_or_default();
        let written = std::fs::write(format!("{dir}/{i}.avif"), file);
        written.map_err(|e| Error::new(Code::BadRequest, e.to_string()))?;
    }
    Ok(())
}

fn join(bytes: &[u8], dir: &str) -> Result<Decoded> {
    let parts = avif::rewrap(bytes, MAX_PIXELS)?;
    let (mut sizes, mut pixels) = (Vec::new(), Vec::new());
    for i in 0..parts.parts.len() {
        sizes.push(pair(&String::from_utf8_lossy(&read(&format!("{dir}/{i}.size"))?))?);
        pixels.extend(read(&format!("{dir}/{i}.rgba"))?);
    }
    avif::assemble(&parts, &sizes, &pixels)
}

fn write(out: &mut impl Write, picture: &Decoded) -> std::io::Result<()> {
    let Some(frame) = picture.frames.first() else { return writeln!(out, "error corrupt no frame") };
    let words = |d: &[u16]| d.iter().flat_map(|v| v.to_le_bytes()).collect();
    let floats = |d: &[f32]| d.iter().flat_map(|v| v.to_le_bytes()).collect();
    let (kind, data): (&str, Vec<u8>) = match &frame.pixels {
        Pixels::L8(d) => ("l8", d.clone()),
        Pixels::La8(d) => ("la8", d.clone()),
        Pixels::Rgb8(d) => ("rgb8", d.clone()),
        Pixels::Rgba8(d) => ("rgba8", d.clone()),
        Pixels::Cmyk8(d) => ("cmyk8", d.clone()),
        Pixels::L16(d) => ("l16", words(d)),
        Pixels::La16(d) => ("la16", words(d)),
        Pixels::Rgb16(d) => ("rgb16", words(d)),
        Pixels::Rgba16(d) => ("rgba16", words(d)),
        Pixels::Lab16(d) => ("lab16", words(d)),
        Pixels::RgbF32(d) => ("rgbf32", floats(d)),
        Pixels::RgbaF32(d) => ("rgbaf32", floats(d)),
        Pixels::Ycc(_) => return writeln!(out, "error unsupported planes"),
    };
    let (frames, rows) = (picture.frames.len(), picture.rows_decoded);
    writeln!(out, "ok {kind} {} {} {frames} {} {rows}", picture.width, picture.height, picture.orientation)?;
    out.write_all(&data)
}
