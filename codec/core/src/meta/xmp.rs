//! XMP packets (ISO 16684-1): read with bounds, filtered, written afresh.

use resvg::usvg::roxmltree::{Attribute, Document, Node, ParsingOptions};

use super::{Mode, iptc};

/// Longest packet that is read, in bytes.
const MAX_PACKET: usize = 1 << 20;
/// Longest packet that is written: an APP1 segment's payload, less its name.
const MAX_OUT: usize = 65_000;
/// Most XML nodes of a packet.
const MAX_NODES: u32 = 20_000;
/// Deepest nesting within a property.
const MAX_DEPTH: usize = 16;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const PLUS: &str = "http://ns.useplus.org/ldf/xmp/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const IPTC_EXT: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";

/// Usual prefixes; other namespaces get `ns1`, `ns2` …
const PREFIXES: [(&str, &str); 12] = [
    (RDF, "rdf"),
    (XML, "xml"),
    (DC, "dc"),
    (RIGHTS, "xmpRights"),
    (PLUS, "plus"),
    (PHOTOSHOP, "photoshop"),
    (IPTC_EXT, "Iptc4xmpExt"),
    (TIFF, "tiff"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "Iptc4xmpCore"),
    ("http://ns.adobe.com/xap/1.0/", "xmp"),
    ("http://ns.adobe.com/exif/1.0/", "exif"),
    ("http://ns.adobe.com/exif/1.0/aux/", "aux"),
];

/// Namespaces that mode `all` leaves behind: gain maps, depth and motion photos, thumbnails, document history, and
/// the pointer to extended packets.
const GONE: [&str; 7] = [
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.google.com/photos/1.0/",
    "http://ns.apple.com/",
    "http://ns.adobe.com/xmp/note/",
    "http://ns.adobe.com/xap/1.0/g/img/",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/xap/1.0/sType/",
];

/// Parts of names (in lower case) of what never leaves.
const SECRET: [&str; 8] =
    ["gps", "serial", "latitude", "longitude", "altitude", "thumbnail", "makernote", "geotag"];

/// A fresh packet, or None when nothing is left. `rights` keeps dc:rights, dc:creator, xmpRights:*, plus:*,
/// photoshop:Credit and the IPTC AI label (Iptc4xmpExt:DigitalSourceType, AISystemUsed, AISystemVersionUsed); `all`
/// everything but positions, serial numbers, thumbnails, maker notes, sizes, history and gain maps, falling back to
/// `rights` past 65,000 bytes. IPTC-IIM fields step in for dc:rights, dc:creator and photoshop:Credit.
/// A packet that is broken, has a DTD, or is longer than 1 MB counts as none. `orientation` keeps tiff:Orientation.
pub fn rebuild(xmp: Option<&[u8]>, iim: Option<&[u8]>, mode: Mode, orientation: bool) -> Option<Vec<u8>> {
    if mode == Mode::None {
        return None;
    }
    let mut w = Writer { orientation, ..Writer::default() };
    if let Some(text) = xmp.and_then(packet) {
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        if let Ok(doc) = Document::parse_with_options(text, options) {
            doc.descendants().filter(|n| is_description(n)).for_each(|n| w.description(n, mode));
        }
    }
    if let Some(iim) = iim {
        w.iim(&iptc::rights(iim));
    }
    let out = w.finish()?;
    if out.len() <= MAX_OUT {
        Some(out)
    } else if mode == Mode::All {
        rebuild(xmp, iim, Mode::Rights, orientation)
    } else {
        None
    }
}

/// The packet's text.
fn packet(b: &[u8]) -> Option<&str> {
    let s = std::str::from_utf8(b.get(..b.len().min(MAX_PACKET + 1))?).ok()?;
    let s = s.trim_matches(['\0', '\u{feff}', ' ', '\n', '\r', '\t']);
    (s.len() <= MAX_PACKET).then_some(s)
}

/// A top-level rdf:Description.
fn is_description(n: &Node) -> bool {
    n.has_tag_name((RDF, "Description")) && n.parent_element().is_some_and(|p| p.has_tag_name((RDF, "RDF")))
}

fn is_rights(uri: &str, name: &str) -> bool {
    match uri {
        RIGHTS | PLUS => true,
        DC => matches!(name, "rights" | "creator"),
        PHOTOSHOP => name == "Credit",
        IPTC_EXT => matches!(name, "DigitalSourceType" | "AISystemUsed" | "AISystemVersionUsed"),
        _ => false,
    }
}

