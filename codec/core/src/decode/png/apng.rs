//! APNG frames composed on a canvas (PNG third edition, section 11.3.6: dispose and blend operations).

use png::{BlendOp, ColorType, DisposeOp, FrameControl, Transformations};

use crate::decode::canvas::{Canvas, Collector, Rect, blend_over};
use crate::decode::common::pixel_count;
use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded};

use super::{Source, as_error, open};

/// Composes the animation as `options.frames` asks, always in RGBA8. Damage after the first frame ends it there.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let wanted = Transformations::EXPAND | Transformations::STRIP_16 | Transformations::ALPHA;
    let mut reader = open(bytes, wanted)?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    pixel_count(width, height, options.max_pixels)?;
    let loops = info.animation_control.map(|a| a.num_plays);
    let mut canvas = Canvas::new(width, height);
    let mut collector = Collector::new(options.frames, width, height, options.max_pixels);
    let size = reader.output_buffer_size().ok_or_else(|| Error::limit("png: frame too large"))?;
    let mut buffer = vec![0; size];
    if reader.info().frame_control.is_none() {
        reader.next_frame(&mut buffer).map_err(|e| as_error(&e))?;
    }
    let mut first = true;
    while let Some(control) = next(&mut reader, &mut buffer, first)? {
        if !show(&mut canvas, &mut collector, &control, &buffer, reader.output_color_type().0, first) {
            break;
        }
        first = false;
    }
    Ok(collector.finish(canvas, loops))
}

/// The next frame's control and pixels; None at the end, and at damage after the first frame.
fn next(reader: &mut png::Reader<Source<'_>>, buffer: &mut [u8], first: bool) -> Result<Option<FrameControl>> {
    match reader.next_frame(buffer) {
        Ok(_) => Ok(reader.info().frame_control),
        Err(e) if first => Err(as_error(&e)),
        Err(_) => Ok(None),
    }
}

/// Draws the frame, hands the canvas over, disposes. True while more frames are wanted.
fn show(
    canvas: &mut Canvas,
    collector: &mut Collector,
    control: &FrameControl,
    buffer: &[u8],
    colour: ColorType,
    first: bool,
) -> bool {
    let rect = Rect { x: control.x_offset, y: control.y_offset, w: control.width, h: control.height };
    let saved = (control.dispose_op == DisposeOp::Previous && !first).then(|| canvas.save(rect));
    draw(canvas, rect, control.blend_op, buffer, colour);
    let more = collector.push(canvas, delay_ms(control), u64::from(rect.w) * u64::from(rect.h));
    if !more {
        return false;
    }
    match (control.dispose_op, saved) {
        (DisposeOp::None, _) => {}
        (DisposeOp::Previous, Some(saved)) => canvas.restore(saved),
        _ => canvas.clear(rect),
    }
    more
}

fn delay_ms(control: &FrameControl) -> u32 {
    let den = if control.delay_den == 0 { 100 } else { u32::from(control.delay_den) };
    (u32::from(control.delay_num) * 1000 + den / 2) / den
}

fn draw(canvas: &mut Canvas, rect: Rect, blend: BlendOp, buffer: &[u8], colour: ColorType) {
    let clipped = canvas.clip(rect);
    let channels = colour.samples();
    let stride = rect.w as usize * channels;
    for (y, line) in (clipped.y..clipped.y + clipped.h).zip(buffer.chunks_exact(stride.max(1))) {
        let row = canvas.row(clipped.x, y, clipped.w);
        for (under, sample) in row.as_chunks_mut::<4>().0.iter_mut().zip(line.chunks_exact(channels)) {
            let over = match *sample {
                [l, a] => [l, l, l, a],
                [r, g, b, a] => [r, g, b, a],
                [r, g, b] => [r, g, b, 255],
                _ => continue,
            };
            match blend {
                BlendOp::Source => *under = over,
                BlendOp::Over => blend_over(under, over),
            }
        }
    }
}
