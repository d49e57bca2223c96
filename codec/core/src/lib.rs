//! The codec core of imgsrc: pure functions from bytes to pixels to bytes.
//!
//! Layers: `abi` (the C ABI, the only door) → `decode` / `colour` / `resize` / `ops` / `analyse` / `encode`,
//! all of which speak [`image::Decoded`], [`image::Pixels`] and [`error::Error`].
//! `unsafe` is allowed in `abi` and in modules named `simd` only.

pub mod analyse;
pub mod colour;
pub mod decode;
pub mod error;
pub mod image;
pub mod ops;
