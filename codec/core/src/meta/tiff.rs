//! The TIFF structure of EXIF (CIPA DC-008 4.5, TIFF 6.0): a bounded reader and a writer.
//! Only directories that are asked for by offset are read, one level at a time: no chains, so no cycles.

/// Most entries of a directory that are read.
const MAX_ENTRIES: usize = 512;
/// Longest value that is kept, in bytes.
const MAX_VALUE: usize = 32_768;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}

impl Order {
    pub fn u16(self, b: &[u8], at: usize) -> Option<u16> {
        let v = [*b.get(at)?, *b.get(at.checked_add(1)?)?];
        Some(if self == Order::Little { u16::from_le_bytes(v) } else { u16::from_be_bytes(v) })
    }

    pub fn u32(self, b: &[u8], at: usize) -> Option<u32> {
        let (a, z) = (u32::from(self.u16(b, at)?), u32::from(self.u16(b, at.checked_add(2)?)?));
        Some(if self == Order::Little { z << 16 | a } else { a << 16 | z })
    }

    fn put16(self, out: &mut Vec<u8>, v: u16) {
        out.extend(if self == Order::Little { v.to_le_bytes() } else { v.to_be_bytes() });
    }

    fn put32(self, out: &mut Vec<u8>, v: u32) {
        out.extend(if self == Order::Little { v.to_le_bytes() } else { v.to_be_bytes() });
    }
}

/// Byte order, and offset of the first directory.
pub fn header(b: &[u8]) -> Option<(Order, usize)> {
    let order = match b.get(..4)? {
        b"II*\0" => Order::Little,
        b"MM\0*" => Order::Big,
        _ => return None,
    };
    Some((order, order.u32(b, 4)? as usize))
}

/// Bytes of one value of a TIFF type; 0 for types that don't exist.
fn type_size(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 | 129 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 => 8,
        _ => 0,
    }
}

/// One entry; `value` is in the file's byte order.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub tag: u16,
    pub kind: u16,
    pub count: u32,
    pub value: Vec<u8>,
}

impl Entry {
    /// The first number of a SHORT or LONG.
    pub fn number(&self, order: Order) -> Option<u32> {
        match self.kind {
            3 => order.u16(&self.value, 0).map(u32::from),
            4 | 13 => order.u32(&self.value, 0),
            _ => None,
        }
    }

    /// ASCII up to the first NUL, without blanks around; None when it isn't UTF-8 or is empty.
    pub fn text(&self) -> Option<&str> {
        if !matches!(self.kind, 2 | 129) {
            return None;
        }
        let end = self.value.iter().position(|&c| c == 0).unwrap_or(self.value.len());
        let s = std::str::from_utf8(self.value.get(..end)?).ok()?.trim();
        (!s.is_empty()).then_some(s)
    }
}

/// Where an entry's value lies, relative to the TIFF header; None when it is off the end or of no known type.
pub fn value_range(b: &[u8], order: Order, at: usize) -> Option<std::ops::Range<usize>> {
    let size = type_size(order.u16(b, at.checked_add(2)?)?);
    let len = (order.u32(b, at.checked_add(4)?)? as usize).checked_mul(size)?;
    let from = if len <= 4 { at.checked_add(8)? } else { order.u32(b, at.checked_add(8)?)? as usize };
    let range = from..from.checked_add(len)?;
    (len > 0 && b.get(range.clone()).is_some()).then_some(range)
}

/// Offsets of a directory's entries that lie within the bytes.
pub fn entry_offsets(b: &[u8], order: Order, ifd: usize) -> Vec<usize> {
    let count = order.u16(b, ifd).map_or(0, usize::from).min(MAX_ENTRIES);
    (0..count).filter_map(|i| ifd.checked_add(2 + 12 * i)).filter(|at| at.checked_add(12).is_some_and(|e| e <= b.len())).collect()
}

