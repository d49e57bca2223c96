//! The RIFF container of WebP (RFC 9649 section 2): chunks, frames and metadata as slices of the file.

use crate::decode::canvas::Rect;
use crate::decode::common::{MAX_FRAME_COUNT, Reader};
use crate::error::{Error, Result};

/// One VP8 or VP8L stream, with the ALPH chunk that belongs to a VP8.
#[derive(Debug, Clone, Copy)]
pub struct Bitstream<'a> {
    pub width: u32,
    pub height: u32,
    data: &'a [u8],
    lossless: bool,
    lossless_alpha: bool,
    alph: Option<&'a [u8]>,
}

/// One ANMF chunk (section 2.7.1.1), not looked into yet.
#[derive(Debug, Clone, Copy)]
pub struct AnimationFrame<'a> {
    pub rect: Rect,
    pub duration_ms: u32,
    pub blend: bool,
    pub dispose: bool,
    pub chunks: &'a [u8],
}

/// The whole file.
#[derive(Debug, Default)]
pub struct Container<'a> {
    pub width: u32,
    pub height: u32,
    pub animated: bool,
    pub has_alpha: bool,
    /// 0 = for ever.
    pub loops: u32,
    pub still: Option<Bitstream<'a>>,
    pub frames: Vec<AnimationFrame<'a>>,
    pub icc: Option<&'a [u8]>,
    pub exif: Option<&'a [u8]>,
    pub xmp: Option<&'a [u8]>,
}

impl<'a> Container<'a> {
    /// Walks the chunks. Errors: `Corrupt` without a RIFF/WEBP header or a first picture.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        let (riff, _size, webp) = (r.take(4)?, r.u32_le()?, r.take(4)?);
        if riff != b"RIFF" || webp != b"WEBP" {
            return Err(Error::corrupt("no WebP header"));
        }
        let mut file = Self::default();
        let mut canvas = None;
        let mut alph = None;
        while let Some((kind, body)) = next_chunk(&mut r) {
            match &kind {
                b"VP8X" => canvas = canvas.or(file.extended(body)),
                b"ALPH" => alph = alph.or(Some(body)),
                b"VP8 " | b"VP8L" if file.still.is_none() => {
                    file.still = Some(Bitstream::parse(body, &kind == b"VP8L", alph)?);
                }
                b"ANIM" => file.loops = Reader::at(body, 4).u16_le().unwrap_or(0).into(),
                b"ANMF" => file.frame(body),
                b"ICCP" => file.icc = file.icc.or(Some(body)),
                b"EXIF" => file.exif = file.exif.or(Some(body)),
                b"XMP " => file.xmp = file.xmp.or(Some(body)),
                _ => {}
            }
        }
        file.settle(canvas)?;
        Ok(file)
    }

    fn extended(&mut self, body: &[u8]) -> Option<(u32, u32)> {
        let mut r = Reader::new(body);
        let flags = r.u32_le().ok()?;
        self.animated = flags & 2 != 0;
        self.has_alpha = flags & 0x10 != 0;
        Some((u24(&mut r)? + 1, u24(&mut r)? + 1))
    }

    fn frame(&mut self, body: &'a [u8]) {
        if self.frames.len() > MAX_FRAME_COUNT as usize {
            return;
        }
        self.frames.extend(AnimationFrame::parse(body));
    }

    fn settle(&mut self, canvas: Option<(u32, u32)>) -> Result<()> {
        let own = self.still.map(|s| (s.width, s.height));
        let size = if self.animated { canvas } else { own.or(canvas) };
        (self.width, self.height) = size.ok_or_else(|| Error::corrupt("webp: no size"))?;
        if let (Some(still), false) = (self.still, self.animated) {
            self.has_alpha = still.has_alpha();
            if canvas.is_some_and(|c| Some(c) != own) {
                return Err(Error::corrupt("webp: canvas and picture differ in size"));
            }
        }
        if self.animated && self.frames.is_empty() {
            return Err(Error::corrupt("webp: animation without frames"));
        }
        Ok(())
    }
}

