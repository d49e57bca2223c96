//! What a document will cost, estimated on the XML before anything is expanded or drawn.
//!
//! usvg copies what `use` and markers name, recurses into masks, clips, patterns and filters, and gives every
//! group with opacity, mask, clip or filter a layer of its own: each of these is a bomb in the wrong hands.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId};

use crate::error::{Error, Result};

use super::filters;

/// Elements after `use` and markers are expanded.
const MAX_ELEMENTS: u64 = 200_000;
/// Elements inside each other; the renderer recurses.
const MAX_DEPTH: u32 = 128;
/// References behind each other (a mask on a mask's content on …).
const MAX_CHAIN: u32 = 24;
/// Bytes of path data in all, 300,000 segments or so.
const MAX_PATH_BYTES: u64 = 2 << 20;
/// Dashes of one stroke.
const MAX_DASHES: f64 = 20_000.0;
/// Letters in all.
const MAX_LETTERS: u64 = 100_000;
/// Pixel steps of all filters: some 100 million a second natively.
const MAX_FILTER_STEPS: u64 = 800_000_000;
/// A canvas is not shrunk below this for its filters' sake.
const LEAST_PIXELS: u64 = 250_000;
/// Bytes of all layers that may stand at once.
const LAYER_BYTES: u64 = 240 << 20;

/// What one element brings with everything inside and behind it.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    elements: u64,
    filter_steps: u64,
    layers: u32,
    chain: u32,
}

impl Weight {
    fn add(&mut self, other: Weight, times: u64) {
        self.elements = self.elements.saturating_add(other.elements.saturating_mul(times));
        self.filter_steps = self.filter_steps.saturating_add(other.filter_steps.saturating_mul(times));
        self.layers = self.layers.max(other.layers);
        self.chain = self.chain.max(other.chain);
    }
}

/// The whole document's cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    layers: u32,
    filter_steps: u64,
}

impl Cost {
    /// Errors: `Limit` when a count passes its bound.
    pub fn of(document: &Document<'_>) -> Result<Self> {
        let mut walk = Walk::new(document)?;
        let total = walk.weigh(document.root_element(), 0)?;
        within(total.elements, MAX_ELEMENTS, "elements")?;
        within(total.chain.into(), MAX_CHAIN.into(), "references behind each other")?;
        Ok(Self { layers: total.layers, filter_steps: total.filter_steps })
    }

    /// Pixels the canvas may have so that all layers fit and filters end in time.
    pub fn canvas_pixels(&self) -> u64 {
        let by_filters = MAX_FILTER_STEPS / self.filter_steps.max(1);
        (LAYER_BYTES / 4 / (u64::from(self.layers) + 2)).min(by_filters.max(LEAST_PIXELS))
    }

    /// Errors: `Limit` when the filters would take too many steps on this canvas.
    pub fn check(&self, width: u32, height: u32) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height);
        within(self.filter_steps.saturating_mul(pixels), MAX_FILTER_STEPS, "filter steps")
    }
}

fn within(count: u64, most: u64, what: &str) -> Result<()> {
    if count > most { Err(Error::limit(format!("svg: more than {most} {what}"))) } else { Ok(()) }
}

struct Walk<'a, 'input> {
    ids: HashMap<&'a str, Node<'a, 'input>>,
    /// None while an element is being weighed: a reference back to it is a loop, which usvg drops.
    done: HashMap<NodeId, Option<Weight>>,
}

impl<'a, 'input> Walk<'a, 'input> {
    /// Indexes ids and checks the counts that need no expansion.
    fn new(document: &'a Document<'input>) -> Result<Self> {
        let mut ids = HashMap::new();
        let (mut path_bytes, mut letters) = (0u64, 0u64);
        for node in document.descendants() {
            if let Some(id) = node.attribute("id") {
                ids.entry(id).or_insert(node);
            }
            let data = ["d", "points"].into_iter().filter_map(|name| node.attribute(name));
            path_bytes += data.map(|d| d.len() as u64).sum::<u64>();
            if node.is_text() && !node.parent().is_some_and(|p| p.has_tag_name("style")) {
                letters += node.text().map_or(0, str::len) as u64;
            }
            dashes(&node)?;
        }
        within(path_bytes, MAX_PATH_BYTES, "bytes of path data")?;
        within(letters, MAX_LETTERS, "letters")?;
        Ok(Self { ids, done: HashMap::new() })
    }

