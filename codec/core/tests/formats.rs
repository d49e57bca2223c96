//! Decoders on small files made here: exact pixels, cut files, and headers that ask for too much.

use imgsrc_core::decode::{decode, probe, sniff};
use imgsrc_core::error::Code;
use imgsrc_core::image::{DecodeOptions, Decoded, Format, Frames, Pixels};

const MAX_PIXELS: u64 = 64_000_000;

fn options(frames: Frames) -> DecodeOptions {
    DecodeOptions { max_pixels: MAX_PIXELS, frames, target: None, allow_ycc: false, full_chroma: false }
}

fn open(bytes: &[u8]) -> Decoded {
    decode(bytes, &options(Frames::First)).expect("a picture")
}

fn pixels(bytes: &[u8]) -> Pixels {
    open(bytes).frames.into_iter().next().expect("a frame").pixels
}

fn refused(bytes: &[u8]) -> Code {
    let header = probe(bytes, MAX_PIXELS).expect_err("no header").code;
    let picture = decode(bytes, &options(Frames::First)).expect_err("no picture").code;
    assert_eq!(header, picture);
    header
}

#[test]
fn netpbm() {
    assert_eq!(pixels(b"P2 # grey\n2 1\n15\n0 15 "), Pixels::L8(vec![0, 255]));
    assert_eq!(pixels(b"P1 3 1 010"), Pixels::L8(vec![255, 0, 255]));
    assert_eq!(pixels(b"P4 9 1\n\x80\x80"), Pixels::L8([&[0][..], &[255; 7], &[0]].concat()));
    assert_eq!(pixels(b"P6 1 1 65535\n\x01\x02\xff\xff\x00\x00"), Pixels::Rgb16(vec![0x0102, 0xffff, 0]));
    let pam = b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n\x07\x08";
    assert_eq!(pixels(pam), Pixels::La8(vec![7, 8]));
    assert_eq!(pixels(b"Pf 1 1 \n-1.0\n\x00\x00\x00\x3f"), Pixels::RgbF32(vec![0.5; 3]));
    let cut = open(b"P5 2 3 255\n\x01\x02\x03\x04\x05");
    assert_eq!((cut.height, cut.rows_decoded), (3, 2));
}

#[test]
fn qoi() {
    let file = |ops: &[u8], w: u8, h: u8| {
        [b"qoif\0\0\0", &[w][..], b"\0\0\0", &[h], b"\x03\0", ops, &[0, 0, 0, 0, 0, 0, 0, 1]].concat()
    };
    // RGB, a run of one, a difference of +1 each.
    let bytes = file(&[0xfe, 10, 20, 30, 0xc0, 0x7f], 3, 1);
    assert_eq!(pixels(&bytes), Pixels::Rgb8(vec![10, 20, 30, 10, 20, 30, 11, 21, 31]));
}

#[test]
fn tga_runs_and_orientation() {
    let header = |kind: u8, descriptor: u8| [0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 24, descriptor];
    let bottom_up = [&header(10, 0)[..], &[0x81, 3, 2, 1], &[0x01, 6, 5, 4, 9, 8, 7]].concat();
    assert_eq!(sniff(&bottom_up), Some(Format::Tga));
    assert_eq!(pixels(&bottom_up), Pixels::Rgb8(vec![4, 5, 6, 7, 8, 9, 1, 2, 3, 1, 2, 3]));
    let mirrored = [&header(2, 0x30)[..], &[3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]].concat();
    assert_eq!(pixels(&mirrored), Pixels::Rgb8(vec![4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]));
}

fn bmp(width: i32, height: i32, bits: u16, compression: u32, palette: &[u8], data: &[u8]) -> Vec<u8> {
    let offset = 54 + palette.len() as u32;
    let mut out = b"BM".to_vec();
    out.extend((offset + data.len() as u32).to_le_bytes());
    out.extend([0; 4]);
    out.extend(offset.to_le_bytes());
    out.extend(40u32.to_le_bytes());
    out.extend(width.to_le_bytes());
    out.extend(height.to_le_bytes());
    out.extend([1, 0]);
    out.extend(bits.to_le_bytes());
    out.extend(compression.to_le_bytes());
    out.extend([0; 12]);
    out.extend((palette.len() as u32 / 4).to_le_bytes());
    out.extend([0; 4]);
    out.extend(palette);
    out.extend(data);
    out
}

