//! One session: a current image, what the last call answered, and the dispatch of requests.

use crate::analyse;
use crate::answers::{base64, described, format_name, has_alpha};
use crate::colour;
use crate::decode;
use crate::encode;
use crate::error::{Code, Error, Result};
use crate::geometry::Geometry;
use crate::image::{Decoded, Format, Frame, Pixels};
use crate::meta;
use crate::ops;
use crate::planar::{self, Wanted};
use crate::request::{
    BlockLengths, DecodeRequest, EncodeRequest, FocusKind, IccMode, ImportRequest, Layout, MetaMode, OutputFormat, Request,
    TransformRequest, parse,
};
use crate::transform;
use serde_json::{Value, json};

/// Everything that outlives a call; `reset` empties it.
#[derive(Default)]
pub struct Session {
    image: Option<Decoded>,
    /// Planes whose transform waits for the encoder, which knows the sampling and range it wants.
    pending: Option<(Geometry, IccMode)>,
    /// Layout and metadata of an AVIF whose parts are being decoded outside.
    avif: Option<decode::avif::AvifParts>,
    response: Vec<u8>,
    bytes: Vec<u8>,
}

impl Session {
    /// Runs a request; 0 = ok, 1 = error.
    pub fn call(&mut self, request: &[u8], input: &[u8]) -> u32 {
        self.bytes = Vec::new();
        let result = parse(request).and_then(|r| self.run(r, input));
        let (status, answer) = match result {
            Ok(answer) => (0, answer),
            Err(e) => (1, json!({ "code": e.code.name(), "message": e.message })),
        };
        self.response = answer.to_string().into_bytes();
        status
    }

    /// Leaves a text as the response.
    #[cfg(all(target_arch = "wasm32", feature = "selftest"))]
    pub fn answer(&mut self, text: &str) {
        self.response = text.as_bytes().to_vec();
    }

    /// JSON of the last call.
    pub fn response(&self) -> &[u8] {
        &self.response
    }

