//! The corpus of public suites through `probe` and `decode`: which share of the valid files of each format is taken,
//! and that every other file gives a typed error or a picture, in time and without a panic.
//!
//! Pixels are compared with independent decoders by `tests/oracle/decode.py`. The corpus is found through
//! IMGSRC_CORPUS, or beside the checkout; without it the test says so and passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use imgsrc_core::decode::{avif, decode, probe, sniff};
use imgsrc_core::error::{Code, Error, Result};
use imgsrc_core::image::{DecodeOptions, Format, Frames};

const MAX_PIXELS: u64 = 64_000_000;
/// Shares wanted of the valid files, in percent.
const WANTED: [(&str, u32); 16] = [
    ("jpeg", 98), ("png", 98), ("webp", 98), ("gif", 98), ("bmp", 98), ("tga", 98), ("pnm", 98), ("qoi", 98),
    ("hdr", 98), ("ico", 95), ("jxl", 95), ("svg", 95), ("heic", 95), ("avif", 95), ("tiff", 85), ("exr", 80),
];
/// No file may take longer, built without optimisation or on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

struct Row {
    path: PathBuf,
    name: String,
    format: String,
    expected: String,
}

fn corpus() -> Option<(PathBuf, Vec<Row>)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("IMGSRC_CORPUS").map_or(beside, PathBuf::from);
    let manifest = std::fs::read_to_string(root.join("manifest.tsv")).ok()?;
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let format = match *fields.get(1)? {
            "apng" => "png",
            "cur" => "ico",
            "heif" => "heic",
            other => other,
        };
        let name = (*fields.first()?).to_owned();
        let expected = (*fields.get(6)?).to_owned();
        Some(Row { path: root.join(&name), name, format: format.to_owned(), expected })
    };
    let rows = manifest.lines().skip(1).filter_map(row).collect();
    Some((root, rows))
}

/// Probe and decode must agree on the size. AVIF's pixels are decoded outside: there the parts count.
fn take(bytes: &[u8]) -> Result<()> {
    let header = probe(bytes, MAX_PIXELS)?;
    if sniff(bytes) == Some(Format::Avif) {
        let parts = avif::rewrap(bytes, MAX_PIXELS)?;
        return if parts.parts.is_empty() { Err(Error::corrupt("no parts")) } else { Ok(()) };
    }
    let options = DecodeOptions { max_pixels: MAX_PIXELS, frames: Frames::First, target: None, allow_ycc: false, full_chroma: false };
    let picture = decode(bytes, &options)?;
    assert_eq!((picture.width, picture.height), (header.width, header.height), "probe and decode disagree");
    assert_eq!(picture.orientation, header.orientation, "probe and decode disagree on orientation");
    assert!(picture.rows_decoded > 0 && picture.rows_decoded <= picture.height);
    Ok(())
}

#[derive(Default)]
struct Count {
    valid: u32,
    taken: u32,
    other: u32,
    pictures: u32,
    missing: Vec<String>,
}

#[test]
fn shares_of_the_corpus() {
    let Some((_, rows)) = corpus() else {
        println!("skipped: no corpus (set IMGSRC_CORPUS)");
        return;
    };
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut slow = Vec::new();
    for row in &rows {
        let Ok(bytes) = std::fs::read(&row.path) else { continue };
        let start = Instant::now();
        let result = take(&bytes);
        if start.elapsed() > DEADLINE {
            slow.push(row.name.clone());
        }
        let count = counts.entry(row.format.clone()).or_default();
        match (row.expected.as_str(), result) {
            ("valid", Ok(())) => (count.valid, count.taken) = (count.valid + 1, count.taken + 1),
            ("valid", Err(e)) => {
                count.valid += 1;
                count.missing.push(format!("{} ({e})", row.name));
            }
            (_, result) => {
                count.other += 1;
                count.pictures += u32::from(result.is_ok());
                // Errors of our own making would be a bug here.
                assert!(!matches!(result, Err(e) if e.code == Code::BadRequest), "{}", row.name);
            }
        }
    }
    print(&counts);
    assert!(slow.is_empty(), "too slow: {slow:?}");
    for (format, wanted) in WANTED {
        let Some(count) = counts.get(format) else { continue };
        assert!(count.taken * 100 >= count.valid * wanted, "{format}: {:?}", count.missing);
    }
}

fn print(counts: &BTreeMap<String, Count>) {
    println!("| format | valid | taken | share | wanted | other files | of them pictures |");
    println!("|---|---|---|---|---|---|---|");
    for (format, wanted) in WANTED {
        let Some(c) = counts.get(format) else { continue };
        let share = f64::from(c.taken) * 100.0 / f64::from(c.valid.max(1));
        println!(
            "| {format} | {} | {} | {share:.1} % | {wanted} % | {} | {} |",
            c.valid, c.taken, c.other, c.pictures
        );
    }
    for (format, c) in counts {
        c.missing.iter().for_each(|m| println!("not taken: {format} {m}"));
    }
}
