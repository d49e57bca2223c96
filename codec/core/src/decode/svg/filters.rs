//! Steps that a filter primitive takes for each pixel, roughly.

use resvg::usvg::roxmltree::Node;

/// Largest count that an attribute may claim before it is taken as this.
const MOST: f64 = 1e6;

/// 0 for what is no filter primitive.
pub fn steps(node: &Node<'_, '_>) -> u64 {
    let numbers = |name: &str| -> Vec<f64> {
        let text = node.attribute(name).unwrap_or_default();
        text.split([' ', ',']).filter_map(|n| n.parse::<f64>().ok()).map(|n| n.abs().min(MOST)).collect()
    };
    let product = |name: &str, default: f64| match numbers(name)[..] {
        [a, b, ..] => a * b,
        [a] => a * a,
        [] => default,
    };
    let steps = match node.tag_name().name() {
        "feTurbulence" => 60.0 * numbers("numOctaves").first().copied().unwrap_or(1.0).max(1.0),
        "feMorphology" => 4.0 * product("radius", 0.0).max(1.0),
        "feConvolveMatrix" => 4.0 * product("order", 9.0).max(1.0),
        "feGaussianBlur" | "feDropShadow" => 40.0,
        "feDiffuseLighting" | "feSpecularLighting" => 60.0,
        name if name.starts_with("fe") => 8.0,
        _ => 0.0,
    };
    steps as u64
}