/// The directory at `ifd`: entries whose tag `wanted` accepts, broken and over-long ones left out.
pub fn directory(b: &[u8], order: Order, ifd: usize, wanted: impl Fn(u16) -> bool) -> Vec<Entry> {
    let read = |at: usize| {
        let tag = order.u16(b, at).filter(|&t| wanted(t))?;
        let range = value_range(b, order, at).filter(|r| r.len() <= MAX_VALUE)?;
        Some(Entry { tag, kind: order.u16(b, at + 2)?, count: order.u32(b, at + 4)?, value: b.get(range)?.to_vec() })
    };
    entry_offsets(b, order, ifd).into_iter().filter_map(read).collect()
}

/// A TIFF block of a first directory and, if it has entries, an EXIF directory (tag 0x8769).
/// Entries are sorted; of equal tags the first stays.
pub fn write(order: Order, mut first: Vec<Entry>, mut exif: Vec<Entry>) -> Vec<u8> {
    for d in [&mut first, &mut exif] {
        d.sort_by_key(|e| e.tag);
        d.dedup_by_key(|e| e.tag);
    }
    let mut out = if order == Order::Little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    order.put32(&mut out, 8);
    if exif.is_empty() {
        put_directory(&mut out, order, &first);
        return out;
    }
    let mut pointer = Entry { tag: 0x8769, kind: 4, count: 1, value: vec![0; 4] };
    first.push(pointer.clone());
    first.sort_by_key(|e| e.tag);
    let at = 8 + directory_size(&first);
    pointer.value.clear();
    order.put32(&mut pointer.value, at as u32);
    first.iter_mut().filter(|e| e.tag == 0x8769).for_each(|e| e.value.clone_from(&pointer.value));
    put_directory(&mut out, order, &first);
    put_directory(&mut out, order, &exif);
    out
}

fn directory_size(d: &[Entry]) -> usize {
    let outside = |e: &Entry| if e.value.len() > 4 { e.value.len().next_multiple_of(2) } else { 0 };
    2 + 12 * d.len() + 4 + d.iter().map(outside).sum::<usize>()
}

fn put_directory(out: &mut Vec<u8>, order: Order, d: &[Entry]) {
    let mut data_at = out.len() + 2 + 12 * d.len() + 4;
    let mut data = Vec::new();
    order.put16(out, d.len() as u16);
    for e in d {
        order.put16(out, e.tag);
        order.put16(out, e.kind);
        order.put32(out, e.count);
        if e.value.len() <= 4 {
            let mut v = e.value.clone();
            v.resize(4, 0);
            out.extend(v);
        } else {
            order.put32(out, data_at as u32);
            data.extend_from_slice(&e.value);
            data.resize(data.len().next_multiple_of(2), 0);
            data_at += e.value.len().next_multiple_of(2);
        }
    }
    out.extend([0; 4]);
    out.append(&mut data);
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn ascii(tag: u16, s: &str) -> Entry {
        let value = [s.as_bytes(), &[0]].concat();
        Entry { tag, kind: 2, count: value.len() as u32, value }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for order in [Order::Little, Order::Big] {
            let first = vec![ascii(0x8298, "me"), ascii(0x10f, "Some Maker")];
            let exif = vec![ascii(0x9003, "2008:04:20 19:12:06")];
            let b = write(order, first, exif.clone());
            let (o, ifd) = header(&b).expect("header");
            let d = directory(&b, o, ifd, |_| true);
            assert_eq!(d.iter().map(|e| e.tag).collect::<Vec<_>>(), [0x10f, 0x8298, 0x8769]);
            assert_eq!(d[0].text(), Some("Some Maker"));
            let sub = d[2].number(o).expect("pointer") as usize;
            assert_eq!(directory(&b, o, sub, |_| true), exif);
        }
    }

    #[test]
    fn hostile_offsets_and_counts_are_left_out() {
        let mut b = write(Order::Big, vec![ascii(0x10f, "Some Maker")], Vec::new());
        b[14..18].copy_from_slice(&[0xff; 4]);
        assert!(directory(&b, Order::Big, 8, |_| true).is_empty());
        assert!(directory(&b, Order::Big, usize::MAX, |_| true).is_empty());
        b[8..10].copy_from_slice(&[0xff; 2]);
        assert!(directory(&b, Order::Big, 8, |_| true).len() <= MAX_ENTRIES);
    }
}
