//! A small mutation driver: `fuzz CORPUS SECONDS [SEED] [FORMAT]` decodes damaged copies of the corpus's files.
//!
//! Every result must be a picture or a typed error, within four seconds of CPU and without a panic. A failing case is
//! printed with the file and the number that makes it again; exit code 1 when there was one.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use imgsrc_core::decode::{avif, decode, probe, sniff};
use imgsrc_core::image::{DecodeOptions, Format, Frames};

const MAX_PIXELS: u64 = 4_000_000;
const MAX_FILE: usize = 200_000;
/// Of CPU, in this build, which is slower than the one that is used: a picture has 20 s there.
const SLOW: Duration = Duration::from_secs(4);

thread_local! {
    static CASE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// CPU time of this thread, whatever else runs on the machine; where Linux does not tell it, the time that passes.
fn spent(begun: Instant) -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

/// xorshift64*: the same cases on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }
}

fn mutate(seed: &[u8], other: &[u8], r: &mut Random) -> Vec<u8> {
    const ODD: [u32; 8] = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff];
    let mut out = seed.to_vec();
    for _ in 0..=r.below(8) {
        // Headers matter most.
        let at = if r.below(2) == 0 { r.below(out.len().min(256)) } else { r.below(out.len()) };
        match r.below(6) {
            0 => out.iter_mut().skip(at).take(1).for_each(|b| *b ^= 1 << r.below(8)),
            1 => out.iter_mut().skip(at).take(1).for_each(|b| *b = r.next() as u8),
            2 => {
                let odd = ODD[r.below(ODD.len())];
                let bytes = if r.below(2) == 0 { odd.to_le_bytes() } else { odd.to_be_bytes() };
                out.iter_mut().skip(at).zip(bytes).for_each(|(o, b)| *o = b);
            }
            3 => out.truncate(at.max(1)),
            4 => {
                let from = r.below(other.len());
                let len = r.below(64);
                out.iter_mut().skip(at).zip(other.iter().skip(from).take(len)).for_each(|(o, b)| *o = *b);
            }
            _ => {
                let part: Vec<u8> = out.iter().skip(at).take(r.below(32)).copied().collect();
                out.splice(at..at, part);
            }
        }
    }
    out
}

fn run(bytes: &[u8], frames: Frames) {
    let _ = probe(bytes, MAX_PIXELS);
    if sniff(bytes) == Some(Format::Avif) {
        let _ = avif::rewrap(bytes, MAX_PIXELS);
        return;
    }
    let _ = decode(bytes, &DecodeOptions { max_pixels: MAX_PIXELS, frames, target: None, allow_ycc: true, full_chroma: false });
}

/// The files of a folder without a manifest, in the order of their names.
fn folder(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.sort();
    let read = |path: PathBuf| Some((path.clone(), std::fs::read(&path).ok().filter(|b| !b.is_empty())?));
    paths.into_iter().filter_map(read).filter(|(_, b)| b.len() <= MAX_FILE).collect()
}

fn seeds(corpus: &str, only: Option<&String>) -> Vec<(PathBuf, Vec<u8>)> {
    let root = PathBuf::from(corpus);
    let Ok(manifest) = std::fs::read_to_string(root.join("manifest.tsv")) else { return folder(&root) };
    let wanted = manifest.lines().skip(1).filter_map(|line| {
        let mut fields = line.split('\t');
        let (path, format) = (fields.next()?, fields.next()?);
        only.is_none_or(|o| o == format).then(|| root.join(path))
    });
    wanted.filter_map(|path| {
        let bytes = std::fs::read(&path).ok().filter(|b| !b.is_empty() && b.len() <= MAX_FILE)?;
        Some((path, bytes))
    }).collect()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(corpus), Some(seconds)) = (args.first(), args.get(1).and_then(|s| s.parse().ok())) else {
        println!("fuzz CORPUS SECONDS [SEED] [FORMAT]");
        std::process::exit(2);
    };
    let start: u64 = args.get(2).and_then(|s| s.parse().ok()).unwrap_or(1);
    let seeds = seeds(corpus, args.get(3));
    std::panic::set_hook(Box::new(|info| CASE.with_borrow(|case| println!("PANIC {case}: {info}"))));
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let (mut cases, mut bad) = (0u64, 0u64);
    while Instant::now() < end && !seeds.is_empty() {
        let number = start.wrapping_add(cases);
        let mut r = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (path, seed) = &seeds[r.below(seeds.len())];
        let (_, other) = &seeds[r.below(seeds.len())];
        let bytes = mutate(seed, other, &mut r);
        CASE.set(format!("case {number} of {}", path.display()));
        let frames = [Frames::First, Frames::All { max: 5, max_pixels: MAX_PIXELS }, Frames::Nth(2)][r.below(3)];
        let before = spent(begun);
        bad += u64::from(std::panic::catch_unwind(|| run(&bytes, frames)).is_err());
        let taken = spent(begun) - before;
        if taken > SLOW {
            bad += 1;
            CASE.with_borrow(|case| println!("SLOW {:.1} s {case}", taken.as_secs_f64()));
        }
        cases += 1;
    }
    println!("{cases} cases of {} files, {bad} bad", seeds.len());
    std::process::exit(i32::from(bad > 0 || cases == 0));
}