impl<'a> AnimationFrame<'a> {
    fn parse(body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        let (x, y) = (u24(&mut r)? * 2, u24(&mut r)? * 2);
        let (w, h) = (u24(&mut r)? + 1, u24(&mut r)? + 1);
        let duration_ms = u24(&mut r)?;
        let flags = r.u8().ok()?;
        let rect = Rect { x, y, w, h };
        Some(Self { rect, duration_ms, blend: flags & 2 == 0, dispose: flags & 1 != 0, chunks: r.rest() })
    }

    /// The stream inside. Errors: `Corrupt` when it is missing or not of the frame's size.
    pub fn bitstream(&self) -> Result<Bitstream<'a>> {
        let mut r = Reader::new(self.chunks);
        let mut alph = None;
        while let Some((kind, body)) = next_chunk(&mut r) {
            match &kind {
                b"ALPH" => alph = Some(body),
                b"VP8 " | b"VP8L" => {
                    let stream = Bitstream::parse(body, &kind == b"VP8L", alph)?;
                    if (stream.width, stream.height) != (self.rect.w, self.rect.h) {
                        return Err(Error::corrupt("webp: frame and stream differ in size"));
                    }
                    return Ok(stream);
                }
                _ => {}
            }
        }
        Err(Error::corrupt("webp: frame without picture"))
    }
}

impl<'a> Bitstream<'a> {
    /// Reads the size from the stream's own header (RFC 6386 section 9.1, RFC 9649 section 3.4).
    fn parse(data: &'a [u8], lossless: bool, alph: Option<&'a [u8]>) -> Result<Self> {
        let mut r = Reader::new(data);
        if lossless {
            let (signature, bits) = (r.u8()?, r.u32_le()?);
            if signature != 0x2f {
                return Err(Error::corrupt("webp: no VP8L signature"));
            }
            let (width, height) = ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
            let lossless_alpha = bits & (1 << 28) != 0;
            return Ok(Self { width, height, data, lossless, lossless_alpha, alph: None });
        }
        r.skip(6)?;
        let (width, height) = (u32::from(r.u16_le()? & 0x3fff), u32::from(r.u16_le()? & 0x3fff));
        Ok(Self { width, height, data, lossless, lossless_alpha: false, alph })
    }

    pub fn is_lossless(&self) -> bool {
        self.lossless
    }

    pub fn has_alpha(&self) -> bool {
        self.lossless_alpha || self.alph.is_some()
    }

    /// A minimal file with this stream alone. A VP8L is always marked as having alpha, so that the crate
    /// decodes into the caller's buffer instead of a second one.
    pub fn to_file(self) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        if let Some(alph) = self.alph {
            let mut extended = vec![0x10, 0, 0, 0];
            extended.extend_from_slice(&(self.width - 1).to_le_bytes()[..3]);
            extended.extend_from_slice(&(self.height - 1).to_le_bytes()[..3]);
            push_chunk(&mut body, b"VP8X", &extended);
            push_chunk(&mut body, b"ALPH", alph);
        }
        push_chunk(&mut body, if self.lossless { b"VP8L" } else { b"VP8 " }, self.data);
        if let (true, Some(bits)) = (self.lossless, body.get_mut(16)) {
            *bits |= 0x10;
        }
        let mut file = b"RIFF".to_vec();
        file.extend_from_slice(&(body.len() as u32).to_le_bytes());
        file.extend_from_slice(&body);
        file
    }
}

fn push_chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(kind);
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

/// The next chunk; the last one may be cut.
fn next_chunk<'a>(r: &mut Reader<'a>) -> Option<([u8; 4], &'a [u8])> {
    let kind: [u8; 4] = r.take(4).ok()?.try_into().ok()?;
    let len = r.u32_le().ok()? as usize;
    let body = r.take_up_to(len);
    r.take_up_to(len % 2);
    Some((kind, body))
}

fn u24(r: &mut Reader<'_>) -> Option<u32> {
    let b: [u8; 3] = r.take(3).ok()?.try_into().ok()?;
    Some(u32::from_le_bytes([b[0], b[1], b[2], 0]))
}
