//! Not read yet.

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Probe};

pub const MAX_PIXELS: u64 = 16_000_000;

pub fn probe(_bytes: &[u8]) -> Result<Probe> {
    Err(Error::unsupported("svg"))
}

pub fn decode(_bytes: &[u8], _options: &DecodeOptions) -> Result<Decoded> {
    Err(Error::unsupported("svg"))
}

/// Whether the first element is `svg`, plain or gzipped.
pub fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<svg") || bytes.starts_with(&[0x1f, 0x8b])
}
