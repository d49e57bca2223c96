//! Not read yet.

use crate::error::{Error, Result};
use crate::image::{DecodeOptions, Decoded, Probe};

pub const MAX_PIXELS: u64 = 16_000_000;

pub fn probe(_bytes: &[u8]) -> Result<Probe> {
    Err(Error::unsupported("heic"))
}

pub fn decode(_bytes: &[u8], _options: &DecodeOptions) -> Result<Decoded> {
    Err(Error::unsupported("heic"))
}
