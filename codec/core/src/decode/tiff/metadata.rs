//! ICC, XMP, IPTC, and an EXIF block rebuilt from the directory's own entries.

use crate::decode::common::{MAX_METADATA, metadata};
use crate::image::Decoded;

use super::ifd::{Directory, Entry};

/// Tags of the first directory that belong into EXIF: make, model, orientation, software, date, artist,
/// copyright, description.
const KEPT: [u16; 8] = [270, 271, 272, 274, 305, 306, 315, 33_432];
const EXIF_POINTER: u16 = 34_665;

pub fn read(dir: &Directory<'_>, out: &mut Decoded) {
    out.icc = dir.data(34_675).and_then(metadata);
    out.xmp = dir.data(700).and_then(metadata);
    out.iptc = dir.data(33_723).and_then(metadata);
    out.exif = exif(dir);
}

/// A TIFF structure with the kept tags and the EXIF directory; None when there is none of them.
fn exif(dir: &Directory<'_>) -> Option<Vec<u8>> {
    let kept: Vec<Entry<'_>> = dir.entries().iter().filter(|e| KEPT.contains(&e.tag) && small(e)).copied().collect();
    let sub = dir.sub(EXIF_POINTER);
    let inner: Vec<Entry<'_>> =
        sub.iter().flat_map(Directory::entries).filter(|e| e.tag != 0x927c && small(e)).copied().collect();
    if kept.is_empty() && inner.is_empty() {
        return None;
    }
    let mut writer = Writer { little: dir.little, out: Vec::new() };
    writer.out.extend_from_slice(if dir.little { b"II" } else { b"MM" });
    writer.u16(42);
    writer.u32(8);
    let pointer = writer.directory(&kept, !inner.is_empty());
    if let Some(at) = pointer {
        let start = writer.out.len() as u32;
        writer.patch(at, start);
        writer.directory(&inner, false);
    }
    (writer.out.len() <= MAX_METADATA).then_some(writer.out)
}

/// Whole entries of the classic types, none of them large.
fn small(entry: &Entry<'_>) -> bool {
    (1..=12).contains(&entry.kind) && entry.data.len() < 1 << 16 && entry.data.len() as u64 >= entry.count
}

struct Writer {
    little: bool,
    out: Vec<u8>,
}

impl Writer {
    fn u16(&mut self, v: u16) {
        self.out.extend_from_slice(&if self.little { v.to_le_bytes() } else { v.to_be_bytes() });
    }
    fn u32(&mut self, v: u32) {
        self.out.extend_from_slice(&if self.little { v.to_le_bytes() } else { v.to_be_bytes() });
    }
    fn patch(&mut self, at: usize, v: u32) {
        let bytes = if self.little { v.to_le_bytes() } else { v.to_be_bytes() };
        if let Some(slot) = self.out.get_mut(at..at + 4) {
            slot.copy_from_slice(&bytes);
        }
    }

    /// Writes entries and their values; returns where the EXIF pointer's value stands, if one was asked for.
    fn directory(&mut self, entries: &[Entry<'_>], with_pointer: bool) -> Option<usize> {
        let count = entries.len() + usize::from(with_pointer);
        self.u16(count as u16);
        let mut values_at = self.out.len() + count * 12 + 4;
        let mut values = Vec::new();
        let mut pointer = None;
        let mut sorted: Vec<&Entry<'_>> = entries.iter().collect();
        sorted.sort_by_key(|e| e.tag);
        let split = sorted.partition_point(|e| e.tag < EXIF_POINTER);
        for (i, entry) in sorted.iter().enumerate() {
            if with_pointer && i == split {
                pointer = Some(self.pointer());
            }
            self.u16(entry.tag);
            self.u16(entry.kind);
            self.u32(entry.count as u32);
            if entry.data.len() <= 4 {
                let mut inline = [0; 4];
                inline.iter_mut().zip(entry.data).for_each(|(slot, &b)| *slot = b);
                self.out.extend_from_slice(&inline);
            } else {
                self.u32(values_at as u32);
                values.extend_from_slice(entry.data);
                let padding = entry.data.len() % 2;
                values.resize(values.len() + padding, 0);
                values_at += entry.data.len() + padding;
            }
        }
        if with_pointer && pointer.is_none() {
            pointer = Some(self.pointer());
        }
        self.u32(0);
        self.out.extend_from_slice(&values);
        pointer
    }

    fn pointer(&mut self) -> usize {
        self.u16(EXIF_POINTER);
        self.u16(4);
        self.u32(1);
        self.u32(0);
        self.out.len() - 4
    }
}
