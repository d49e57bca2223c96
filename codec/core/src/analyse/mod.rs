//! What is kept about a picture at upload.
pub mod copy;
