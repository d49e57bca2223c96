//! SSIMULACRA2 of raw pictures against a reference, for `deno task bench`.
//!
//!     imgsrc-score WIDTH HEIGHT REFERENCE.rgba FILE.rgba...
//!
//! Files hold 8-bit sRGB with alpha, row by row. Prints one score a line, in the order of the files; 100 is equal,
//! 90 can't be told apart, 70 is high quality. Transparency is laid on white, in both pictures alike.

use std::process::ExitCode;

use ssimulacra2::{compute_frame_ssimulacra2, ColorPrimaries, Rgb, TransferCharacteristic};

const CHANNELS: usize = 4;

/// A channel as 0 to 1, laid on white by its alpha.
fn on_white(value: u8, alpha: u8) -> f32 {
    let share = f32::from(alpha) / 255.0;
    f32::from(value) / 255.0 * share + 1.0 - share
}

fn read(path: &str, width: usize, height: usize) -> Result<Rgb, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    if bytes.len() != width * height * CHANNELS {
        return Err(format!("{path}: {} bytes are not {width} × {height} px", bytes.len()));
    }
    let pixels = bytes.chunks_exact(CHANNELS).map(|px| [0, 1, 2].map(|at| on_white(px[at], px[3]))).collect();
    Rgb::new(pixels, width, height, TransferCharacteristic::SRGB, ColorPrimaries::BT709)
        .map_err(|error| format!("{path}: {error}"))
}

fn run(args: &[String]) -> Result<(), String> {
    let [width, height, reference, files @ ..] = args else {
        return Err("usage: imgsrc-score WIDTH HEIGHT REFERENCE.rgba FILE.rgba...".into());
    };
    let side = |text: &String| text.parse::<usize>().map_err(|error| format!("{text}: {error}"));
    let (width, height) = (side(width)?, side(height)?);
    let reference = read(reference, width, height)?;
    for file in files {
        let score = compute_frame_ssimulacra2(reference.clone(), read(file, width, height)?)
            .map_err(|error| format!("{file}: {error}"))?;
        println!("{score:.3}");
    }
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
