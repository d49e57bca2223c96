//! The types every module speaks.

/// Input formats, told by bytes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Jpeg, Png, Webp, Gif, Bmp, Tiff, Ico, Svg, Heic, Avif, Tga, Pnm, Qoi, Hdr, Exr, Jxl,
}

/// What the header says, before any pixel is decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    pub format: Format,
    /// As stored, before `orientation` is applied. For ICO the largest entry, for SVG the size at 96 dpi.
    pub width: u32,
    pub height: u32,
    /// 1 for stills. Counted without decoding, may stop counting past a cap (then the cap + 1).
    pub frames: u32,
    /// EXIF orientation 1–8 (or irot/imir folded into it). 1 where there is none.
    pub orientation: u8,
    pub has_alpha: bool,
    pub bits_per_sample: u8,
}

/// One block of pixels, rows top to bottom, tightly packed, channels interleaved, alpha NOT premultiplied.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    L8(Vec<u8>),
    La8(Vec<u8>),
    Rgb8(Vec<u8>),
    Rgba8(Vec<u8>),
    L16(Vec<u16>),
    La16(Vec<u16>),
    Rgb16(Vec<u16>),
    Rgba16(Vec<u16>),
    /// Scene-linear, Rec.709 primaries unless an ICC profile says otherwise (HDR, EXR, PFM, float TIFF).
    RgbF32(Vec<f32>),
    RgbaF32(Vec<f32>),
    /// Ink amounts: 0 = no ink, 255 = full ink (Adobe's inverted CMYK is turned round by the decoder).
    Cmyk8(Vec<u8>),
    /// CIE L*a*b* scaled to 16 bits a channel as ICC PCSLAB v4.
    Lab16(Vec<u16>),
    /// Planes as a JPEG stores them (full range BT.601), for the planar path.
    Ycc(Ycc),
}

/// Three planes; luma `width`×`height`, chroma `cw`×`ch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ycc {
    pub y: Vec<u8>,
    pub cb: Vec<u8>,
    pub cr: Vec<u8>,
    pub cw: u32,
    pub ch: u32,
}

/// One still, or one composed frame of an animation.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub pixels: Pixels,
    /// How long it stands, in ms; 0 for stills.
    pub delay_ms: u32,
}

/// What a decoder returns. Orientation is NOT applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// Size of `frames[..].pixels`: the picture's own, or smaller when a scaled decode was asked for.
    pub width: u32,
    pub height: u32,
    pub frames: Vec<Frame>,
    /// Times to play; 0 = for ever. None for stills.
    pub loops: Option<u32>,
    pub orientation: u8,
    /// Rows of the first frame that came from the file, of `height`. Below it the file was cut.
    pub rows_decoded: u32,
    pub icc: Option<Vec<u8>>,
    /// TIFF-structured EXIF without the `Exif\0\0` prefix.
    pub exif: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
    /// IPTC-IIM records.
    pub iptc: Option<Vec<u8>>,
}

/// Which frames to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    First,
    /// All up to `max` and up to `max_pixels` summed; at least the first.
    All { max: u32, max_pixels: u64 },
    /// The n-th, counted from 0, composed.
    Nth(u32),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodeOptions {
    /// Cap on width × height of one frame, checked on the header before any allocation.
    pub max_pixels: u64,
    pub frames: Frames,
    /// Smallest size (as stored, orientation not applied) that the caller can use: JPEG and SVG may then
    /// decode at another scale, never below it. None = full size.
    pub target: Option<(u32, u32)>,
    /// Whether `Pixels::Ycc` may be returned (JPEG only).
    pub allow_ycc: bool,
    /// Whether the chroma of planes is wanted as fine as `target`, and not at half of it.
    pub full_chroma: bool,
}
