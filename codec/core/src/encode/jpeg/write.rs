//! Segments (T.81 Annex B; JFIF 1.02).

use super::huffman::Table;
use super::tables::NATURAL;
use super::Plane;

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|p| p.len()).sum();
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&((len + 2) as u16).to_be_bytes());
    parts.iter().for_each(|p| out.extend_from_slice(p));
}

/// Everything before the first scan's tables.
pub fn head(out: &mut Vec<u8>, planes: &[Plane], width: u16, height: u16, steps: &[[u8; 64]; 2], progressive: bool) {
    out.extend_from_slice(&[0xff, 0xd8]);
    segment(out, 0xe0, &[b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]);
    for (n, table) in steps.iter().enumerate().take(planes.len()) {
        let zigzag = NATURAL.map(|at| table[usize::from(at & 63)]);
        segment(out, 0xdb, &[&[n as u8], &zigzag]);
    }
    let mut specs = vec![planes.len() as u8];
    for (n, p) in (0u8..).zip(planes) {
        specs.extend_from_slice(&[n + 1, (p.h << 4 | p.v) as u8, u8::from(n > 0)]);
    }
    let marker = if progressive { 0xc2 } else { 0xc0 };
    segment(out, marker, &[&[8], &height.to_be_bytes(), &width.to_be_bytes(), &specs]);
}

/// The tables that a scan uses: 0, 1 for DC, 2, 3 for AC of luma and chroma.
pub fn huffman(out: &mut Vec<u8>, tables: &[Table; 4], counts: &[[u32; 256]; 4]) {
    for (n, (table, counts)) in (0u8..).zip(tables.iter().zip(counts)) {
        if counts.iter().any(|c| *c > 0) {
            segment(out, 0xc4, &[&[(n >> 1) << 4 | (n & 1)], &table.counts, &table.symbols]);
        }
    }
}

/// SOS of planes `members`, coefficients `first..=last`.
pub fn scan_header(out: &mut Vec<u8>, members: &[usize], first: u8, last: u8) {
    let mut body = vec![members.len() as u8];
    for n in members {
        let class = u8::from(*n > 0);
        body.extend_from_slice(&[*n as u8 + 1, class << 4 | class]);
    }
    body.extend_from_slice(&[first, last, 0]);
    segment(out, 0xda, &[&body]);
}