fn is_secret(uri: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|s| name.contains(s)) || GONE.iter().any(|g| uri.starts_with(g))
}

/// Facts about the stored file that a derivative doesn't share.
fn is_stale(uri: &str, name: &str) -> bool {
    match uri {
        TIFF => matches!(name, "ImageWidth" | "ImageLength" | "Compression" | "BitsPerSample"),
        DC => name == "format",
        _ => matches!(name, "PixelXDimension" | "PixelYDimension" | "HasExtendedXMP"),
    }
}

#[derive(Default)]
struct Writer {
    body: String,
    /// Namespaces in use, with their prefixes.
    spaces: Vec<(String, String)>,
    /// Names of the properties so far, for the first to win.
    names: Vec<(String, String)>,
    orientation: bool,
}

impl Writer {
    fn description(&mut self, n: Node, mode: Mode) {
        for a in n.attributes() {
            if self.takes(a.namespace(), a.name(), mode) {
                let tag = self.name(a.namespace(), a.name());
                self.body.push_str(&format!("<{tag}>{}</{tag}>", escape(a.value())));
            }
        }
        for c in n.children().filter(Node::is_element) {
            if self.takes(c.tag_name().namespace(), c.tag_name().name(), mode) {
                self.element(c, 0);
            }
        }
    }

    /// Whether a property goes out; notes its name.
    fn takes(&mut self, uri: Option<&str>, name: &str, mode: Mode) -> bool {
        let Some(uri) = uri.filter(|u| *u != RDF && *u != XML) else { return false };
        let turned = uri == TIFF && name == "Orientation" && !self.orientation;
        let wanted = mode == Mode::All || is_rights(uri, name);
        if !wanted || turned || is_secret(uri, name) || (is_stale(uri, name) && !self.orientation) || self.has(uri, name) {
            return false;
        }
        self.names.push((uri.to_owned(), name.to_owned()));
        true
    }

    fn has(&self, uri: &str, name: &str) -> bool {
        self.names.iter().any(|(u, n)| u == uri && n == name)
    }

    fn element(&mut self, n: Node, depth: usize) {
        let tag = self.name(n.tag_name().namespace(), n.tag_name().name());
        self.body.push_str(&format!("<{tag}"));
        for a in n.attributes() {
            self.attribute(&a);
        }
        self.body.push('>');
        for c in n.children().filter(|_| depth < MAX_DEPTH) {
            let t = c.tag_name();
            if c.is_element() && !is_secret(t.namespace().unwrap_or_default(), t.name()) {
                self.element(c, depth + 1);
            } else if c.is_text() {
                self.body.push_str(&escape(c.text().unwrap_or_default().trim()));
            }
        }
        self.body.push_str(&format!("</{tag}>"));
    }

    fn attribute(&mut self, a: &Attribute) {
        if a.namespace().is_some_and(|u| !is_secret(u, a.name())) {
            let name = self.name(a.namespace(), a.name());
            self.body.push_str(&format!(" {name}=\"{}\"", escape(a.value())));
        }
    }

    /// The prefixed name; declares the namespace.
    fn name(&mut self, uri: Option<&str>, name: &str) -> String {
        let uri = uri.unwrap_or("urn:none");
        if let Some((_, p)) = self.spaces.iter().find(|(u, _)| u == uri) {
            return format!("{p}:{name}");
        }
        let known = PREFIXES.iter().find(|(u, _)| *u == uri).map(|(_, p)| (*p).to_owned());
        let prefix = known.unwrap_or_else(|| format!("ns{}", self.spaces.len() + 1));
        self.spaces.push((uri.to_owned(), prefix.clone()));
        format!("{prefix}:{name}")
    }

