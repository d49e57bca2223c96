//! JPEG XL by the project's own decoder, the crate `jxl` (the one in Chrome and Firefox).

use jxl::api::{
    AlphaMode, Endianness, Event, ExtraChannel, JxlAuxBoxType, JxlBasicInfo, JxlColorEncoding, JxlColorProfile,
    JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions, JxlOutputBuffer, JxlPixelFormat, ProfileLevel,
};

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Format, Frame, Frames, Pixels, Probe};

use super::common::{MAX_FRAME_COUNT, exif_body, keep_wide, metadata, pixel_count, still};

/// 9.1 bytes a pixel: 204 MiB measured for a whole process at 16 MP, with its output in full size.
pub const MAX_PIXELS: u64 = 32_000_000;

/// Extra channels that may be decoded along (they are dropped, but cost memory).
const MAX_EXTRA: usize = 4;

/// Size before orientation, alpha, depth; frames of animations are counted by their headers.
pub fn probe(bytes: &[u8]) -> Result<Probe> {
    let mut input = bytes;
    let mut decoder = open(MAX_PIXELS * 8, false);
    let info = basic_info(&mut decoder, &mut input)?;
    let (width, height) = size(&info)?;
    let frames = if info.animation.is_some() { count(bytes) } else { 1 };
    Ok(Probe {
        format: Format::Jxl,
        width,
        height,
        frames,
        orientation: info.orientation as u8,
        has_alpha: has_alpha(&info),
        bits_per_sample: if info.bit_depth.bits_per_sample() > 8 { 16 } else { 8 },
    })
}

/// Decodes to 8 bits a sample, or 16 when the file has more; CMYK to ink amounts. Animations come composed.
///
/// What is not sRGB carries its profile. Errors: `Limit` past [`MAX_PIXELS`] or for many extra channels,
/// `Corrupt`. Of a cut file, whatever passes came.
pub fn decode(bytes: &[u8], options: &DecodeOptions) -> Result<Decoded> {
    let mut input = bytes;
    let mut decoder = open(MAX_PIXELS * 8, false);
    let info = basic_info(&mut decoder, &mut input)?;
    let (width, height) = size(&info)?;
    let pixels = pixel_count(width, height, options.max_pixels.min(MAX_PIXELS))?;
    if info.extra_channels.len() > MAX_EXTRA && pixels > 1 << 20 {
        return Err(Error::limit("jxl: too many extra channels"));
    }
    let layout = Layout::of(&decoder, &info, pixels);
    let format = JxlPixelFormat {
        color_type: layout.colour,
        color_data_format: Some(layout.format()),
        extra_channel_format: vec![None; info.extra_channels.len()],
    };
    decoder.set_pixel_format(format).map_err(as_error)?;
    let mut out = still(width, height, Pixels::L8(Vec::new()));
    out.frames = frames(&mut decoder, &mut input, &layout, (width, height), options)?;
    out.loops = info.animation.as_ref().filter(|_| out.frames.len() > 1).map(|a| a.num_loops);
    out.orientation = info.orientation as u8;
    out.icc = profile(&decoder);
    boxes(&mut decoder, &mut input, &mut out);
    Ok(out)
}

fn open(samples: u64, scan: bool) -> JxlDecoder {
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.alpha_mode = AlphaMode::Unpremultiplied;
    options.sample_limit = usize::try_from(samples).ok();
    options.scan_frames_only = scan;
    options.max_profile_level = ProfileLevel::Main10;
    options.request_aux_boxes = vec![JxlAuxBoxType::EXIF, JxlAuxBoxType::XMP];
    JxlDecoder::new(options)
}

fn basic_info(decoder: &mut JxlDecoder, input: &mut &[u8]) -> Result<JxlBasicInfo> {
    loop {
        match decoder.process(input, None, None).map_err(as_error)? {
            Event::BasicInfo => break,
            Event::NeedMoreInput { .. } | Event::Complete => return Err(Error::corrupt("jxl: the header is cut")),
            _ => {}
        }
    }
    decoder.basic_info().cloned().ok_or_else(|| Error::corrupt("jxl: no header"))
}

