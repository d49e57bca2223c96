//! IPTC-IIM records (IIM 4.2): the fields that say whose a picture is.

/// Most records that are read.
const MAX_RECORDS: usize = 1_000;

/// Data sets of the application record.
pub const CREATOR: u8 = 80;
pub const COPYRIGHT: u8 = 116;
/// Longest text that is written, in bytes.
const MAX_WRITTEN: usize = 2_000;

/// One text of the application record in UTF-8, cut at 2,000 bytes.
pub fn record(set: u8, text: &str) -> Vec<u8> {
    let end = (0..=text.len().min(MAX_WRITTEN)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    let text = text.as_bytes().get(..end).unwrap_or_default();
    [&[0x1c, 2, set][..], &(text.len() as u16).to_be_bytes(), text].concat()
}

/// Rights fields of the application record (2).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rights {
    /// 2:116
    pub copyright: Option<String>,
    /// 2:80, repeatable
    pub creators: Vec<String>,
    /// 2:110
    pub credit: Option<String>,
}

/// Reads records, in a Photoshop resource block (`8BIM` …) or bare. Text is UTF-8 where it is valid, else Latin-1.
pub fn rights(b: &[u8]) -> Rights {
    let mut out = Rights::default();
    for (record, set, data) in records(iim(b).unwrap_or(b)) {
        let text = || text(data);
        match (record, set) {
            (2, COPYRIGHT) => out.copyright = out.copyright.take().or_else(text),
            (2, CREATOR) if out.creators.len() < 20 => out.creators.extend(text()),
            (2, 110) => out.credit = out.credit.take().or_else(text),
            _ => {}
        }
    }
    out
}

/// The IIM resource (0x0404) of a Photoshop block.
pub fn iim(b: &[u8]) -> Option<&[u8]> {
    let b = b.strip_prefix(b"Photoshop 3.0\0").unwrap_or(b);
    resources(b).find(|(id, _)| *id == 0x0404).map(|(_, data)| data)
}

/// Photoshop image resources: `8BIM`, id, a padded Pascal name, size, padded data.
fn resources(mut b: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let rest = b.strip_prefix(b"8BIM")?;
        let id = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
        let name = (1 + usize::from(*rest.get(2)?)).next_multiple_of(2);
        let at = 2 + name;
        let size = rest.get(at..at + 4).map(|s| u32::from_be_bytes([s[0], s[1], s[2], s[3]]) as usize)?;
        let from = at + 4;
        let data = rest.get(from..from.checked_add(size)?)?;
        b = rest.get(from + size.next_multiple_of(2)..).unwrap_or_default();
        Some((id, data))
    })
    .take(MAX_RECORDS)
}

/// Record number, data set number and data; stops at the first that is broken or has an extended size.
fn records(mut b: &[u8]) -> impl Iterator<Item = (u8, u8, &[u8])> {
    std::iter::from_fn(move || {
        let [0x1c, record, set, hi, lo, ..] = *b else { return None };
        let size = usize::from(u16::from_be_bytes([hi, lo]));
        let data = b.get(5..5 + size)?;
        b = b.get(5 + size..)?;
        Some((record, set, data))
    })
    .take(MAX_RECORDS)
}

fn text(data: &[u8]) -> Option<String> {
    let s = match std::str::from_utf8(data) {
        Ok(s) => s.to_owned(),
        Err(_) => data.iter().map(|&c| char::from(c)).collect(),
    };
    let s: String = s.trim_matches(['\0', ' ']).chars().filter(|c| !c.is_control()).collect();
    (!s.is_empty()).then_some(s)
}

/// A Photoshop block with the IIM records alone, without object previews (2:200–202); None when there are none.
pub fn clean(b: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    for (record, set, data) in records(iim(b)?).filter(|r| !(r.0 == 2 && (200..=202).contains(&r.1))) {
        kept.extend([0x1c, record, set]);
        kept.extend((data.len() as u16).to_be_bytes());
        kept.extend_from_slice(data);
    }
    if kept.is_empty() {
        return None;
    }
    let size = (kept.len() as u32).to_be_bytes();
    kept.resize(kept.len().next_multiple_of(2), 0);
    Some([b"Photoshop 3.0\0".as_slice(), b"8BIM\x04\x04\0\0", &size, &kept].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(set: u8, data: &[u8]) -> Vec<u8> {
        [&[0x1c, 2, set, 0, data.len() as u8][..], data].concat()
    }

    #[test]
    fn fields_are_found_bare_and_wrapped() {
        let bare = [field(80, b"Ann"), field(80, b"Bob"), field(116, b"\xa9 Ann"), field(110, b"Agency"), field(202, b"preview")].concat();
        let want = Rights {
            copyright: Some("© Ann".into()),
            creators: vec!["Ann".into(), "Bob".into()],
            credit: Some("Agency".into()),
        };
        assert_eq!(rights(&bare), want);
        let size = (bare.len() as u32).to_be_bytes();
        let wrapped = [b"Photoshop 3.0\x008BIM\x04\x0c\0\0\0\0\0\x02xx8BIM\x04\x04\0\0".as_slice(), &size, &bare].concat();
        assert_eq!(rights(&wrapped), want);
        let cleaned = clean(&wrapped).expect("has records");
        assert_eq!(rights(&cleaned), want);
        assert!(!cleaned.windows(7).any(|w| w == b"preview"));
        for n in 0..wrapped.len() {
            let _ = (rights(&wrapped[..n]), clean(&wrapped[..n]));
        }
    }
}
