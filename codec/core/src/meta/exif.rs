//! EXIF: what may leave in a derivative, and when a picture was taken.

use super::Mode;
use super::tiff::{Entry, Order, directory, header, write};

/// Longest rebuilt block: an APP1 segment's payload, less its name.
const MAX_BLOCK: usize = 65_000;
const EXIF_IFD: u16 = 0x8769;
const ORIENTATION: u16 = 0x0112;
const ARTIST: u16 = 0x013b;
const COPYRIGHT: u16 = 0x8298;

/// Tags of the first directory that mode `all` keeps (EXIF 3.0 table 4, TIFF 6.0): texts, dates, resolution, maker and
/// model. Everything that describes how pixels are stored, previews and private tags is left out.
const FIRST: [u16; 17] = [
    0x010d, 0x010e, 0x010f, 0x0110, 0x011a, 0x011b, 0x0128, 0x0131, 0x0132, ARTIST, COPYRIGHT, 0x9c9b, 0x9c9c, 0x9c9d,
    0x9c9e, 0x9c9f, 0x4746,
];

/// Whether mode `all` keeps a tag of the EXIF directory: those of EXIF 3.0 without maker note (0x927C), unique image
/// id (0xA420), body and lens serial numbers (0xA431, 0xA435), stored size (0xA002, 0xA003), interoperability
/// (0xA005) and related sound file (0xA004).
fn in_exif(tag: u16) -> bool {
    match tag {
        0x927c | 0xa002..=0xa005 | 0xa420 | 0xa431 | 0xa435 => false,
        0x829a | 0x829d | 0x8822 | 0x8824 | 0x8827 | 0x8828 | 0x8830..=0x8835 => true,
        0x9000..=0x9292 | 0x9400..=0x9405 | 0xa000..=0xa40c | 0xa430..=0xa43f | 0xa460..=0xa462 | 0xa500 => true,
        _ => false,
    }
}

/// A fresh block, or None when nothing is left. `rights` keeps Copyright and Artist; `all` what [`FIRST`] and
/// [`in_exif`] name, falling back to `rights` past 65,000 bytes. With `orientation` that tag stays as well
/// (for originals, whose pixels are not turned). Broken input gives None.
pub fn rebuild(exif: &[u8], mode: Mode, orientation: bool) -> Option<Vec<u8>> {
    let (order, ifd) = header(exif)?;
    let kept = |t: u16| match mode {
        Mode::None => orientation && t == ORIENTATION,
        Mode::Rights => matches!(t, ARTIST | COPYRIGHT) || (orientation && t == ORIENTATION),
        Mode::All => FIRST.contains(&t) || t == EXIF_IFD || (orientation && t == ORIENTATION),
    };
    let mut first = directory(exif, order, ifd, kept);
    let sub = first.iter().find(|e| e.tag == EXIF_IFD).and_then(|e| e.number(order));
    first.retain(|e| e.tag != EXIF_IFD && said(e));
    let rest = sub.map_or(Vec::new(), |at| directory(exif, order, at as usize, in_exif));
    if first.is_empty() && rest.is_empty() {
        return None;
    }
    let block = write(order, first, rest);
    if block.len() <= MAX_BLOCK {
        Some(block)
    } else if mode == Mode::All {
        rebuild(exif, Mode::Rights, orientation)
    } else {
        None
    }
}

/// Whether a text says anything: cameras fill Artist and Copyright with blanks.
fn said(e: &Entry) -> bool {
    e.kind != 2 || e.value.iter().any(|c| !matches!(c, 0 | b' '))
}

/// When the picture was taken, as `2008-04-20T19:12:06` with `+02:00` behind it where the camera says so:
/// DateTimeOriginal, else DateTimeDigitized, else DateTime. None when none of them is a date.
pub fn date(exif: &[u8]) -> Option<String> {
    let (order, ifd) = header(exif)?;
    let first = directory(exif, order, ifd, |t| matches!(t, EXIF_IFD | 0x0132));
    let sub = first.iter().find(|e| e.tag == EXIF_IFD).and_then(|e| e.number(order));
    let rest = sub.map_or(Vec::new(), |at| directory(exif, order, at as usize, |t| matches!(t, 0x9003 | 0x9004 | 0x9010..=0x9012)));
    let text = |tag: u16| rest.iter().chain(&first).find(|e| e.tag == tag).and_then(Entry::text);
    [(0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010)].into_iter().find_map(|(tag, offset)| {
        let zone = text(offset).filter(|z| is_offset(z)).unwrap_or_default();
        Some(iso(text(tag)?)? + zone)
    })
}

