//! Composition of animated WebP (RFC 9649 section 2.7.1.2), on a transparent canvas as browsers do.

use crate::decode::canvas::{Canvas, Collector, Rect, blend_over};
use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Pixels};

use super::bitstream;
use super::container::{AnimationFrame, Container};

/// Composes the frames asked for. Damage after the first frame ends the animation there.
pub fn decode(file: &Container<'_>, options: &DecodeOptions) -> Result<Decoded> {
    let mut canvas = Canvas::new(file.width, file.height);
    let mut collector = Collector::new(options.frames, file.width, file.height, options.max_pixels);
    for (index, frame) in file.frames.iter().enumerate() {
        match show(&mut canvas, &mut collector, frame) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) if index == 0 => return Err(e),
            Err(_) => break,
        }
    }
    Ok(collector.finish(canvas, Some(file.loops)))
}

fn show(canvas: &mut Canvas, collector: &mut Collector, frame: &AnimationFrame<'_>) -> Result<bool> {
    let Rect { x, y, w, h } = frame.rect;
    if canvas.clip(frame.rect) != frame.rect {
        return Err(Error::corrupt(format!("webp: frame {w}x{h} at {x},{y} is off the canvas")));
    }
    let pixels = bitstream(&frame.bitstream()?)?;
    draw(canvas, frame, &pixels);
    let more = collector.push(canvas, frame.duration_ms, u64::from(w) * u64::from(h));
    if more && frame.dispose {
        canvas.clear(frame.rect);
    }
    Ok(more)
}

fn draw(canvas: &mut Canvas, frame: &AnimationFrame<'_>, pixels: &Pixels) {
    let Rect { x, y, w, h } = frame.rect;
    let (data, channels) = match pixels {
        Pixels::Rgb8(data) => (data, 3),
        Pixels::Rgba8(data) => (data, 4),
        _ => return,
    };
    for (y, line) in (y..y + h).zip(data.chunks_exact(w as usize * channels)) {
        let row = canvas.row(x, y, w);
        for (under, sample) in row.as_chunks_mut::<4>().0.iter_mut().zip(line.chunks_exact(channels)) {
            match *sample {
                [r, g, b] => *under = [r, g, b, 255],
                [r, g, b, a] if frame.blend => blend_over(under, [r, g, b, a]),
                [r, g, b, a] => *under = [r, g, b, a],
                _ => {}
            }
        }
    }
}
