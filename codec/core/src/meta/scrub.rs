//! Taking secrets out of a TIFF structure in place: entries are removed from their directories and their values are
//! overwritten with zeros; nothing else moves, so every other offset stays right.

use std::ops::Range;

use super::tiff::{Order, entry_offsets, header, value_range};
use super::{Mode, xmp};

/// Most pages of a file that are looked at.
const MAX_PAGES: usize = 256;
const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const XMP: u16 = 0x02bc;

/// Removed from first directories and pages: PrintIM, Photoshop resources (thumbnails), camera serial number (DNG),
/// maker notes and private data of DNG, original raw file's name.
const FIRST: [u16; 6] = [0xc4a5, 0x8649, 0xc62f, 0xc634, 0xc68b, 0xc65d];
/// Removed from EXIF directories: maker note, unique image id, owner's serial numbers of body and lens.
const EXIF: [u16; 4] = [0x927c, 0xa420, 0xa431, 0xa435];

/// Scrubs a TIFF file (all pages) or, with `file` false, an EXIF block, whose second directory is a thumbnail and goes.
/// Bytes that are no TIFF stay as they are. Values that overlap picture data or a directory are not overwritten; their
/// entries go all the same.
pub fn scrub(b: &mut [u8], file: bool) {
    let Some((order, first)) = header(b) else { return };
    let pages = pages(b, order, first, if file { MAX_PAGES } else { 1 });
    let mut s = Scrub { order, kept: protected(b, order, &pages) };
    for &page in &pages {
        for sub in s.pointers(b, page, GPS_IFD) {
            s.wipe_directory(b, sub);
        }
        for sub in s.pointers(b, page, EXIF_IFD) {
            s.remove(b, sub, &EXIF);
        }
        s.rewrite_xmp(b, page);
        s.remove(b, page, &FIRST);
        s.remove(b, page, &[GPS_IFD]);
        if !file {
            s.cut_chain(b, page);
        }
    }
}

/// Offsets of the directories in the chain, each once.
fn pages(b: &[u8], order: Order, first: usize, most: usize) -> Vec<usize> {
    let mut out = Vec::new();
    let mut at = first;
    while at != 0 && at < b.len() && out.len() < most && !out.contains(&at) {
        out.push(at);
        at = next(b, order, at).unwrap_or(0);
    }
    out
}

fn end_of(b: &[u8], order: Order, ifd: usize) -> Option<usize> {
    ifd.checked_add(2 + 12 * usize::from(order.u16(b, ifd)?))
}

fn next(b: &[u8], order: Order, ifd: usize) -> Option<usize> {
    order.u32(b, end_of(b, order, ifd)?).map(|v| v as usize)
}

/// The header, the directories, and the strips and tiles they point to.
fn protected(b: &[u8], order: Order, pages: &[usize]) -> Vec<Range<usize>> {
    let mut out = vec![0..8];
    for &ifd in pages {
        out.push(ifd..end_of(b, order, ifd).unwrap_or(ifd) + 4);
        for (offsets, counts) in [(0x0111, 0x0117), (0x0144, 0x0145)] {
            let (o, c) = (numbers(b, order, ifd, offsets), numbers(b, order, ifd, counts));
            out.extend(o.into_iter().zip(c).map(|(o, c)| o..o.saturating_add(c)));
        }
    }
    out
}

/// All values of a SHORT or LONG entry.
fn numbers(b: &[u8], order: Order, ifd: usize, tag: u16) -> Vec<usize> {
    let Some(at) = entry_offsets(b, order, ifd).into_iter().find(|&at| order.u16(b, at) == Some(tag)) else {
        return Vec::new();
    };
    let Some(r) = value_range(b, order, at) else { return Vec::new() };
    match order.u16(b, at + 2) {
        Some(3) => r.step_by(2).filter_map(|i| order.u16(b, i).map(usize::from)).collect(),
        Some(4) => r.step_by(4).filter_map(|i| order.u32(b, i).map(|v| v as usize)).collect(),
        _ => Vec::new(),
    }
}

struct Scrub {
    order: Order,
    /// Ranges that must not be overwritten.
    kept: Vec<Range<usize>>,
}

impl Scrub {
    fn put16(&self, b: &mut [u8], at: usize, v: u16) {
        if let Some(s) = b.get_mut(at..at + 2) {
            s.copy_from_slice(&if self.order == Order::Little { v.to_le_bytes() } else { v.to_be_bytes() });
        }
    }

    fn pointers(&self, b: &[u8], ifd: usize, tag: u16) -> Vec<usize> {
        numbers(b, self.order, ifd, tag)
    }

    fn wipe(&self, b: &mut [u8], r: Range<usize>) {
        if self.kept.iter().all(|k| r.end <= k.start || k.end <= r.start)
            && let Some(s) = b.get_mut(r)
        {
            s.fill(0);
        }
    }

    /// All values of a directory, and itself.
    fn wipe_directory(&self, b: &mut [u8], ifd: usize) {
        for at in entry_offsets(b, self.order, ifd) {
            if let Some(r) = value_range(b, self.order, at) {
                self.wipe(b, r);
            }
        }
        if let Some(end) = end_of(b, self.order, ifd) {
            self.wipe(b, ifd..end + 4);
        }
    }

