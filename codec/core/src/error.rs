//! One error type. Codes are stable: the TypeScript side maps them to HTTP answers.

use std::fmt;

/// What went wrong, as the caller must act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No known signature at the start of the bytes.
    UnknownFormat,
    /// A known format whose bytes are broken.
    Corrupt,
    /// A known format with a feature that no decoder here reads.
    Unsupported,
    /// The header asks for more pixels, frames or memory than allowed.
    Limit,
    /// The caller passed a request that makes no sense (a bug on our side).
    BadRequest,
}

impl Code {
    /// The name on the wire between core and TypeScript.
    pub fn name(self) -> &'static str {
        match self {
            Code::UnknownFormat => "unknown_format",
            Code::Corrupt => "corrupt",
            Code::Unsupported => "unsupported",
            Code::Limit => "limit",
            Code::BadRequest => "bad_request",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub code: Code,
    pub message: String,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
    pub fn corrupt(message: impl fmt::Display) -> Self {
        Self::new(Code::Corrupt, message.to_string())
    }
    pub fn unsupported(message: impl fmt::Display) -> Self {
        Self::new(Code::Unsupported, message.to_string())
    }
    pub fn limit(message: impl fmt::Display) -> Self {
        Self::new(Code::Limit, message.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;