#[test]
fn bmp_rows_and_runs() {
    let rows = bmp(1, 2, 24, 0, &[], &[1, 2, 3, 0, 4, 5, 6, 0]);
    assert_eq!(pixels(&rows), Pixels::Rgb8(vec![6, 5, 4, 3, 2, 1]));
    let top_down = bmp(1, -2, 24, 0, &[], &[1, 2, 3, 0, 4, 5, 6, 0]);
    assert_eq!(pixels(&top_down), Pixels::Rgb8(vec![3, 2, 1, 6, 5, 4]));
    let palette = [0, 0, 255, 0, 255, 0, 0, 0];
    // Two red, end of line, skip one, one blue, end: the skipped pixel is transparent.
    let runs = bmp(2, 2, 8, 1, &palette, &[2, 0, 0, 0, 0, 2, 1, 0, 1, 1, 0, 1]);
    let expected = vec![0, 0, 0, 0, 0, 0, 255, 255, 255, 0, 0, 255, 255, 0, 0, 255];
    assert_eq!(pixels(&runs), Pixels::Rgba8(expected));
    assert_eq!(refused(&bmp(40_000, 40_000, 8, 1, &palette, &[0, 1])), Code::Limit);
    assert_eq!(refused(&bmp(i32::MIN, i32::MIN, 24, 0, &[], &[0; 8])), Code::Corrupt);
}

#[test]
fn ico_takes_the_largest_and_its_mask() {
    let dib = |side: u8, blue: u8, mask: u8| {
        let mut out = bmp(side.into(), i32::from(side) * 2, 24, 0, &[], &[]).split_off(14);
        for _ in 0..side {
            let row = [[blue, 0, 0].repeat(side.into()), vec![0; (4 - usize::from(side) * 3 % 4) % 4]].concat();
            out.extend(row);
        }
        (0..side).for_each(|_| out.extend([mask, 0, 0, 0]));
        out
    };
    let (small, large) = (dib(1, 1, 0), dib(2, 9, 0x40));
    let mut file = vec![0, 0, 1, 0, 2, 0];
    for (side, dib, at) in [(1u8, &small, 38), (2, &large, 38 + small.len() as u32)] {
        file.extend([side, side, 0, 0, 1, 0, 24, 0]);
        file.extend((dib.len() as u32).to_le_bytes());
        file.extend(at.to_le_bytes());
    }
    file.extend([small, large].concat());
    let expected = [0, 0, 9, 255, 0, 0, 9, 0].repeat(2);
    assert_eq!(pixels(&file), Pixels::Rgba8(expected));
}

#[test]
fn hdr_old_and_new_runs() {
    let flat = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 3\n\x80\x40\x00\x81\x01\x01\x01\x02";
    assert_eq!(pixels(flat), Pixels::RgbF32([1.0, 0.5, 0.0].repeat(3)));
    let mut runs = b"#?RADIANCE\n\n-Y 1 +X 8\n\x02\x02\x00\x08".to_vec();
    runs.extend([0x88, 0x80, 0x88, 0x40, 0x88, 0, 0x88, 0x81]);
    assert_eq!(pixels(&runs), Pixels::RgbF32([1.0, 0.5, 0.0].repeat(8)));
}

/// Codes of three bits, a clear code before every pixel, so that widths never grow.
fn gif_data(indexes: &[u8]) -> Vec<u8> {
    let codes: Vec<u8> = indexes.iter().flat_map(|&i| [4, i]).chain([5]).collect();
    let mut bits = 0u64;
    codes.iter().enumerate().for_each(|(n, &code)| bits |= u64::from(code) << (n * 3));
    let bytes = bits.to_le_bytes();
    let len = (codes.len() * 3).div_ceil(8);
    [&[2, len as u8][..], &bytes[..len], &[0]].concat()
}

#[test]
fn gif_composes_frames() {
    let mut file = b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\xff".to_vec();
    file.extend(b"!\xff\x0bNETSCAPE2.0\x03\x01\x02\0\0");
    file.extend(b"!\xf9\x04\0\x05\0\0\0,\0\0\0\0\x02\0\x01\0\0");
    file.extend(gif_data(&[0, 0]));
    file.extend(b"!\xf9\x04\0\x05\0\0\0,\x01\0\0\0\x01\0\x01\0\0");
    file.extend(gif_data(&[1]));
    let cut = file.clone();
    file.push(b';');
    assert_eq!(probe(&file, MAX_PIXELS).map(|p| p.frames), Ok(2));
    let all = decode(&file, &options(Frames::All { max: 9, max_pixels: MAX_PIXELS })).expect("two frames");
    assert_eq!(all.loops, Some(3));
    let frames: Vec<_> = all.frames.into_iter().map(|f| (f.delay_ms, f.pixels)).collect();
    let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
    assert_eq!(frames[0], (50, Pixels::Rgba8([red, red].concat())));
    assert_eq!(frames[1], (50, Pixels::Rgba8([red, blue].concat())));
    let second = decode(&cut, &options(Frames::Nth(1))).expect("the second frame");
    assert_eq!(second.frames[0].pixels, Pixels::Rgb8(vec![255, 0, 0, 0, 0, 255]));
    assert_eq!((second.loops, second.frames[0].delay_ms), (None, 0));
}

