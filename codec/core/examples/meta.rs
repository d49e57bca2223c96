//! Metadata as the product handles it, for the scripts in tests/oracle:
//! `meta strip FILE` writes the stripped original; `meta none|rights|all FILE CARRIER` writes the file CARRIER (JPEG,
//! PNG, WebP, AVIF or JXL, fresh from an encoder) with the blocks that a derivative of FILE would carry.

use imgsrc_core::error::{Code, Error};
use imgsrc_core::image::{DecodeOptions, Frames};
use imgsrc_core::{decode, meta};
use std::io::Write;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let path = args.get(1).ok_or("a file, please")?;
    let file = std::fs::read(path)?;
    let kind = |b: &[u8]| decode::sniff(b).ok_or_else(|| Error::new(Code::UnknownFormat, "what is this?"));
    let mode = match args.first().map(String::as_str) {
        Some("strip") => {
            std::io::stdout().write_all(&meta::strip_original(kind(&file)?, &file)?)?;
            return Ok(());
        }
        Some("rights") => meta::Mode::Rights,
        Some("all") => meta::Mode::All,
        _ => meta::Mode::None,
    };
    let options = DecodeOptions { max_pixels: 1 << 26, frames: Frames::First, target: Some((64, 64)), allow_ycc: true, full_chroma: false };
    let d = decode::decode(&file, &options)?;
    let carrier = std::fs::read(args.get(2).ok_or("a carrier, please")?)?;
    std::io::stdout().write_all(&meta::embed(kind(&carrier)?, &carrier, &meta::rebuild(&d, mode))?)?;
    if let Some(date) = d.exif.as_deref().and_then(meta::date) {
        eprintln!("{date}");
    }
    Ok(())
}
