//! Pictures of at most 256 colours as indices.

use std::collections::HashMap;

/// Indices packed as PNG does, with their colours.
pub struct Indexed {
    /// 1, 2, 4 or 8 an index; rows start at whole bytes, first pixel in the high bits.
    pub bits: u8,
    pub rows: Vec<u8>,
    /// RGB, transparent colours first.
    pub colours: Vec<u8>,
    /// Of the first colours; None where all are opaque.
    pub alphas: Option<Vec<u8>>,
}

impl Indexed {
    /// One byte an index, `width` a row.
    pub fn indices(&self, width: usize) -> Vec<u8> {
        let per_byte = usize::from(8 / self.bits);
        let mask = (u16::from(u8::MAX) >> (8 - self.bits)) as u8;
        let unpack = |byte: &u8| {
            let (byte, bits) = (*byte, usize::from(self.bits));
            (1..=per_byte).map(move |n| byte >> (8 - n * bits) & mask)
        };
        let rows = self.rows.chunks(width.div_ceil(per_byte).max(1));
        rows.flat_map(|row| row.iter().flat_map(unpack).take(width)).collect()
    }
}

/// The picture (2–4 channels) as indices, None where it has more than 256 colours.
pub fn exact(data: &[u8], channels: usize, width: usize) -> Option<Indexed> {
    let mut found: HashMap<[u8; 4], usize> = HashMap::new();
    let mut last = None;
    for p in data.chunks_exact(channels) {
        let colour = rgba(p);
        if last == Some(colour) {
            continue;
        }
        last = Some(colour);
        let n = found.len();
        found.entry(colour).or_insert(n);
        if found.len() > 256 {
            return None;
        }
    }
    let mut colours: Vec<[u8; 4]> = found.keys().copied().collect();
    // By alpha first: tRNS may then be short. Then by value: the order must not hang on the map's.
    colours.sort_unstable_by_key(|[r, g, b, a]| (*a, *r, *g, *b));
    for (n, colour) in colours.iter().enumerate() {
        found.insert(*colour, n);
    }
    let bits = match colours.len() {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    };
    let rows = data.chunks(width * channels).flat_map(|row| packed(row, channels, bits, &found)).collect();
    let clear = colours.iter().take_while(|c| c[3] < 255).count();
    let alphas: Vec<u8> = colours.iter().take(clear).map(|c| c[3]).collect();
    Some(Indexed {
        bits, rows,
        colours: colours.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect(),
        alphas: if alphas.is_empty() { None } else { Some(alphas) },
    })
}

fn rgba(p: &[u8]) -> [u8; 4] {
    match *p {
        [l, a] => [l, l, l, a],
        [r, g, b] => [r, g, b, 255],
        [r, g, b, a] => [r, g, b, a],
        _ => [0; 4],
    }
}

fn packed(row: &[u8], channels: usize, bits: u8, index: &HashMap<[u8; 4], usize>) -> Vec<u8> {
    let per_byte = usize::from(8 / bits);
    let mut last = ([0; 4], index.get(&[0; 4]).copied().unwrap_or(0) as u8);
    let mut of = |p: &[u8]| {
        let colour = rgba(p);
        if colour != last.0 {
            last = (colour, index.get(&colour).copied().unwrap_or(0) as u8);
        }
        last.1
    };
    row.chunks(per_byte * channels)
        .map(|group| {
            let all = group.chunks_exact(channels).fold(0u16, |byte, p| byte << bits | u16::from(of(p)));
            let missing = per_byte - group.len() / channels;
            (all << (usize::from(bits) * missing)) as u8
        })
        .collect()
}