/// `YYYY:MM:DD HH:MM:SS` → `YYYY-MM-DDTHH:MM:SS`.
fn iso(s: &str) -> Option<String> {
    let b = s.as_bytes();
    let number = |from: usize, to: usize| -> Option<u32> {
        let part = b.get(from..to)?;
        part.iter().all(u8::is_ascii_digit).then(|| part.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
    };
    let (y, mo, d) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (h, mi, s) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let sane = y > 0 && (1..=12).contains(&mo) && (1..=31).contains(&d) && h < 24 && mi < 60 && s < 61;
    sane.then(|| format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}"))
}

fn is_offset(z: &str) -> bool {
    let b = z.as_bytes();
    b.len() == 6
        && matches!(b[0], b'+' | b'-')
        && b[3] == b':'
        && [1, 2, 4, 5].iter().all(|&i| b.get(i).is_some_and(u8::is_ascii_digit))
}

/// Copyright and artist as texts.
pub fn rights(exif: &[u8]) -> (Option<String>, Option<String>) {
    let Some((order, ifd)) = header(exif) else { return (None, None) };
    let d = directory(exif, order, ifd, |t| matches!(t, ARTIST | COPYRIGHT));
    let text = |tag: u16| d.iter().find(|e| e.tag == tag).and_then(Entry::text).map(str::to_owned);
    (text(COPYRIGHT), text(ARTIST))
}

/// The byte order of a block, for those who write into it.
pub fn order(exif: &[u8]) -> Option<Order> {
    header(exif).map(|h| h.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascii(tag: u16, s: &str) -> Entry {
        let value = [s.as_bytes(), &[0]].concat();
        Entry { tag, kind: 2, count: value.len() as u32, value }
    }

    fn sample() -> Vec<u8> {
        let short = |tag: u16, v: u8| Entry { tag, kind: 3, count: 1, value: vec![v, 0] };
        let long = |tag: u16, v: u8| Entry { tag, kind: 4, count: 1, value: vec![v, 0, 0, 0] };
        let first = vec![
            ascii(0x010f, "Maker"), short(ORIENTATION, 6), ascii(ARTIST, "Ann"), ascii(COPYRIGHT, "(c) Ann"),
            long(0x8825, 8), ascii(0xc62f, "BODY12345"),
        ];
        let exif = vec![
            ascii(0x9003, "2008:04:20 19:12:06"), ascii(0x9011, "+02:00"), ascii(0xa431, "SERIAL1"),
            ascii(0xa435, "SERIAL2"), Entry { tag: 0x927c, kind: 7, count: 5, value: b"maker".to_vec() },
        ];
        write(Order::Little, first, exif)
    }

    fn tags(b: &[u8]) -> Vec<u16> {
        let (o, ifd) = header(b).expect("header");
        directory(b, o, ifd, |_| true).iter().map(|e| e.tag).collect()
    }

    #[test]
    fn modes_keep_what_they_say() {
        let rights_only = rebuild(&sample(), Mode::Rights, false).expect("rights");
        assert_eq!(tags(&rights_only), [ARTIST, COPYRIGHT]);
        let all = rebuild(&sample(), Mode::All, false).expect("all");
        assert_eq!(tags(&all), [0x010f, ARTIST, COPYRIGHT, EXIF_IFD]);
        for secret in ["SERIAL", "maker", "BODY12345"] {
            assert!(!all.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret}");
        }
        assert_eq!(rebuild(&sample(), Mode::None, false), None);
        assert_eq!(tags(&rebuild(&sample(), Mode::None, true).expect("orientation")), [ORIENTATION]);
        assert_eq!(rights(&all), (Some("(c) Ann".into()), Some("Ann".into())));
    }

    #[test]
    fn dates() {
        assert_eq!(date(&sample()).as_deref(), Some("2008-04-20T19:12:06+02:00"));
        assert_eq!(date(b"II*\0"), None);
        for bad in ["0000:00:00 00:00:00", "2008-04", "2008:13:01 00:00:00", "    :  :     :  :  "] {
            assert_eq!(iso(bad), None);
        }
    }

    #[test]
    fn every_cut_and_flip_is_survived() {
        let s = sample();
        for n in 0..s.len() {
            let mut bad = s.clone();
            bad[n] ^= 0xff;
            for b in [&s[..n], &bad[..]] {
                let _ = (rebuild(b, Mode::All, true), date(b), rights(b));
            }
        }
    }
}