    /// Binary output of the last call.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn run(&mut self, request: Request, input: &[u8]) -> Result<Value> {
        match request {
            Request::Probe { max_pixels } => probe(input, max_pixels),
            Request::Decode(r) => self.decode(&r, input),
            Request::Import(r) => self.import(&r, input),
            Request::TrimBox { threshold } => {
                let area = ops::trim_box(self.narrow()?, threshold)?;
                Ok(json!({ "left": area.left, "top": area.top, "width": area.width, "height": area.height }))
            }
            Request::Focus { kind, width, height } => {
                let kind = match kind {
                    FocusKind::Attention => ops::Focus::Attention,
                    FocusKind::Entropy => ops::Focus::Entropy,
                };
                let (left, top) = ops::focus(self.narrow()?, kind, width, height)?;
                Ok(json!({ "left": left, "top": top }))
            }
            Request::Transform(r) => self.transform(&r),
            Request::Encode(r) => self.encode(&r),
            Request::Export { frame } => self.export(frame),
            Request::Analyse => self.analyse(),
            Request::Metadata { mode } => self.metadata(mode),
            Request::Strip { format } => {
                self.bytes = meta::strip_original(strippable(&format)?, input)?;
                Ok(json!({}))
            }
            Request::AvifParts { max_pixels } => self.avif_parts(input, max_pixels),
            Request::AvifAssemble { sizes } => self.avif_assemble(&sizes, input),
            Request::Embed { format, meta, blocks } => self.embed(&format, meta, blocks, input),
            Request::Reset => {
                *self = Self::default();
                Ok(json!({}))
            }
        }
    }

    fn decode(&mut self, r: &DecodeRequest, input: &[u8]) -> Result<Value> {
        (self.image, self.pending) = (None, None);
        let probe = decode::probe(input, r.max_pixels)?;
        let decoded = decode::decode(input, &r.options())?;
        let answer = described(&decoded, format_name(probe.format), (probe.width, probe.height));
        self.image = Some(decoded);
        Ok(answer)
    }

    fn import(&mut self, r: &ImportRequest, input: &[u8]) -> Result<Value> {
        (self.image, self.pending) = (None, None);
        let samples = u64::from(r.width) * u64::from(r.height) * 4;
        let bytes = if r.layout == Layout::Rgba8 { samples } else { samples * 2 };
        if samples == 0 || bytes != input.len() as u64 {
            return Err(Error::new(Code::BadRequest, "pixels and size disagree"));
        }
        let pixels = match r.layout {
            Layout::Rgba8 => Pixels::Rgba8(input.to_vec()),
            Layout::Rgba16 => Pixels::Rgba16(input.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect()),
        };
        let decoded = Decoded {
            width: r.width, height: r.height, frames: vec![Frame { pixels, delay_ms: 0 }], loops: None,
            orientation: r.orientation.unwrap_or(1), rows_decoded: r.rows_decoded.unwrap_or(r.height).min(r.height),
            icc: None, exif: None, xmp: None, iptc: None,
        };
        let answer = described(&decoded, r.format.as_deref().unwrap_or("raw"), (r.width, r.height));
        self.image = Some(decoded);
        Ok(answer)
    }

    fn avif_parts(&mut self, input: &[u8], max_pixels: u64) -> Result<Value> {
        (self.image, self.pending) = (None, None);
        let mut parts = decode::avif::rewrap(input, max_pixels)?;
        self.bytes = std::mem::take(&mut parts.files);
        let list: Vec<Value> = parts.parts.iter().map(|p| json!({ "offset": p.offset, "len": p.len })).collect();
        self.avif = Some(parts);
        Ok(json!({ "parts": list }))
    }

    fn avif_assemble(&mut self, sizes: &[(u32, u32)], input: &[u8]) -> Result<Value> {
        let parts = self.avif.take().ok_or_else(no_image)?;
        let decoded = decode::avif::assemble(&parts, sizes, input)?;
        let answer = described(&decoded, "avif", (decoded.width, decoded.height));
        self.image = Some(decoded);
        Ok(answer)
    }

    fn embed(&mut self, format: &str, mode: MetaMode, lengths: Option<BlockLengths>, input: &[u8]) -> Result<Value> {
        let format = match format {
            "avif" => Format::Avif,
            "jxl" => Format::Jxl,
            other => return Err(Error::unsupported(format!("no metadata is put into {other}"))),
        };
        let (blocks, file) = match lengths {
            Some(lengths) => split_blocks(input, lengths)?,
            None => (meta::rebuild(self.current()?, meta_mode(mode)), input),
        };
        self.bytes = if blocks.is_empty() { file.to_vec() } else { meta::embed(format, file, &blocks)? };
        Ok(json!({}))
    }

    fn transform(&mut self, r: &TransformRequest) -> Result<Value> {
        self.settle()?;
        let image = self.take()?;
        if transform::stays_planar(&image, r) {
            let geometry = Geometry::new(image.width, image.height, r.orientation, r.crop, r.resize)?;
            let (width, height) = geometry.size;
            self.image = Some(image);
            self.pending = Some((geometry, r.icc));
            return Ok(json!({ "width": width, "height": height, "frames": 1, "has_alpha": false, "layout": "ycc420" }));
        }
        let done = transform::transform(image, r)?;
        let answer = json!({
            "width": done.width, "height": done.height, "frames": done.frames.len(),
            "has_alpha": has_alpha(&done), "layout": "rgba",
        });
        self.image = Some(done);
        Ok(answer)
    }

    fn encode(&mut self, r: &EncodeRequest) -> Result<Value> {
        let wanted = match r.format {
            OutputFormat::Jpeg => Some(Wanted::full_range(encode::halves_chroma(r))),
            OutputFormat::Webp if encode::takes_planes(r) => Some(Wanted::WEBP),
            _ => None,
        };
        self.bytes = match (self.pending, wanted, &self.image) {
            (Some((geometry, icc)), Some(wanted), Some(image)) => {
                let mut ready = planar::upright(image, &geometry, &wanted)?;
                ready.icc = kept_profile(ready.icc.take(), icc);
                finished(&ready, r)?
            }
            _ => {
                self.settle()?;
                finished(self.narrow()?, r)?
            }
        };
        Ok(json!({ "mime": r.format.mime() }))
    }

    fn export(&mut self, frame: u32) -> Result<Value> {
        self.settle()?;
        let image = self.narrow()?;
        let (width, height) = (image.width, image.height);
        let still = image.frames.get(frame as usize).ok_or_else(|| Error::new(Code::BadRequest, "no such frame"))?;
        let delay = still.delay_ms;
        let rgba = encode::rgba8(&still.pixels, width, height)?;
        self.bytes = rgba;
        Ok(json!({ "width": width, "height": height, "layout": "rgba8", "delay_ms": delay }))
    }

    fn analyse(&mut self) -> Result<Value> {
        self.settle()?;
        let image = self.take()?;
        let image = colour::to_srgb8(image, false)?;
        let found = analyse::analyse(&image)?;
        self.image = Some(image);
        Ok(json!({
            "dominant": found.dominant, "thumbhash": base64(&found.thumbhash), "blurhash": found.blurhash,
            "has_alpha": found.has_alpha,
        }))
    }

    fn metadata(&mut self, mode: MetaMode) -> Result<Value> {
        self.settle()?;
        let image = self.current()?;
        let blocks = meta::rebuild(image, meta_mode(mode));
        let date = image.exif.as_deref().and_then(meta::date);
        let parts = [&blocks.exif, &blocks.xmp, &blocks.icc].map(|b| b.as_deref().unwrap_or_default());
        let [exif_len, xmp_len, icc_len] = parts.map(<[u8]>::len);
        self.bytes = parts.concat();
        Ok(json!({ "exif_len": exif_len, "xmp_len": xmp_len, "icc_len": icc_len, "date": date }))
    }

    /// Carries out a transform that waits for its encoder, as full-size planes.
    fn settle(&mut self) -> Result<()> {
        if let Some((geometry, icc)) = self.pending.take() {
            let mut done = planar::upright(&self.take()?, &geometry, &Wanted::full_range(false))?;
            done.icc = kept_profile(done.icc.take(), icc);
            self.image = Some(done);
        }
        Ok(())
    }

    fn take(&mut self) -> Result<Decoded> {
        self.image.take().ok_or_else(no_image)
    }

    fn current(&self) -> Result<&Decoded> {
        self.image.as_ref().ok_or_else(no_image)
    }

    /// The current image with 8 bits a sample: deeper ones are converted for good, a matrix profile kept.
    fn narrow(&mut self) -> Result<&Decoded> {
        self.settle()?;
        let deep = |p: &Pixels| {
            !matches!(p, Pixels::L8(_) | Pixels::La8(_) | Pixels::Rgb8(_) | Pixels::Rgba8(_) | Pixels::Ycc(_))
        };
        if self.current()?.frames.iter().any(|f| deep(&f.pixels)) {
            let image = self.take()?;
            self.image = Some(colour::to_srgb8(image, true)?);
        }
        self.current()
    }
}

