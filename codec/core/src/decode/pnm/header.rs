//! Headers of P1–P7, PF and Pf.

use crate::decode::common::Reader;
use crate::error::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Plain,
    Raw,
    Float { little: bool },
}

#[derive(Debug, Clone, Copy)]
pub struct Header {
    pub width: u32,
    pub height: u32,
    /// 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA.
    pub channels: usize,
    pub maxval: u32,
    /// P1 and P4: bits, of which 1 is black.
    pub bitmap: bool,
    pub coding: Coding,
}

impl Header {
    pub fn parse(r: &mut Reader<'_>) -> Result<Self> {
        let magic = r.take(2)?;
        let (channels, coding) = match magic {
            b"P1" | b"P2" => (1, Coding::Plain),
            b"P3" => (3, Coding::Plain),
            b"P4" | b"P5" => (1, Coding::Raw),
            b"P6" => (3, Coding::Raw),
            b"P7" => return pam(r),
            b"PF" => return pfm(r, 3),
            b"Pf" => return pfm(r, 1),
            _ => return Err(Error::corrupt("no PNM header")),
        };
        let bitmap = matches!(magic, b"P1" | b"P4");
        let (width, height) = (number(r)?, number(r)?);
        let maxval = if bitmap { 1 } else { number(r)? };
        if coding == Coding::Raw {
            // Exactly one blank ends the header.
            r.skip(1)?;
        }
        Self { width, height, channels, maxval, bitmap, coding }.checked()
    }

    pub fn has_alpha(&self) -> bool {
        self.channels % 2 == 0
    }

    fn checked(self) -> Result<Self> {
        if self.width == 0 || self.height == 0 || !(1..=65_535).contains(&self.maxval) {
            return Err(Error::corrupt("pnm: impossible size or maxval"));
        }
        Ok(self)
    }
}

/// The next number, past blanks and comments. Errors: `Corrupt` for anything else.
pub fn number(r: &mut Reader<'_>) -> Result<u32> {
    let mut byte = r.u8()?;
    loop {
        match byte {
            b'#' => while !matches!(r.u8()?, b'\n' | b'\r') {},
            b' ' | b'\t'..=b'\r' => {}
            _ => break,
        }
        byte = r.u8()?;
    }
    let mut value = 0u32;
    let mut digits = 0;
    while byte.is_ascii_digit() {
        let next = value.checked_mul(10).and_then(|v| v.checked_add(u32::from(byte - b'0')));
        value = next.ok_or_else(|| Error::corrupt("pnm: number too large"))?;
        digits += 1;
        match r.rest().first() {
            Some(next) if next.is_ascii_digit() => byte = r.u8()?,
            _ => break,
        }
    }
    if digits == 0 { Err(Error::corrupt("pnm: no number")) } else { Ok(value) }
}

fn line<'a>(r: &mut Reader<'a>) -> Result<&'a str> {
    let len = r.rest().iter().take(4096).position(|&b| b == b'\n');
    let text = r.take(len.ok_or_else(|| Error::corrupt("pnm: endless line"))?)?;
    r.skip(1)?;
    std::str::from_utf8(text).map(str::trim).map_err(|_| Error::corrupt("pnm: header is no text"))
}

/// `WIDTH`, `HEIGHT`, `DEPTH`, `MAXVAL`, `TUPLTYPE`, `ENDHDR`; DEPTH says the channels.
fn pam(r: &mut Reader<'_>) -> Result<Header> {
    let mut h = Header { width: 0, height: 0, channels: 0, maxval: 0, bitmap: false, coding: Coding::Raw };
    for _ in 0..1000 {
        let text = line(r)?;
        let (key, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let number = || value.trim().parse::<u32>().map_err(|_| Error::corrupt("pam: no number"));
        match key {
            "WIDTH" => h.width = number()?,
            "HEIGHT" => h.height = number()?,
            "DEPTH" => h.channels = number()? as usize,
            "MAXVAL" => h.maxval = number()?,
            "ENDHDR" => {
                if !(1..=4).contains(&h.channels) {
                    return Err(Error::unsupported("pam: no such depth"));
                }
                return h.checked();
            }
            _ => {}
        }
    }
    Err(Error::corrupt("pam: endless header"))
}

fn pfm(r: &mut Reader<'_>, channels: usize) -> Result<Header> {
    let (width, height) = (number(r)?, number(r)?);
    while r.rest().first().is_some_and(u8::is_ascii_whitespace) {
        r.skip(1)?;
    }
    let scale = line(r)?.parse::<f32>().map_err(|_| Error::corrupt("pfm: no scale"))?;
    let coding = Coding::Float { little: scale < 0.0 };
    Header { width, height, channels, maxval: 1, bitmap: false, coding }.checked()
}