fn png(depth: png::BitDepth, colour: png::ColorType, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 2, 2);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(data).expect("pixels");
    writer.finish().expect("an end");
    out
}

#[test]
fn png_keeps_sixteen_bits_and_checks_its_data() {
    let deep: Vec<u8> = (0..8).collect();
    let file = png(png::BitDepth::Sixteen, png::ColorType::Grayscale, &deep);
    assert_eq!(pixels(&file), Pixels::L16(vec![0x0001, 0x0203, 0x0405, 0x0607]));
    let mut broken = png(png::BitDepth::Eight, png::ColorType::Rgb, &[9; 12]);
    let at = broken.windows(4).position(|w| w == b"IDAT").expect("image data");
    let last = broken.len() - 13;
    broken[last] ^= 0xff;
    assert!(decode(&broken, &options(Frames::First)).is_err(), "a checksum that is wrong");
    broken.truncate(at + 2);
    assert!(decode(&broken, &options(Frames::First)).is_err());
}

/// A little-endian TIFF of one strip a plane.
fn tiff(tags: &[(u16, u16, u32)], data: &[u8]) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend((tags.len() as u16).to_le_bytes());
    for &(tag, kind, value) in tags {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    out.extend(data);
    out
}

#[test]
fn tiff_depths_predictor_and_orientation() {
    let file = |bits: u32, photometric: u32, width: u32, more: &[(u16, u16, u32)], data: &[u8]| {
        let mut tags = vec![(256, 3, width), (257, 3, 1), (258, 3, bits), (259, 3, 1), (262, 3, photometric)];
        tags.extend(more);
        tags.push((273, 4, 8 + 2 + (tags.len() as u32 + 1) * 12 + 4));
        tiff(&tags, data)
    };
    assert_eq!(pixels(&file(12, 1, 2, &[], &[0xff, 0xf0, 0x00])), Pixels::L16(vec![0xffff, 0]));
    assert_eq!(pixels(&file(1, 0, 2, &[], &[0x80])), Pixels::L8(vec![0, 255]));
    assert_eq!(pixels(&file(8, 1, 1, &[(339, 3, 2)], &[0x80])), Pixels::L8(vec![0]));
    let float = file(32, 1, 1, &[(339, 3, 3)], &0.25f32.to_le_bytes());
    assert_eq!(pixels(&float), Pixels::RgbF32(vec![0.25; 3]));
    let cmyk = file(8, 5, 1, &[(277, 3, 4), (274, 3, 6)], &[1, 2, 3, 4]);
    assert_eq!(pixels(&cmyk), Pixels::Cmyk8(vec![1, 2, 3, 4]));
    assert_eq!(open(&cmyk).orientation, 6);
    assert_eq!(refused(&file(8, 1, 0, &[], &[1])), Code::Corrupt);
    let huge = tiff(&[(256, 4, 60_000), (257, 4, 30_000), (258, 3, 8), (262, 3, 1), (273, 4, 8)], &[]);
    assert_eq!(refused(&huge), Code::Limit);
}

#[test]
fn svg_draws_and_stays_within_bounds() {
    let svg = |body: &str| format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1">{body}</svg>"#);
    let red = svg(r##"<rect width="2" height="1" fill="#f00"/>"##);
    assert_eq!(pixels(red.as_bytes()), Pixels::Rgb8([255, 0, 0].repeat(2)));
    let target = DecodeOptions { target: Some((8, 1)), ..options(Frames::First) };
    let large = decode(red.as_bytes(), &target).expect("a picture");
    assert_eq!((large.width, large.height), (8, 4));
    let deep = svg(&format!("{}{}", "<g>".repeat(500), "</g>".repeat(500)));
    assert_eq!(decode(deep.as_bytes(), &options(Frames::First)).map_err(|e| e.code), Err(Code::Limit));
    let entity = "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>";
    assert_eq!(refused(entity.as_bytes()), Code::Unsupported);
    assert_eq!(refused(b"<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1e9'/>"), Code::Limit);
}

#[test]
fn nothing_known() {
    assert_eq!(refused(b"hello, world; not a picture"), Code::UnknownFormat);
    assert_eq!(refused(b""), Code::UnknownFormat);
}