    fn weigh(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<Weight> {
        if let Some(known) = self.done.get(&node.id()) {
            return Ok(known.unwrap_or_default());
        }
        within(depth.into(), MAX_DEPTH.into(), "elements inside each other")?;
        self.done.insert(node.id(), None);
        let mut weight = Weight { elements: 1, filter_steps: filters::steps(&node), ..Weight::default() };
        for child in node.children().filter(Node::is_element) {
            let child = self.weigh(child, depth + 1)?;
            weight.add(child, 1);
        }
        let vertices = vertices(&node);
        for (id, kind) in references(&node) {
            let Some(&target) = self.ids.get(id) else { continue };
            let mut behind = self.weigh(target, depth + 1)?;
            behind.chain += 1;
            weight.add(behind, if kind == Kind::Marker { vertices } else { 1 });
        }
        weight.layers += u32::from(needs_layer(&node));
        within(weight.elements, MAX_ELEMENTS, "elements")?;
        within(weight.chain.into(), MAX_CHAIN.into(), "references behind each other")?;
        self.done.insert(node.id(), Some(weight));
        Ok(weight)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Marker,
    Other,
}

/// Ids that the element's attributes name, as `#id` in href or `url(#id)` anywhere.
fn references<'a>(node: &Node<'a, '_>) -> Vec<(&'a str, Kind)> {
    let mut found = Vec::new();
    for attribute in node.attributes() {
        let (name, value) = (attribute.name(), attribute.value());
        if name == "href" {
            found.extend(value.trim().strip_prefix('#').map(|id| (id, Kind::Other)));
            continue;
        }
        let kind = if name.starts_with("marker") || value.contains("marker") { Kind::Marker } else { Kind::Other };
        for part in value.split("url(").skip(1) {
            let id = part.split(')').next().unwrap_or_default().trim_matches([' ', '"', '\'']);
            found.extend(id.strip_prefix('#').map(|id| (id, kind)));
        }
    }
    found
}

/// Upper bound of the vertices a marker may stand on.
fn vertices(node: &Node<'_, '_>) -> u64 {
    let of = |name| node.attribute(name).map_or(0, |d: &str| d.split([' ', ',', '-', '\n']).count() as u64);
    (of("d") + of("points")).max(2)
}

fn needs_layer(node: &Node<'_, '_>) -> bool {
    const NAMES: [&str; 6] = ["opacity", "mask", "clip-path", "filter", "mix-blend-mode", "isolation"];
    let style = node.attribute("style").unwrap_or_default();
    NAMES.iter().any(|name| node.has_attribute(*name) || style.contains(name)) || node.has_attribute("class")
}

/// Refuses strokes whose dashes are so short that the longest line could have millions.
fn dashes(node: &Node<'_, '_>) -> Result<()> {
    let of_style = node.attribute("style").and_then(|s| s.split("stroke-dasharray:").nth(1)?.split(';').next());
    for list in [node.attribute("stroke-dasharray"), of_style].into_iter().flatten() {
        let numbers = list.split([' ', ',']).map(|n| n.trim().trim_end_matches(|c: char| !c.is_ascii_digit()));
        let sum: f64 = numbers.filter_map(|n| n.parse::<f64>().ok()).map(f64::abs).sum();
        // A dash of 0 in all means a solid line.
        if sum > 0.0 && longest(node) / sum > MAX_DASHES {
            return Err(Error::limit("svg: too many dashes"));
        }
    }
    Ok(())
}

/// A rough length of the element's outline: its largest number times its vertices.
fn longest(node: &Node<'_, '_>) -> f64 {
    let sides = ["d", "points", "x1", "x2", "y1", "y2", "width", "height", "r", "rx", "ry"];
    let values = sides.iter().filter_map(|name| node.attribute(*name));
    let numbers = values.flat_map(|v| v.split(|c: char| !matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+')));
    let largest = numbers.filter_map(|n| n.parse::<f64>().ok()).fold(100.0, f64::max);
    largest * vertices(node) as f64
}
