//! The codec core of imgsrc: pure functions from bytes to pixels to bytes.
//!
//! Layers: `abi` (the C ABI, the only door) → `decode` / `colour` / `resize` / `ops` / `analyse` / `encode`,
//! all of which speak [`image::Decoded`], [`image::Pixels`] and [`error::Error`].
//! `unsafe` is allowed in `abi` and in modules named `simd` only.

pub mod abi;
pub mod analyse;
mod answers;
pub mod colour;
pub mod decode;
pub mod encode;
pub mod error;
pub mod geometry;
pub mod image;
pub mod meta;
pub mod ops;
pub mod orient;
pub mod planar;
pub mod request;
pub mod resize;
pub mod session;
pub mod transform;
#[cfg(all(target_arch = "wasm32", feature = "selftest"))]
pub mod selftest;