/// Metadata blocks and the file behind them.
fn split_blocks(input: &[u8], lengths: BlockLengths) -> Result<(meta::MetaBlocks, &[u8])> {
    let short = || Error::new(Code::BadRequest, "blocks and their lengths disagree");
    let mut rest = input;
    let mut next = |len: usize| {
        let (block, after) = rest.split_at_checked(len).ok_or_else(short)?;
        rest = after;
        Ok::<_, Error>((len > 0).then(|| block.to_vec()))
    };
    let [exif, xmp, icc] = [next(lengths.exif_len)?, next(lengths.xmp_len)?, next(lengths.icc_len)?];
    Ok((meta::MetaBlocks { exif, xmp, icc }, rest))
}

/// The encoded file with the metadata that may leave.
fn finished(d: &Decoded, r: &EncodeRequest) -> Result<Vec<u8>> {
    let file = encode::encode(d, r)?;
    let format = match r.format {
        OutputFormat::Jpeg => Format::Jpeg,
        OutputFormat::Png => Format::Png,
        OutputFormat::Webp => Format::Webp,
        OutputFormat::Gif => Format::Gif,
    };
    let blocks = match format {
        Format::Gif => meta::rebuild_as_xmp(d, meta_mode(r.meta)),
        _ => meta::rebuild(d, meta_mode(r.meta)),
    };
    if blocks.is_empty() { Ok(file) } else { meta::embed(format, &file, &blocks) }
}

fn meta_mode(m: MetaMode) -> meta::Mode {
    match m {
        MetaMode::None => meta::Mode::None,
        MetaMode::Rights => meta::Mode::Rights,
        MetaMode::All => meta::Mode::All,
    }
}

fn strippable(name: &str) -> Result<Format> {
    match name {
        "jpeg" => Ok(Format::Jpeg),
        "png" => Ok(Format::Png),
        "webp" => Ok(Format::Webp),
        "gif" => Ok(Format::Gif),
        "tiff" => Ok(Format::Tiff),
        "heic" => Ok(Format::Heic),
        "avif" => Ok(Format::Avif),
        other => Err(Error::unsupported(format!("no metadata is stripped from {other}"))),
    }
}

fn no_image() -> Error {
    Error::new(Code::BadRequest, "no current image")
}

/// The profile that goes out with planes: a small one of the same colours when it is to be kept.
fn kept_profile(icc: Option<Vec<u8>>, mode: IccMode) -> Option<Vec<u8>> {
    let icc = icc.filter(|icc| mode == IccMode::Keep && !colour::is_srgb(icc))?;
    colour::small_profile(&icc)
}