fn size(info: &JxlBasicInfo) -> Result<(u32, u32)> {
    let side = |v: usize| u32::try_from(v).map_err(|_| Error::limit("jxl: too large"));
    Ok((side(info.size.0)?, side(info.size.1)?))
}

fn has_alpha(info: &JxlBasicInfo) -> bool {
    info.extra_channels.iter().any(|c| c.ec_type == ExtraChannel::Alpha)
}

/// Frames by their headers alone; at least 1.
fn count(bytes: &[u8]) -> u32 {
    let mut input = bytes;
    let mut decoder = open(MAX_PIXELS * 8, true);
    loop {
        let seen = decoder.scanned_frames().len() as u32;
        match decoder.process(&mut input, None, None) {
            Ok(Event::NeedMoreInput { .. } | Event::Complete) | Err(_) => break,
            Ok(_) if seen > MAX_FRAME_COUNT => break,
            Ok(_) => {}
        }
    }
    (decoder.scanned_frames().len() as u32).clamp(1, MAX_FRAME_COUNT + 1)
}

/// How samples are asked for.
struct Layout {
    colour: JxlColorType,
    channels: usize,
    wide: bool,
}

impl Layout {
    fn of(decoder: &JxlDecoder, info: &JxlBasicInfo, pixels: usize) -> Self {
        let profile = decoder.embedded_color_profile();
        let grey = profile.is_some_and(|p| p.channels() == 1);
        let black = info.extra_channels.iter().any(|c| c.ec_type == ExtraChannel::Black);
        let colour = match (grey, has_alpha(info)) {
            _ if black && profile.is_some_and(JxlColorProfile::is_cmyk) => JxlColorType::Cmyk,
            (true, false) => JxlColorType::Grayscale,
            (true, true) => JxlColorType::GrayscaleAlpha,
            (false, false) => JxlColorType::Rgb,
            (false, true) => JxlColorType::Rgba,
        };
        let channels = colour.samples_per_pixel();
        let deep = info.bit_depth.bits_per_sample() > 8 && colour != JxlColorType::Cmyk;
        let still = info.animation.is_none();
        Self { colour, channels, wide: deep && still && keep_wide(pixels, channels) }
    }

    fn format(&self) -> JxlDataFormat {
        match self.wide {
            true => JxlDataFormat::U16 { endianness: Endianness::native(), bit_depth: 16 },
            false => JxlDataFormat::U8 { bit_depth: 8 },
        }
    }
}

/// Decodes the frames asked for; a cut first frame gives what came.
fn frames(
    decoder: &mut JxlDecoder,
    input: &mut &[u8],
    layout: &Layout,
    (width, height): (u32, u32),
    options: &DecodeOptions,
) -> Result<Vec<Frame>> {
    let area = u64::from(width) * u64::from(height);
    let mut out: Vec<Frame> = Vec::new();
    let mut seen = 0;
    loop {
        let Some((frame, more)) = frame(decoder, input, layout, (width, height), out.is_empty())? else { break };
        seen += 1;
        let next = out.len() as u64 + 2;
        let (keep, go_on) = match options.frames {
            Frames::First => (true, false),
            Frames::All { max, max_pixels } => (true, next <= max.into() && next.saturating_mul(area) <= max_pixels),
            Frames::Nth(n) => (true, seen <= n && area.saturating_mul(seen.into()) <= options.max_pixels * 16),
        };
        if matches!(options.frames, Frames::Nth(_)) {
            out.clear();
        }
        if keep {
            out.push(frame);
        }
        if !more || !go_on {
            break;
        }
    }
    if out.len() == 1 {
        out.iter_mut().for_each(|f| f.delay_ms = 0);
    }
    if out.is_empty() { Err(Error::corrupt("jxl: no frame")) } else { Ok(out) }
}

