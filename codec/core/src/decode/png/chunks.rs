//! One walk over a PNG's chunks: header, frame count and metadata, nothing inflated beyond a cap.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit as inflate;

use crate::error::{Error, Result};
use crate::meta::iptc;
use crate::decode::common::{MAX_FRAME_COUNT, MAX_METADATA, Reader, exif_body};

use super::SIGNATURE;

/// Chunks looked at before the walk gives up; a real file has a few thousand IDATs at most.
const MAX_CHUNKS: usize = 100_000;
/// Texts that are kept, and the longest that one may unpack to, in bytes.
const MAX_TEXTS: usize = 8;
const MAX_TEXT: usize = 64 << 10;
const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

/// IHDR (section 11.2.1).
#[derive(Debug, Clone, Copy, Default)]
pub struct Header {
    pub width: u32,
    pub height: u32,
    pub depth: u8,
    pub colour_type: u8,
}

/// What stands in the chunks, as slices of the file.
#[derive(Debug, Default)]
pub struct Chunks<'a> {
    pub header: Header,
    /// fcTL chunks seen (0 for a still), counted up to one past the cap.
    pub frames: u32,
    pub has_trns: bool,
    pub exif: Option<&'a [u8]>,
    iccp: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    /// tEXt, zTXt and iTXt chunks that say whose the picture is.
    texts: Vec<([u8; 4], &'a [u8])>,
}

impl<'a> Chunks<'a> {
    /// Walks the file. Errors: `Corrupt` when signature or IHDR is broken; later damage ends the walk.
    pub fn scan(bytes: &'a [u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        if r.take(8)? != SIGNATURE {
            return Err(Error::corrupt("no PNG signature"));
        }
        let mut found = Self::default();
        let (kind, body) = next(&mut r).ok_or_else(|| Error::corrupt("no IHDR"))?;
        if &kind != b"IHDR" {
            return Err(Error::corrupt("the first chunk is not IHDR"));
        }
        found.header = header(body)?;
        for _ in 0..MAX_CHUNKS {
            let Some((kind, body)) = next(&mut r) else { break };
            if &kind == b"IEND" || found.frames > MAX_FRAME_COUNT {
                break;
            }
            found.note(kind, body);
        }
        Ok(found)
    }

    fn note(&mut self, kind: [u8; 4], body: &'a [u8]) {
        match &kind {
            b"fcTL" => self.frames += 1,
            b"tRNS" => self.has_trns = true,
            b"eXIf" => self.exif = self.exif.or(Some(exif_body(body))),
            b"iCCP" => self.iccp = self.iccp.or(Some(body)),
            b"iTXt" if body.starts_with(XMP_KEYWORD) => self.xmp = self.xmp.or(Some(body)),
            b"tEXt" | b"zTXt" | b"iTXt" if self.texts.len() < MAX_TEXTS && rights_set(body).is_some() => self.texts.push((kind, body)),
            _ => {}
        }
    }

    /// The profile of iCCP (section 11.3.2.3), inflated up to [`MAX_METADATA`]; a longer one is dropped.
    pub fn icc(&self) -> Option<Vec<u8>> {
        let body = self.iccp?;
        let name = body.iter().position(|&b| b == 0)?;
        inflate(body.get(name + 2..)?, MAX_METADATA).ok().filter(|p| !p.is_empty())
    }

    /// The texts as IPTC-IIM records, which every output's metadata is made from.
    pub fn rights(&self) -> Option<Vec<u8>> {
        let records = self.texts.iter().filter_map(|(kind, body)| {
            let text = text(kind, body)?;
            Some(iptc::record(rights_set(body)?, &text))
        });
        Some(records.collect::<Vec<_>>().concat()).filter(|r| !r.is_empty())
    }

    /// XMP of iTXt (section 11.3.3.4), compressed or not.
    pub fn xmp(&self) -> Option<Vec<u8>> {
        let body = self.xmp?.get(XMP_KEYWORD.len()..)?;
        let (&[compressed, _method], tail) = body.split_first_chunk::<2>()?;
        let language = tail.iter().position(|&b| b == 0)? + 1;
        let tail = tail.get(language..)?;
        let translated = tail.iter().position(|&b| b == 0)? + 1;
        let text = tail.get(translated..)?;
        match compressed {
            0 => crate::decode::common::metadata(text),
            _ => inflate(text, MAX_METADATA).ok().filter(|t| !t.is_empty()),
        }
    }
}

/// The IPTC data set of a keyword (section 11.3.3.1 has `Author` and `Copyright`).
fn rights_set(body: &[u8]) -> Option<u8> {
    let key = body.split(|&b| b == 0).next()?.to_ascii_lowercase();
    match key.as_slice() {
        b"copyright" => Some(iptc::COPYRIGHT),
        b"author" | b"artist" | b"creator" => Some(iptc::CREATOR),
        _ => None,
    }
}

/// What stands behind the keyword: Latin-1 in tEXt and zTXt, UTF-8 in iTXt.
fn text(kind: &[u8; 4], body: &[u8]) -> Option<String> {
    let end = body.iter().position(|&b| b == 0)? + 1;
    let rest = body.get(end..)?;
    let latin = |b: &[u8]| b.iter().map(|&c| char::from(c)).collect();
    match kind {
        b"tEXt" => Some(latin(rest)),
        b"zTXt" => Some(latin(&inflate(rest.get(1..)?, MAX_TEXT).ok()?)),
        _ => String::from_utf8(international(rest)?).ok(),
    }
}

/// The text of an iTXt behind its keyword.
fn international(rest: &[u8]) -> Option<Vec<u8>> {
    let (&[compressed, _method], tail) = rest.split_first_chunk::<2>()?;
    let text = tail.splitn(3, |&b| b == 0).nth(2)?;
    if compressed == 0 { Some(text.to_vec()) } else { inflate(text, MAX_TEXT).ok() }
}

/// The next chunk; the last one may be cut, its CRC is not checked here.
fn next<'a>(r: &mut Reader<'a>) -> Option<([u8; 4], &'a [u8])> {
    let len = r.u32_be().ok()? as usize;
    let kind: [u8; 4] = r.take(4).ok()?.try_into().ok()?;
    let body = r.take_up_to(len);
    r.take_up_to(4);
    Some((kind, body))
}

fn header(body: &[u8]) -> Result<Header> {
    let mut r = Reader::new(body);
    let (width, height) = (r.u32_be()?, r.u32_be()?);
    let (depth, colour_type) = (r.u8()?, r.u8()?);
    let known = match colour_type {
        0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
        3 => matches!(depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(depth, 8 | 16),
        _ => false,
    };
    if !known {
        return Err(Error::corrupt("no such PNG colour type and depth"));
    }
    Ok(Header { width, height, depth, colour_type })
}