fn probe(input: &[u8], max_pixels: u64) -> Result<Value> {
    let p = decode::probe(input, max_pixels)?;
    Ok(json!({
        "format": format_name(p.format), "width": p.width, "height": p.height, "frames": p.frames,
        "orientation": p.orientation, "has_alpha": p.has_alpha, "bits_per_sample": p.bits_per_sample,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(s: &mut Session, request: Value, input: &[u8]) -> Value {
        let status = s.call(request.to_string().as_bytes(), input);
        let answer: Value = serde_json::from_slice(s.response()).unwrap();
        assert_eq!(status, 0, "{answer}");
        answer
    }

    #[test]
    fn an_imported_picture_goes_out_and_comes_back() {
        let mut s = Session::default();
        let pixels: Vec<u8> = (0..40 * 30 * 4).map(|i| if i % 4 == 3 { 255 } else { (i / 40 % 256) as u8 }).collect();
        call(&mut s, json!({"op":"import","width":40,"height":30,"layout":"rgba8"}), &pixels);
        let t = call(&mut s, json!({"op":"transform","orientation":6,"resize":{"width":15,"height":20}}), &[]);
        assert_eq!((t["width"].as_u64(), t["height"].as_u64(), t["has_alpha"].as_bool()), (Some(15), Some(20), Some(false)));
        for format in ["png", "jpeg"] {
            call(&mut s, json!({"op":"encode","format":format,"quality":90}), &[]);
            let file = s.bytes().to_vec();
            let p = call(&mut Session::default(), json!({"op":"probe","max_pixels":1000}), &file);
            assert_eq!((p["format"].as_str(), p["width"].as_u64()), (Some(format), Some(15)));
        }
        call(&mut s, json!({"op":"export"}), &[]);
        assert_eq!(s.bytes().len(), 15 * 20 * 4);
    }

    #[test]
    fn the_planar_path_gives_what_its_hint_says() {
        let mut s = Session::default();
        let pixels = vec![120u8; 64 * 64 * 4];
        call(&mut s, json!({"op":"import","width":64,"height":64,"layout":"rgba8"}), &pixels);
        call(&mut s, json!({"op":"transform","flatten":true}), &[]);
        call(&mut s, json!({"op":"encode","format":"jpeg","quality":95}), &[]);
        let jpeg = s.bytes().to_vec();
        call(&mut s, json!({"op":"decode","max_pixels":10000,"target":[20,20],"allow_ycc":true}), &jpeg);
        let t = call(&mut s, json!({"op":"transform","output":"ycc420","resize":{"width":20,"height":20}}), &[]);
        assert_eq!(t["layout"], "ycc420");
        call(&mut s, json!({"op":"encode","format":"jpeg","quality":80}), &[]);
        assert!(s.bytes().starts_with(&[0xff, 0xd8]));
        call(&mut s, json!({"op":"export"}), &[]);
        assert_eq!(s.bytes().len(), 20 * 20 * 4);
    }

    #[test]
    fn blocks_go_into_a_file_without_a_picture() {
        let (exif, file) = (b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec(), b"\xff\x0a a bare codestream".to_vec());
        let wanted = meta::MetaBlocks { exif: Some(exif.clone()), ..meta::MetaBlocks::default() };
        let mut s = Session::default();
        let blocks = json!({"exif_len":exif.len(),"xmp_len":0,"icc_len":0});
        call(&mut s, json!({"op":"embed","format":"jxl","blocks":blocks}), &[exif, file.clone()].concat());
        assert_eq!(s.bytes(), meta::embed(Format::Jxl, &file, &wanted).expect("embeds"));
        let none = json!({"exif_len":0,"xmp_len":0,"icc_len":0});
        call(&mut s, json!({"op":"embed","format":"jxl","blocks":none}), &file);
        assert_eq!(s.bytes(), file);
        let past = json!({"op":"embed","format":"jxl","blocks":{"exif_len":99,"xmp_len":0,"icc_len":0}});
        assert_eq!(s.call(past.to_string().as_bytes(), &file), 1);
    }

    #[test]
    fn errors_carry_codes_and_reset_frees() {
        let mut s = Session::default();
        assert_eq!(s.call(b"{\"op\":\"export\"}", &[]), 1);
        assert!(String::from_utf8_lossy(s.response()).contains("bad_request"));
        assert_eq!(s.call(b"not json", &[]), 1);
        assert_eq!(s.call(b"{\"op\":\"reset\"}", &[]), 0);
        assert!(s.bytes().is_empty());
    }
}
