//! From bytes to XML text: gzip with a bound, byte order marks, and a DOCTYPE that only names its DTD.

use std::borrow::Cow;

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use crate::decode::common::Reader;
use crate::error::{Error, Result};

/// XML text after inflating: a parsed tree takes some ten times as much.
const MAX_TEXT: usize = 10 << 20;
/// How far into the text the root element is looked for.
const HEAD: usize = 64 << 10;

/// Whether the first element is `svg`, in plain text or gzip.
pub fn looks_like(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return inflate_head(bytes).is_some_and(|head| root_is_svg(&head));
    }
    // Text only: a NUL stands in no UTF-8 XML, and UTF-16 has its mark.
    match bytes.get(..2) {
        Some([0xff, 0xfe] | [0xfe, 0xff]) => {
            let even = bytes.get(..bytes.len().min(HEAD) & !1).unwrap_or_default();
            utf16(even).is_some_and(|text| root_is_svg(text.as_bytes()))
        }
        _ => root_is_svg(bytes.get(..HEAD).unwrap_or(bytes)),
    }
}

/// Skips what may stand before the root element (XML 1.0 production 22) and looks at its name.
fn root_is_svg(head: &[u8]) -> bool {
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'!', ..] => match doctype_len(rest) {
                Some(len) => {
                    rest = rest.get(len..).unwrap_or_default();
                    continue;
                }
                None => return false,
            },
            [b'<', name @ ..] => return is_svg_name(name),
            _ => return false,
        };
        let Some(at) = memchr::memmem::find(rest, end) else { return false };
        rest = rest.get(at + end.len()..).unwrap_or_default();
    }
}

fn is_svg_name(name: &[u8]) -> bool {
    let len = name.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')).unwrap_or(0);
    let name = name.get(..len).unwrap_or_default();
    name.rsplit(|&b| b == b':').next() == Some(b"svg")
}

/// Length of `<!DOCTYPE … [ … ] >`, quotes and brackets minded.
fn doctype_len(text: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0;
    for (i, &b) in text.iter().enumerate() {
        match (quote, b) {
            (Some(q), _) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'[') => depth += 1,
            (None, b']') => depth -= 1,
            (None, b'>') if depth <= 0 => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// The document's text: inflated, as UTF-8, with a DOCTYPE that declares nothing blanked out.
///
/// Errors: `Limit` past [`MAX_TEXT`], `Corrupt` for broken gzip.
pub fn source(bytes: &[u8]) -> Result<Cow<'_, str>> {
    let text = if bytes.starts_with(&[0x1f, 0x8b]) {
        Cow::Owned(utf8(&inflate(bytes)?).into_owned())
    } else {
        utf8(bytes)
    };
    if text.len() > MAX_TEXT {
        return Err(Error::limit("svg: too much text"));
    }
    Ok(without_doctype(text))
}

fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(text) = utf16(bytes) {
        return Cow::Owned(text);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // Old exporters write ISO 8859-1, with or without saying so.
        Err(_) => Cow::Owned(bytes.iter().map(|&b| char::from(b)).collect()),
    }
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let pairs = bytes.get(2..)?.as_chunks::<2>().0.iter();
    let units: Vec<u16> = match bytes.get(..2)? {
        [0xff, 0xfe] => pairs.map(|&p| u16::from_le_bytes(p)).collect(),
        [0xfe, 0xff] => pairs.map(|&p| u16::from_be_bytes(p)).collect(),
        _ => return None,
    };
    String::from_utf16(&units).ok()
}

/// `<!DOCTYPE svg PUBLIC "…" "…">` is everywhere and harmless: blanked. One with an internal subset stays and
/// is refused by the parser.
fn without_doctype(text: Cow<'_, str>) -> Cow<'_, str> {
    let head = text.as_bytes();
    let head = head.get(..HEAD).unwrap_or(head);
    let Some(start) = memchr::memmem::find(head, b"<!DOCTYPE") else { return text };
    let Some(len) = doctype_len(head.get(start..).unwrap_or_default()) else { return text };
    let (Some(before), Some(doctype), Some(after)) =
        (text.get(..start), text.get(start..start + len), text.get(start + len..))
    else {
        return text;
    };
    // Inside an element or a comment it is not a declaration.
    if doctype.contains('[') || before.contains("<svg") {
        return text;
    }
    Cow::Owned(format!("{before}{after}"))
}

/// The deflate stream of a gzip member (RFC 1952 section 2.3).
fn gzip_body(bytes: &[u8]) -> Option<&[u8]> {
    let mut r = Reader::new(bytes);
    r.skip(3).ok()?;
    let flags = r.u8().ok()?;
    r.skip(6).ok()?;
    if flags & 4 != 0 {
        let len = r.u16_le().ok()?;
        r.skip(len.into()).ok()?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            while r.u8().ok()? != 0 {}
        }
    }
    if flags & 2 != 0 {
        r.skip(2).ok()?;
    }
    Some(r.rest())
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>> {
    let body = gzip_body(bytes).ok_or_else(|| Error::corrupt("svg: broken gzip header"))?;
    decompress_to_vec_with_limit(body, MAX_TEXT).map_err(|e| match e.status {
        TINFLStatus::HasMoreOutput => Error::limit("svg: too much text"),
        _ => Error::corrupt("svg: broken gzip"),
    })
}

/// The first bytes of the text, whatever follows.
fn inflate_head(bytes: &[u8]) -> Option<Vec<u8>> {
    let body = gzip_body(bytes)?;
    Some(decompress_to_vec_with_limit(body, HEAD).unwrap_or_else(|e| e.output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_behind_a_prolog() {
        assert!(looks_like(b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- <html> --><!DOCTYPE svg [<!ENTITY a \"]>\">]><svg/>"));
        assert!(looks_like(b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>"));
        assert!(!looks_like(b"<html><svg/></html>"));
        assert!(!looks_like(b"<svgfoo/>"));
    }

    #[test]
    fn only_a_doctype_without_declarations_goes() {
        let plain = source(b"<!DOCTYPE svg PUBLIC \"a\" \"b\"><svg/>").map(Cow::into_owned);
        assert_eq!(plain.as_deref(), Ok("<svg/>"));
        let subset = source(b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>").map(Cow::into_owned);
        assert!(subset.is_ok_and(|t| t.contains("ENTITY")));
    }
}
