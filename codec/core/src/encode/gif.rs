//! GIF by the `gif` crate: up to 256 colours a frame, exact where the frame has no more, else quantised.

use crate::error::{Code, Error, Result};
use crate::image::{Decoded, Pixels};
use crate::encode::rgba8;
use gif::{DisposalMethod, Encoder, Repeat};

/// Speed of the quantiser, 1 (best) to 30.
const SPEED: i32 = 10;
/// Alpha below which a pixel is transparent.
const THRESHOLD: u8 = 128;

/// Encodes a still or all frames.
///
/// # Errors
/// `bad_request` for a side past 65,535 or deep pixels.
pub fn encode(d: &Decoded) -> Result<Vec<u8>> {
    let (Ok(width), Ok(height)) = (u16::try_from(d.width), u16::try_from(d.height)) else {
        return Err(Error::new(Code::BadRequest, "GIF: a side past 65,535 pixels"));
    };
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height, &[]).map_err(bad)?;
    if d.frames.len() > 1 {
        encoder.set_repeat(repeat(d.loops.unwrap_or(0))).map_err(bad)?;
    }
    for still in &d.frames {
        let mut frame = indexed(&still.pixels, width, height)?;
        frame.delay = still.delay_ms.div_ceil(10).min(65_535) as u16;
        frame.dispose = DisposalMethod::Background;
        encoder.write_frame(&frame).map_err(bad)?;
    }
    drop(encoder);
    Ok(out)
}

/// The format's count is of repetitions: one less than the times to play.
fn repeat(loops: u32) -> Repeat {
    match loops {
        0 => Repeat::Infinite,
        n => Repeat::Finite((n - 1).min(65_535) as u16),
    }
}

fn indexed(p: &Pixels, width: u16, height: u16) -> Result<gif::Frame<'static>> {
    let mut data = rgba8(p, width.into(), height.into())?;
    for p in data.as_chunks_mut::<4>().0 {
        *p = if p[3] < THRESHOLD { [0; 4] } else { [p[0], p[1], p[2], 255] };
    }
    Ok(gif::Frame::from_rgba_speed(width, height, &mut data, SPEED))
}

fn bad(e: gif::EncodingError) -> Error {
    Error::new(Code::BadRequest, format!("GIF: {e}"))
}
