//! Decompresses a GIF's frames and composes them as browsers do: background = transparent.

use weezl::{BitOrder, LzwStatus, decode::Decoder};

use crate::decode::canvas::{Canvas, Collector, Rect};
use crate::decode::common::Reader;
use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded};

use super::blocks::{Block, Blocks, Disposal, Image, Screen, plays};

/// Browsers show frames of less than 20 ms for 100 ms.
const SHORTEST_MS: u32 = 20;
const SHORT_FRAME_MS: u32 = 100;

pub fn run(mut blocks: Blocks<'_>, width: u32, height: u32, options: &DecodeOptions) -> Result<Decoded> {
    let mut canvas = Canvas::new(width, height);
    let mut collector = Collector::new(options.frames, width, height, options.max_pixels);
    // Without a NETSCAPE block an animation plays once.
    let mut loops = 1;
    let mut rows = None;
    while let Some(block) = blocks.next_block() {
        match block {
            Block::Loops(n) => loops = plays(n),
            Block::Image(image) => {
                let Some(done) = show(&mut canvas, &mut collector, &blocks.screen, &image, rows.is_none())? else {
                    break;
                };
                rows = rows.or(Some(done.rows));
                if !done.more {
                    break;
                }
            }
            _ => {}
        }
    }
    let mut out = collector.finish(canvas, Some(loops));
    out.rows_decoded = rows.unwrap_or(0).min(height);
    Ok(out)
}

struct Shown {
    more: bool,
    /// Rows of the screen that came: all of it when the frame is whole.
    rows: u32,
}

/// Draws one frame and disposes of it. None when a later frame is damaged: the animation ends before it.
fn show(
    canvas: &mut Canvas,
    collector: &mut Collector,
    screen: &Screen<'_>,
    image: &Image<'_>,
    first: bool,
) -> Result<Option<Shown>> {
    let area = u64::from(image.rect.w) * u64::from(image.rect.h);
    let canvas_area = u64::from(canvas.width) * u64::from(canvas.height);
    // A frame may stick out of the screen, but not by so much that its indexes outweigh the canvas.
    let fits = area <= canvas_area.saturating_mul(4).max(1 << 20);
    let indexes = if fits { unpack(image.data, area as usize) } else { Vec::new() };
    if indexes.is_empty() && area > 0 {
        return if first { Err(Error::corrupt("gif: no pixels in the first frame")) } else { Ok(None) };
    }
    let whole = indexes.len() as u64 == area;
    // The last frame that is wanted need not be taken back: at the pixel cap there is no room for a copy.
    let taken_back = image.control.disposal == Disposal::Previous && !collector.ends_after(area);
    let saved = taken_back.then(|| canvas.save(image.rect));
    let drawn = draw(canvas, screen, image, &indexes);
    let rows = if whole { canvas.height } else { drawn };
    let delay = image.control.delay_ms;
    let delay = if delay < SHORTEST_MS { SHORT_FRAME_MS } else { delay };
    let more = collector.push(canvas, delay, area);
    if !more {
        return Ok(Some(Shown { more, rows }));
    }
    match (image.control.disposal, saved) {
        (Disposal::Background, _) => canvas.clear(image.rect),
        (Disposal::Previous, Some(saved)) => canvas.restore(saved),
        _ => {}
    }
    Ok(Some(Shown { more, rows }))
}

/// Decompresses at most `count` indexes; fewer when the data is cut or broken.
fn unpack(data: &[u8], count: usize) -> Vec<u8> {
    let mut r = Reader::new(data);
    let Ok(code_size @ 1..=11) = r.u8() else { return Vec::new() };
    let mut lzw = Decoder::new(BitOrder::Lsb, code_size);
    let mut out = vec![0; count];
    let mut done = 0;
    'blocks: while let Ok(len @ 1..) = r.u8() {
        let mut part = r.take_up_to(len.into());
        while done < count {
            let step = lzw.decode_bytes(part, out.get_mut(done..).unwrap_or_default());
            done += step.consumed_out;
            part = part.get(step.consumed_in..).unwrap_or_default();
            match step.status {
                Ok(LzwStatus::Ok) if step.consumed_in > 0 || step.consumed_out > 0 => {}
                Ok(LzwStatus::Ok) => break,
                Ok(LzwStatus::NoProgress) => break,
                Ok(LzwStatus::Done) | Err(_) => break 'blocks,
            }
        }
    }
    out.truncate(done);
    out
}

/// Draws the indexes; returns the rows that are there, counted from the screen's top.
fn draw(canvas: &mut Canvas, screen: &Screen<'_>, image: &Image<'_>, indexes: &[u8]) -> u32 {
    let Rect { x, w, h, .. } = image.rect;
    let clipped = canvas.clip(image.rect);
    let colours = table(image.palette.or(screen.palette), image.control.transparent);
    let mut rows = 0;
    for (line, source) in indexes.chunks(w.max(1) as usize).enumerate() {
        let line = if image.interlaced { interlaced_row(line as u32, h) } else { line as u32 };
        if line >= clipped.h || x >= canvas.width {
            continue;
        }
        let row = canvas.row(clipped.x, clipped.y + line, clipped.w);
        for (out, &index) in row.as_chunks_mut::<4>().0.iter_mut().zip(source) {
            if let Some(Some(colour)) = colours.get(usize::from(index)) {
                *out = *colour;
            }
        }
        rows = rows.max(clipped.y + line + 1);
    }
    rows
}

/// 256 colours: None = transparent or past the palette's end. A file without any palette is grey.
fn table(palette: Option<&[u8]>, transparent: Option<u8>) -> [Option<[u8; 4]>; 256] {
    let mut out = [None; 256];
    match palette {
        Some(palette) => {
            for (slot, &[r, g, b]) in out.iter_mut().zip(palette.as_chunks::<3>().0) {
                *slot = Some([r, g, b, 255]);
            }
        }
        None => {
            for (slot, grey) in out.iter_mut().zip(0..=255) {
                *slot = Some([grey, grey, grey, 255]);
            }
        }
    }
    if let Some(slot) = transparent.and_then(|t| out.get_mut(usize::from(t))) {
        *slot = None;
    }
    out
}

/// The row that the n-th stored line of an interlaced frame belongs to (GIF89a appendix E).
fn interlaced_row(line: u32, height: u32) -> u32 {
    let mut line = line;
    for (start, step) in [(0, 8), (4, 8), (2, 4), (1, 2)] {
        let count = height.saturating_sub(start).div_ceil(step);
        if line < count {
            return start + line * step;
        }
        line -= count;
    }
    u32::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interlace_covers_every_row_once() {
        for height in [1, 2, 3, 5, 8, 9, 17] {
            let mut rows: Vec<u32> = (0..height).map(|l| interlaced_row(l, height)).collect();
            rows.sort_unstable();
            assert_eq!(rows, (0..height).collect::<Vec<_>>());
        }
    }
}
