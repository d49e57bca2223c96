//! Small profiles that travel with a derivative: Display P3 in 0.5 KB, or a cleaned copy of a matrix profile.

use super::profile::{P3_COLORANTS, Profile, Space};

/// Tags that a cleaned copy keeps. All others (device settings, serial numbers, long texts) stay behind.
const KEPT: [&[u8; 4]; 9] =
    [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"wtpt", b"chad", b"cicp"];
/// Longest tag that a cleaned copy keeps: a curve of 1,024 entries, and its head.
const MAX_TAG: usize = 2_060;

/// A Display P3 profile, ICC v4.4, 504 bytes, always the same.
pub fn p3_profile() -> Vec<u8> {
    let para: Vec<u8> = [b"para".to_vec(), vec![0; 4], vec![0, 3, 0, 0], fixed(&SRGB_PARAMS)].concat();
    let chad = [1.047_88, 0.022_92, -0.050_22, 0.029_59, 0.990_48, -0.017_06, -0.009_25, 0.015_07, 0.751_68];
    let mut tags: Vec<([u8; 4], Vec<u8>)> = vec![(*b"desc", mluc("Display P3"))];
    for (name, c) in [*b"rXYZ", *b"gXYZ", *b"bXYZ"].into_iter().zip(P3_COLORANTS) {
        tags.push((name, [b"XYZ ".to_vec(), vec![0; 4], fixed(&c)].concat()));
    }
    tags.extend([*b"rTRC", *b"gTRC", *b"bTRC"].map(|n| (n, para.clone())));
    tags.push((*b"wtpt", [b"XYZ ".to_vec(), vec![0; 4], fixed(&D50)].concat()));
    tags.push((*b"chad", [b"sf32".to_vec(), vec![0; 4], fixed(&chad)].concat()));
    tags.push((*b"cprt", mluc("CC0")));
    build(4, &tags)
}

const SRGB_PARAMS: [f64; 5] = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45];
const D50: [f64; 3] = [0.964_2, 1.0, 0.824_9];

/// A cleaned copy of an RGB matrix profile with at most three 1,024-entry curves (≤ 7 KB, mostly < 1 KB);
/// Display P3 gives [`p3_profile`]. None for any other kind: such pictures become sRGB.
pub fn small_profile(icc: &[u8]) -> Option<Vec<u8>> {
    let p = Profile::parse(icc)?;
    if p.space() != Space::Rgb || p.has_lut() || p.colorants().is_none() || p.rgb_curves().is_none() {
        return None;
    }
    if p.is_p3() {
        return Some(p3_profile());
    }
    let mut tags = vec![(*b"desc", text(&p, "RGB"))];
    for name in KEPT {
        match p.tag(name) {
            Some(t) if t.len() > MAX_TAG => return None,
            Some(t) => tags.push((*name, t.to_vec())),
            None => {}
        }
    }
    tags.push((*b"cprt", text(&p, "CC0")));
    Some(build(major(icc), &tags))
}

fn major(icc: &[u8]) -> u8 {
    icc.get(8).copied().unwrap_or(2).clamp(2, 4)
}

/// A text tag of the profile's version.
fn text(p: &Profile, s: &str) -> Vec<u8> {
    if p.tag(b"desc").is_some_and(|t| t.starts_with(b"mluc")) {
        return mluc(s);
    }
    // textDescriptionType (ICC.1:2001 6.5.17): ASCII, then empty Unicode and ScriptCode parts.
    let n = s.len() as u32 + 1;
    [b"desc".to_vec(), vec![0; 4], n.to_be_bytes().to_vec(), s.as_bytes().to_vec(), vec![0; 1 + 8 + 3 + 67]].concat()
}

fn fixed(v: &[f64]) -> Vec<u8> {
    v.iter().flat_map(|x| ((x * 65536.0).round() as i32).to_be_bytes()).collect()
}

fn mluc(s: &str) -> Vec<u8> {
    let utf16: Vec<u8> = s.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let head = [1u32, 12].map(u32::to_be_bytes).concat();
    let place = [utf16.len() as u32, 28].map(u32::to_be_bytes).concat();
    [b"mluc".to_vec(), vec![0; 4], head, b"enUS".to_vec(), place, utf16].concat()
}

/// Header, tag table and data; equal data is stored once. D50 PCS XYZ, class `mntr`, no date, no id.
fn build(version: u8, tags: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let start = 128 + 4 + 12 * tags.len();
    let mut data: Vec<u8> = Vec::new();
    let mut seen: Vec<(&[u8], usize)> = Vec::new();
    for (name, body) in tags {
        let known = seen.iter().find(|(b, _)| b == body).map(|&(_, at)| at);
        let at = known.unwrap_or(start + data.len());
        if known.is_none() {
            seen.push((body, at));
            data.extend_from_slice(body);
            data.resize(data.len().next_multiple_of(4), 0);
        }
        table.extend_from_slice(name);
        table.extend_from_slice(&(at as u32).to_be_bytes());
        table.extend_from_slice(&(body.len() as u32).to_be_bytes());
    }
    let mut out = header(version, (start + data.len()) as u32);
    out.extend_from_slice(&table);
    out.extend_from_slice(&data);
    out
}

fn header(version: u8, size: u32) -> Vec<u8> {
    let mut h = vec![0u8; 128];
    h[..4].copy_from_slice(&size.to_be_bytes());
    h[8] = version;
    h[9] = if version == 4 { 0x40 } else { 0x10 };
    h[12..24].copy_from_slice(b"mntrRGB XYZ ");
    // 2020-01-01: a date must be valid, and always the same.
    h[24..30].copy_from_slice(&[0x07, 0xe4, 0, 1, 0, 1]);
    h[36..40].copy_from_slice(b"acsp");
    h[68..80].copy_from_slice(&fixed(&D50));
    h
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p3_is_small_and_moxcms_reads_it() {
        let p3 = p3_profile();
        assert!(p3.len() <= 520, "{}", p3.len());
        let m = moxcms::ColorProfile::new_from_slice(&p3).expect("valid");
        assert!(m.is_matrix_shaper());
        assert_eq!(small_profile(&p3), Some(p3));
    }

    #[test]
    fn a_matrix_profile_is_cleaned() {
        let adobe = moxcms::ColorProfile::new_adobe_rgb().encode().expect("encodes");
        let small = small_profile(&adobe).expect("matrix");
        let (a, b) = (Profile::parse(&adobe).expect("a"), Profile::parse(&small).expect("b"));
        assert_eq!(a.colorants(), b.colorants());
        assert_eq!(a.rgb_curves(), b.rgb_curves());
        assert!(small.len() < 700);
    }
}