    fn iim(&mut self, r: &iptc::Rights) {
        let item = |s: &String| format!("<rdf:li>{}</rdf:li>", escape(s));
        if let (false, Some(c)) = (self.has(DC, "rights"), &r.copyright) {
            let tag = self.name(Some(DC), "rights");
            let text = escape(c);
            self.body.push_str(&format!(
                "<{tag}><rdf:Alt><rdf:li xml:lang=\"x-default\">{text}</rdf:li></rdf:Alt></{tag}>"
            ));
        }
        if !self.has(DC, "creator") && !r.creators.is_empty() {
            let tag = self.name(Some(DC), "creator");
            let items: String = r.creators.iter().map(item).collect();
            self.body.push_str(&format!("<{tag}><rdf:Seq>{items}</rdf:Seq></{tag}>"));
        }
        if let (false, Some(c)) = (self.has(PHOTOSHOP, "Credit"), &r.credit) {
            let tag = self.name(Some(PHOTOSHOP), "Credit");
            self.body.push_str(&format!("<{tag}>{}</{tag}>", escape(c)));
        }
    }

    fn finish(self) -> Option<Vec<u8>> {
        if self.body.is_empty() {
            return None;
        }
        let declared = self.spaces.iter().filter(|(u, _)| u != RDF && u != XML);
        let declared: String = declared.map(|(u, p)| format!(" xmlns:{p}=\"{}\"", escape(u))).collect();
        let body = self.body;
        Some(
            format!(
                "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
                 <rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description rdf:about=\"\"{declared}>{body}</rdf:Description>\
                 </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
            )
            .into_bytes(),
        )
    }
}

fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ph="http://ns.adobe.com/photoshop/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:q="urn:q"
 xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:r="http://ns.adobe.com/xap/1.0/rights/"
 ph:Credit="A &amp; B" exif:GPSLatitude="1,2N" aux:SerialNumber="12345" r:Marked="True" q:Other="kept in all">
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) Ann &lt;x&gt;</rdf:li></rdf:Alt></dc:rights>
<ext:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</ext:DigitalSourceType>
<ext:LocationCreated rdf:parseType="Resource"><exif:GPSLongitude>9,9E</exif:GPSLongitude><ext:City>X</ext:City></ext:LocationCreated>
<dc:format>image/jpeg</dc:format></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#;

    fn run(mode: Mode) -> String {
        String::from_utf8(rebuild(Some(SAMPLE.as_bytes()), None, mode, false).expect("some")).expect("UTF-8")
    }

    #[test]
    fn rights_keeps_rights_and_the_ai_label() {
        let out = run(Mode::Rights);
        for s in ["trainedAlgorithmicMedia", "(c) Ann &lt;x&gt;", "A &amp; B", "<xmpRights:Marked>True<", "x-default"] {
            assert!(out.contains(s), "{s}: {out}");
        }
        for s in ["GPS", "12345", "Other", "City", "image/jpeg"] {
            assert!(!out.contains(s), "{s}: {out}");
        }
        let again = rebuild(Some(out.as_bytes()), None, Mode::Rights, false).expect("some");
        assert_eq!(String::from_utf8(again).expect("UTF-8"), out);
    }

    #[test]
    fn all_keeps_the_rest_but_no_secrets() {
        let out = run(Mode::All);
        assert!(out.contains("kept in all") && out.contains("<Iptc4xmpExt:City>X<"));
        for s in ["GPS", "9,9E", "12345", "image/jpeg"] {
            assert!(!out.contains(s), "{s}: {out}");
        }
    }

    #[test]
    fn iim_steps_in() {
        let iim = b"\x1c\x02\x50\x00\x03Ann\x1c\x02\x74\x00\x05(c) A";
        let out = String::from_utf8(rebuild(None, Some(iim), Mode::Rights, false).expect("some")).expect("UTF-8");
        assert!(out.contains("<dc:creator><rdf:Seq><rdf:li>Ann<") && out.contains("(c) A"));
        assert!(Document::parse(&out).is_ok());
        assert!(!String::from_utf8(rebuild(Some(SAMPLE.as_bytes()), Some(iim), Mode::Rights, false).expect("some"))
            .expect("UTF-8")
            .contains("(c) A<"));
    }

    #[test]
    fn hostile_packets_are_none() {
        let dtd = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{SAMPLE}");
        let deep = "<a>".repeat(300_000);
        for bad in [dtd.as_str(), &deep, "<x", "", "\u{feff}"] {
            assert_eq!(rebuild(Some(bad.as_bytes()), None, Mode::All, false), None);
        }
        assert_eq!(rebuild(Some(&vec![b' '; MAX_PACKET + 2]), None, Mode::All, false), None);
        assert_eq!(rebuild(Some(b"\xff\xfe<\0x\0"), None, Mode::All, false), None);
    }
}
