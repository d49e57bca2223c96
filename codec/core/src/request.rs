//! The requests of the ABI, read from JSON.

use crate::error::{Code, Error, Result};
use crate::image::{DecodeOptions, Frames};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    Probe { max_pixels: u64 },
    Decode(DecodeRequest),
    Import(ImportRequest),
    TrimBox { threshold: u8 },
    Focus { kind: FocusKind, width: u32, height: u32 },
    Transform(TransformRequest),
    Encode(EncodeRequest),
    Export { #[serde(default)] frame: u32 },
    /// Derivatives are always upright: the request's `orientation_applied` says so and is not read.
    Metadata { #[serde(default)] mode: MetaMode },
    Analyse,
    Strip { format: String },
    /// Splits an AVIF into files of one picture each, for a decoder outside.
    AvifParts { max_pixels: u64 },
    /// Takes the decoded parts, RGBA8 one behind the other, as the current image.
    AvifAssemble { sizes: Vec<(u32, u32)> },
    /// Puts metadata into a file that was encoded outside: the current image's, or `blocks` as [`Request::Metadata`]
    /// gave them, which then stand before the file.
    Embed { format: String, #[serde(default)] meta: MetaMode, #[serde(default)] blocks: Option<BlockLengths> },
    Reset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FocusKind {
    Attention,
    Entropy,
}

/// What of the original's metadata goes out. GPS, serials, thumbnails and maker notes never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetaMode {
    None,
    #[default]
    Rights,
    All,
}

#[derive(Debug, Deserialize)]
pub struct DecodeRequest {
    pub max_pixels: u64,
    #[serde(default)]
    pub frames: FramesRequest,
    #[serde(default)]
    pub target: Option<(u32, u32)>,
    #[serde(default)]
    pub allow_ycc: bool,
    #[serde(default)]
    pub full_chroma: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FramesRequest {
    #[default]
    First,
    All { max: u32, max_pixels: u64 },
    Nth(u32),
}

impl DecodeRequest {
    pub fn options(&self) -> DecodeOptions {
        let frames = match self.frames {
            FramesRequest::First => Frames::First,
            FramesRequest::All { max, max_pixels } => Frames::All { max, max_pixels },
            FramesRequest::Nth(n) => Frames::Nth(n),
        };
        DecodeOptions {
            max_pixels: self.max_pixels, frames, target: self.target, allow_ycc: self.allow_ycc, full_chroma: self.full_chroma,
        }
    }
}

/// Lengths in bytes of metadata blocks that follow one another; 0 = none.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct BlockLengths {
    pub exif_len: usize,
    pub xmp_len: usize,
    pub icc_len: usize,
}

/// Pixels decoded by another WebAssembly package.
#[derive(Debug, Deserialize)]
pub struct ImportRequest {
    pub width: u32,
    pub height: u32,
    pub layout: Layout,
    #[serde(default)]
    pub orientation: Option<u8>,
    #[serde(default)]
    pub rows_decoded: Option<u32>,
    #[serde(default)]
    pub format: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    Rgba8,
    /// Little-endian.
    Rgba16,
}

/// A rectangle in pixels of the current image, oriented.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Pad {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IccMode {
    #[default]
    Srgb,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    #[default]
    Rgba,
    Ycc420,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct TransformRequest {
    pub orientation: u8,
    pub crop: Option<Rect>,
    pub resize: Option<Size>,
    pub pad: Option<Pad>,
    pub bg: Option<String>,
    pub grayscale: bool,
    pub blur: f32,
    pub sharpen: f32,
    pub brightness: f32,
    pub contrast: f32,
    pub saturation: f32,
    pub icc: IccMode,
    pub flatten: bool,
    pub output: Output,
}

impl Default for TransformRequest {
    fn default() -> Self {
        Self {
            orientation: 1, crop: None, resize: None, pad: None, bg: None, grayscale: false, blur: 0.0,
            sharpen: 0.0, brightness: 0.0, contrast: 0.0, saturation: 0.0, icc: IccMode::Srgb,
            flatten: false, output: Output::Rgba,
        }
    }
}

impl TransformRequest {
    /// `bg` as RGBA; opaque white where there is none.
    pub fn background(&self) -> Result<[u8; 4]> {
        let Some(text) = self.bg.as_deref() else { return Ok([255; 4]) };
        let bad = || Error::new(Code::BadRequest, "bg must be rrggbb or rrggbbaa");
        let value = u32::from_str_radix(text, 16).map_err(|_| bad())?;
        match text.len() {
            6 => Ok((value << 8 | 0xff).to_be_bytes()),
            8 => Ok(value.to_be_bytes()),
            _ => Err(bad()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    Jpeg,
    Png,
    Webp,
    Gif,
}

impl OutputFormat {
    pub fn mime(self) -> &'static str {
        match self {
            OutputFormat::Jpeg => "image/jpeg",
            OutputFormat::Png => "image/png",
            OutputFormat::Webp => "image/webp",
            OutputFormat::Gif => "image/gif",
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct EncodeRequest {
    pub format: OutputFormat,
    /// 1–100; 80 where none is given.
    #[serde(default)]
    pub quality: Option<u8>,
    /// WebP: 0–6 (method), 4 where none is given; PNG: 0–9; ignored by the others.
    #[serde(default)]
    pub effort: Option<u8>,
    #[serde(default)]
    pub lossless: bool,
    #[serde(default)]
    pub progressive: bool,
    #[serde(default)]
    pub palette: bool,
    #[serde(default)]
    pub meta: MetaMode,
}

/// Reads a request.
///
/// # Errors
/// [`Code::BadRequest`] with the reader's words.
pub fn parse(json: &[u8]) -> Result<Request> {
    serde_json::from_slice(json).map_err(|e| Error::new(Code::BadRequest, e.to_string()))
}