    /// Removes entries; those behind them and the pointer to the next directory move up.
    fn remove(&mut self, b: &mut [u8], ifd: usize, tags: &[u16]) {
        let is_gone = |b: &[u8], at: usize, o: Order| o.u16(b, at).is_some_and(|t| tags.contains(&t));
        while let Some(at) = entry_offsets(b, self.order, ifd).into_iter().find(|&at| is_gone(b, at, self.order)) {
            // A pointer's value is no picture data: its four bytes go with the entry.
            if let Some(r) = value_range(b, self.order, at).filter(|r| r.len() > 4) {
                self.wipe(b, r);
            }
            let (Some(count), Some(end)) = (self.order.u16(b, ifd), end_of(b, self.order, ifd)) else { return };
            let end = (end + 4).min(b.len());
            if at + 12 > end {
                return;
            }
            b.copy_within(at + 12..end, at);
            if let Some(s) = b.get_mut(end - 12..end) {
                s.fill(0);
            }
            self.put16(b, ifd, count - 1);
        }
    }

    fn rewrite_xmp(&self, b: &mut [u8], ifd: usize) {
        let found = entry_offsets(b, self.order, ifd).into_iter().find(|&at| self.order.u16(b, at) == Some(XMP));
        let Some(r) = found.and_then(|at| value_range(b, self.order, at)) else { return };
        if self.kept.iter().all(|k| r.end <= k.start || k.end <= r.start)
            && let Some(packet) = b.get_mut(r)
        {
            refill(packet);
        }
    }

    /// Takes the next directory (a thumbnail) off the chain and wipes it and its picture.
    fn cut_chain(&self, b: &mut [u8], ifd: usize) {
        let Some(second) = next(b, self.order, ifd).filter(|&n| n != 0) else { return };
        for (offset, length) in [(0x0201, 0x0202), (0x0111, 0x0117)] {
            let (o, l) = (numbers(b, self.order, second, offset), numbers(b, self.order, second, length));
            o.into_iter().zip(l).for_each(|(o, l)| self.wipe(b, o..o.saturating_add(l).min(b.len())));
        }
        self.wipe_directory(b, second);
        if let Some(s) = end_of(b, self.order, ifd).and_then(|end| b.get_mut(end..end + 4)) {
            s.fill(0);
        }
    }
}

/// What stands where nothing of a packet is left.
const EMPTY: &[u8] = b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>";

/// Puts the filtered packet (or an empty one) in the place of the old one, blanks behind it.
pub fn refill(packet: &mut [u8]) {
    let new = xmp::rebuild(Some(packet), None, Mode::All, true).unwrap_or_else(|| EMPTY.to_vec());
    let new = if new.len() <= packet.len() { new.as_slice() } else { EMPTY };
    let new = if new.len() <= packet.len() { new } else { &[] };
    packet.fill(b' ');
    if let Some(head) = packet.get_mut(..new.len()) {
        head.copy_from_slice(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::tiff::{Entry, directory, write};

    fn sample() -> Vec<u8> {
        let bytes = |tag: u16, s: &[u8]| Entry { tag, kind: 2, count: s.len() as u32, value: s.to_vec() };
        let long = |tag: u16, v: u32| Entry { tag, kind: 4, count: 1, value: v.to_le_bytes().to_vec() };
        let first = vec![bytes(0x010f, b"a maker\0"), long(GPS_IFD, 400), bytes(0xc62f, b"BODY-SERIAL\0"), bytes(0xfe00, b"kept\0\0")];
        let exif = vec![bytes(0x9003, b"2008:04:20 19:12:06\0"), bytes(0xa431, b"SERIAL-ONE\0"), bytes(0x927c, b"maker note")];
        let mut b = write(Order::Little, first, exif);
        b.resize(400, 0);
        let gps = write(Order::Little, vec![bytes(1, b"position of home")], Vec::new());
        b.extend(&gps[8..]);
        b
    }

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for file in [true, false] {
            let mut b = sample();
            scrub(&mut b, file);
            let (o, ifd) = header(&b).expect("TIFF");
            let d = directory(&b, o, ifd, |_| true);
            assert_eq!(d.iter().map(|e| e.tag).collect::<Vec<_>>(), [0x010f, EXIF_IFD, 0xfe00]);
            let sub = d[1].number(o).expect("pointer") as usize;
            let e = directory(&b, o, sub, |_| true);
            assert_eq!(e.len(), 1);
            assert_eq!(e[0].text(), Some("2008:04:20 19:12:06"));
            for s in [b"SERIAL".as_slice(), b"maker note"] {
                assert!(!b.windows(s.len()).any(|w| w == s));
            }
            let again = b.clone();
            scrub(&mut b, file);
            assert_eq!(b, again);
        }
    }

    #[test]
    fn every_cut_and_flip_is_survived() {
        let s = sample();
        for n in 0..s.len() {
            scrub(&mut s[..n].to_vec(), true);
            for bit in [1, 0x80, 0xff] {
                let mut bad = s.clone();
                bad[n] ^= bit;
                scrub(&mut bad, n % 2 == 0);
            }
        }
    }
}