/// One visible frame, and whether more follow. None at damage after the first.
fn frame(
    decoder: &mut JxlDecoder,
    input: &mut &[u8],
    layout: &Layout,
    (width, height): (u32, u32),
    first: bool,
) -> Result<Option<(Frame, bool)>> {
    let samples = width as usize * height as usize * layout.channels;
    let mut wide = vec![0u16; if layout.wide { samples } else { 0 }];
    let mut narrow = vec![0u8; if layout.wide { 0 } else { samples }];
    let mut delay_ms = 0;
    let more = {
        let bytes: &mut [u8] = if layout.wide { bytemuck::cast_slice_mut(&mut wide) } else { &mut narrow };
        let stride = bytes.len() / height as usize;
        let mut buffers = [JxlOutputBuffer::new(bytes, height as usize, stride)];
        loop {
            match decoder.process(input, Some(&mut buffers), None) {
                Ok(Event::FrameHeader) => {
                    let duration = decoder.frame_header().and_then(|h| h.duration).unwrap_or(0.0);
                    delay_ms = duration.clamp(0.0, 1e7).round() as u32;
                }
                Ok(Event::FrameComplete { has_more_frames }) => break has_more_frames,
                Ok(Event::NeedMoreInput { .. }) if first => {
                    if !decoder.flush_pixels(&mut buffers, None).map_err(as_error)? {
                        return Err(Error::corrupt("jxl: the data ends too early"));
                    }
                    break false;
                }
                Ok(Event::NeedMoreInput { .. } | Event::Complete) => return Ok(None),
                Ok(Event::BasicInfo) => {}
                Err(e) if first => return Err(as_error(e)),
                Err(_) => return Ok(None),
            }
        }
    };
    let pixels = match (layout.colour, layout.wide) {
        (JxlColorType::Grayscale, false) => Pixels::L8(narrow),
        (JxlColorType::GrayscaleAlpha, false) => Pixels::La8(narrow),
        (JxlColorType::Grayscale, true) => Pixels::L16(wide),
        (JxlColorType::GrayscaleAlpha, true) => Pixels::La16(wide),
        // 0 is full ink there.
        (JxlColorType::Cmyk, _) => Pixels::Cmyk8(narrow.iter().map(|v| 255 - v).collect()),
        (JxlColorType::Rgba, false) => Pixels::Rgba8(narrow),
        (JxlColorType::Rgba, true) => Pixels::Rgba16(wide),
        (_, false) => Pixels::Rgb8(narrow),
        (_, true) => Pixels::Rgb16(wide),
    };
    Ok(Some((Frame { pixels, delay_ms }, more)))
}

/// The profile of the decoded samples; None for sRGB.
fn profile(decoder: &JxlDecoder) -> Option<Vec<u8>> {
    let profile = decoder.output_color_profile()?;
    let srgb = |grey| JxlColorProfile::Simple(JxlColorEncoding::srgb(grey));
    if profile.same_color_encoding(&srgb(false)) || profile.same_color_encoding(&srgb(true)) {
        return None;
    }
    profile.try_as_icc().and_then(|icc| metadata(&icc))
}

/// EXIF and XMP boxes, when they are not Brotli-coded.
fn boxes(decoder: &mut JxlDecoder, input: &mut &[u8], out: &mut Decoded) {
    decoder.close_input();
    for _ in 0..MAX_FRAME_COUNT {
        match decoder.process(input, None, None) {
            Ok(Event::Complete | Event::NeedMoreInput { .. }) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let block = |kind| decoder.aux_boxes(kind).iter().find(|b| !b.is_compressed()).map(|b| b.raw_data());
    out.exif = block(JxlAuxBoxType::EXIF).and_then(|b| {
        let offset = u32::from_be_bytes(*b.first_chunk::<4>()?) as usize;
        metadata(exif_body(b.get(4..)?.get(offset..)?))
    });
    out.xmp = block(JxlAuxBoxType::XMP).and_then(metadata);
}

fn as_error(error: jxl::error::Error) -> Error {
    use jxl::error::Error as Jxl;
    match error {
        Jxl::ImageSizeTooLarge(..) | Jxl::OutOfMemory(_) => Error::limit(format!("jxl: {error}")),
        other => Error::corrupt(format!("jxl: {other}")),
    }
}
