//! Pictures of more than 256 colours as indices: NeuQuant's palette with Floyd–Steinberg error diffusion.

use color_quant::NeuQuant;

/// Pixels that the quantiser looks at: one of so many, 1 (best) to 30; all of them in small pictures.
const SAMPLING: i32 = 10;
const SMALL_PIXELS: usize = 20_000;
/// Index of transparent pixels in quantised frames that have any.
const CLEAR: u8 = 255;

/// Indices, RGB colours and the index of transparent pixels.
pub fn quantised(data: &[u8], width: usize) -> (Vec<u8>, Vec<u8>, Option<u8>) {
    let (pixels, _) = data.as_chunks::<4>();
    let opaque: Vec<u8> = pixels.iter().filter(|p| p[3] > 0).flatten().copied().collect();
    let clear = opaque.len() < data.len();
    let sampling = if opaque.len() / 4 < SMALL_PIXELS { 1 } else { SAMPLING };
    let quantiser = NeuQuant::new(sampling, if clear { usize::from(CLEAR) } else { 256 }, &opaque);
    let mut colours = quantiser.color_map_rgb();
    let mut out = Vec::with_capacity(pixels.len());
    let mut diffusion = Diffusion::new(width);
    for row in pixels.chunks(width) {
        for (x, p) in row.iter().enumerate() {
            if p[3] == 0 {
                out.push(CLEAR);
                continue;
            }
            let wanted = diffusion.wanted(x, p);
            let index = quantiser.index_of(&[wanted[0], wanted[1], wanted[2], 255]);
            let got = colours.get(index * 3..index * 3 + 3).unwrap_or(&[0; 3]);
            diffusion.spread(x, wanted, got);
            out.push(index as u8);
        }
        diffusion.next_row();
    }
    if clear {
        colours.resize(256 * 3, 0);
    }
    (out, colours, clear.then_some(CLEAR))
}

/// Errors (in sixteenths) that wait for pixels of this row and the next, with a pixel of margin on each side.
struct Diffusion {
    here: Vec<[i32; 3]>,
    below: Vec<[i32; 3]>,
}

impl Diffusion {
    fn new(width: usize) -> Self {
        Self { here: vec![[0; 3]; width + 2], below: vec![[0; 3]; width + 2] }
    }

    /// The pixel with what was left over around it.
    fn wanted(&self, x: usize, p: &[u8; 4]) -> [u8; 3] {
        let waiting = self.here.get(x + 1).copied().unwrap_or_default();
        std::array::from_fn(|c| (i32::from(p[c]) + ((waiting[c] + 8) >> 4)).clamp(0, 255) as u8)
    }

    fn spread(&mut self, x: usize, wanted: [u8; 3], got: &[u8]) {
        let error: [i32; 3] = std::array::from_fn(|c| i32::from(wanted[c]) - got.get(c).map_or(0, |v| i32::from(*v)));
        let mut add = |row: usize, at: usize, share: i32| {
            let row = if row == 0 { &mut self.here } else { &mut self.below };
            if let Some(slot) = row.get_mut(at) {
                slot.iter_mut().zip(error).for_each(|(s, e)| *s += e * share);
            }
        };
        add(0, x + 2, 7);
        add(1, x, 3);
        add(1, x + 1, 5);
        add(1, x + 2, 1);
    }

    fn next_row(&mut self) {
        std::mem::swap(&mut self.here, &mut self.below);
        self.below.fill([0; 3]);
    }
}
