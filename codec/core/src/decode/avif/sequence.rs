//! Image sequences (`avis`): frames of the first picture track, and its first sample as a file.

use crate::decode::common::{MAX_FRAME_COUNT, Reader, pixel_count, still_probe};
use crate::decode::isobmff::{Mp4Box, boxes, find, path};
use crate::error::{Error, Result};
use crate::image::{Format, Probe};

use super::parts::{AvifParts, Part, Role};
use super::{MAX_PIXELS, mini};

/// The sample table of the first track with AV1 pictures.
struct Track<'a> {
    width: u32,
    height: u32,
    /// Boxes of the `av01` sample entry.
    entry: Vec<Mp4Box<'a>>,
    table: &'a [u8],
}

/// Samples of the picture track, 0 without one.
pub fn frames(bytes: &[u8]) -> u32 {
    track(bytes).and_then(|t| sizes(&t)).map_or(0, |(_, count)| count.min(MAX_FRAME_COUNT + 1))
}

pub fn probe(bytes: &[u8], frames: u32) -> Result<Probe> {
    let track = track(bytes)?;
    let mut found = still_probe(Format::Avif, track.width, track.height, false, 8);
    found.frames = frames;
    Ok(found)
}

/// The first sample as the only part.
pub fn rewrap(bytes: &[u8], max_pixels: u64) -> Result<AvifParts> {
    let track = track(bytes)?;
    let (width, height) = (track.width, track.height);
    pixel_count(width, height, max_pixels.min(MAX_PIXELS))?;
    let data = first_sample(bytes, &track)?;
    let get = |kind: &[u8; 4]| track.entry.iter().find(|b| &b.kind == kind);
    let config = get(b"av1C").ok_or_else(|| Error::corrupt("avif: no av1C"))?;
    let mut kept = vec![(config.whole, true)];
    kept.extend(get(b"colr").map(|b| (b.whole, false)));
    let mut files = Vec::new();
    mini::file(&kept, config.body, (width, height), data, &mut files);
    let part = Part { role: Role::Colour, offset: 0, len: files.len(), x: 0, y: 0, width, height };
    Ok(AvifParts {
        parts: vec![part],
        files,
        canvas_width: width,
        canvas_height: height,
        orientation: 1,
        ..AvifParts::default()
    })
}

fn track(bytes: &[u8]) -> Result<Track<'_>> {
    let missing = || Error::corrupt("avif: no picture track");
    let moov = find(bytes, b"moov").ok_or_else(missing)?;
    let tracks = boxes(moov.body).into_iter().filter(|b| &b.kind == b"trak");
    tracks.filter_map(|trak| of_trak(&trak).ok()).next().ok_or_else(missing)
}

fn of_trak<'a>(trak: &Mp4Box<'a>) -> Result<Track<'a>> {
    let table = path(trak.body, &[b"mdia", b"minf", b"stbl"])?.body;
    let (_, _, mut r) = path(table, &[b"stsd"])?.full()?;
    r.skip(4)?;
    let entry = find(r.rest(), b"av01").ok_or_else(|| Error::corrupt("avif: no av01 entry"))?;
    // VisualSampleEntry (14496-12 section 12.1.3): 24 bytes, width, height, 50 bytes, boxes.
    let mut r = Reader::new(entry.body);
    r.skip(24)?;
    let (width, height) = (r.u16_be()?.into(), r.u16_be()?.into());
    r.skip(50)?;
    Ok(Track { width, height, entry: boxes(r.rest()), table })
}

/// Bytes of the first sample, and how many samples there are.
fn sizes(track: &Track<'_>) -> Result<(u32, u32)> {
    let (_, _, mut r) = path(track.table, &[b"stsz"])?.full()?;
    let (size, count) = (r.u32_be()?, r.u32_be()?);
    Ok((if size == 0 { r.u32_be()? } else { size }, count))
}

fn first_sample<'a>(bytes: &'a [u8], track: &Track<'_>) -> Result<&'a [u8]> {
    let (len, _) = sizes(track)?;
    let at = match find(track.table, b"stco") {
        Some(stco) => {
            let (_, _, mut r) = stco.full()?;
            r.skip(4)?;
            r.u32_be()?.into()
        }
        None => {
            let (_, _, mut r) = path(track.table, &[b"co64"])?.full()?;
            r.skip(4)?;
            r.u64_be()?
        }
    };
    let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
    rest.and_then(|r| r.get(..len as usize)).ok_or_else(|| Error::corrupt("avif: the first frame is cut"))
}
