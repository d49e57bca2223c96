//! What a frame must draw, given what stands on the screen before it and what must be clear after it.

/// A part of the screen, in pixels; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// How one frame is written.
pub struct Step {
    pub rect: Rect,
    /// Whether `rect` is cleared once the frame has stood: nothing else can make pixels transparent again.
    pub clears: bool,
}

/// What a viewer shows, as the frames say it (not as their palettes come near it): RGBA with alpha 0 or 255.
pub struct Screen {
    width: usize,
    shown: Vec<u8>,
}

impl Screen {
    /// All clear.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, shown: vec![0; width * height * 4] }
    }

    /// The smallest part that turns the screen into `now`; with it what `next` has clear and `now` has not.
    pub fn step(&self, now: &[u8], next: Option<&[u8]>) -> Step {
        let changed = bounds(self.width, &self.shown, now, |a, b| a != b);
        let gone = next.and_then(|next| bounds(self.width, now, next, |a, b| a[3] > 0 && b[3] == 0));
        let rect = match (changed, gone) {
            (Some(a), Some(b)) => a.with(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => Rect { left: 0, top: 0, width: 1, height: 1 },
        };
        Step { rect, clears: gone.is_some() }
    }

    /// The pixels of a part of `now`; with `holes` those that the screen shows already are clear.
    pub fn cut(&self, now: &[u8], rect: Rect, holes: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(rect.width * rect.height * 4);
        for y in rect.top..rect.top + rect.height {
            let (was, is) = (self.row(&self.shown, rect, y), self.row(now, rect, y));
            for (a, b) in was.as_chunks::<4>().0.iter().zip(is.as_chunks::<4>().0) {
                out.extend_from_slice(if holes && a == b { &[0; 4] } else { b });
            }
        }
        out
    }

    fn row<'a>(&self, px: &'a [u8], rect: Rect, y: usize) -> &'a [u8] {
        let from = (y * self.width + rect.left) * 4;
        px.get(from..from + rect.width * 4).unwrap_or_default()
    }

    /// Takes the frame over, and clears its part where the step says so.
    pub fn show(&mut self, now: &[u8], step: &Step) {
        self.shown.copy_from_slice(now);
        if !step.clears {
            return;
        }
        let Rect { left, top, width, height } = step.rect;
        for y in top..top + height {
            let from = (y * self.width + left) * 4;
            self.shown.get_mut(from..from + width * 4).unwrap_or_default().fill(0);
        }
    }
}

impl Rect {
    fn with(self, other: Rect) -> Rect {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Rect { left, top, width: right - left, height: bottom - top }
    }
}

/// The smallest rectangle around the pixels for which `differ` holds; None where it never does.
fn bounds(width: usize, a: &[u8], b: &[u8], differ: impl Fn(&[u8; 4], &[u8; 4]) -> bool) -> Option<Rect> {
    let stride = width * 4;
    let mut found: Option<Rect> = None;
    for (y, (a, b)) in a.chunks_exact(stride).zip(b.chunks_exact(stride)).enumerate() {
        if a == b {
            continue;
        }
        let differs = |(a, b): (&[u8; 4], &[u8; 4])| differ(a, b);
        let mut pairs = a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0);
        let Some(left) = pairs.clone().position(differs) else { continue };
        let right = pairs.rposition(differs).unwrap_or(left);
        let row = Rect { left, top: y, width: right + 1 - left, height: 1 };
        found = Some(found.map_or(row, |f| f.with(row)));
    }
    found
}
