//! libwebp's encoder behind safe functions, and the C allocator that it asks for.
#![allow(unsafe_code)]

use crate::error::{Code, Error, Result};
use libwebp_sys::*;
use std::ffi::{c_int, c_void};

/// What the encoder reads.
pub enum Input<'a> {
    /// Limited-range BT.601, chroma at half size rounded up.
    Yuv420 { y: &'a [u8], u: &'a [u8], v: &'a [u8] },
    /// Not premultiplied.
    Rgb(&'a [u8]),
    Rgba(&'a [u8]),
}

/// Settings of one still or animation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// 0–100; for lossless the effort.
    pub quality: f32,
    /// 0 (fast) to 6.
    pub method: i32,
    pub lossless: bool,
    /// 100 = off; lower values change pixels a little so that lossless packs them better.
    pub near_lossless: i32,
}

impl Settings {
    fn config(&self) -> Result<WebPConfig> {
        let mut config = WebPConfig::new().map_err(|()| failed("settings"))?;
        config.quality = self.quality;
        config.method = self.method;
        config.lossless = c_int::from(self.lossless);
        config.near_lossless = self.near_lossless;
        Ok(config)
    }
}

/// A picture that frees what libwebp allocated for it.
struct Picture<'a> {
    raw: WebPPicture,
    /// `raw` may point into the input.
    _input: std::marker::PhantomData<&'a [u8]>,
}

impl<'a> Picture<'a> {
    /// `argb` asks for the layout that lossless and animations work on.
    fn new(input: &Input<'a>, width: u32, height: u32, argb: bool) -> Result<Self> {
        let mut raw = WebPPicture::new().map_err(|()| failed("picture"))?;
        (raw.width, raw.height, raw.use_argb) = (width as c_int, height as c_int, c_int::from(argb));
        let mut me = Self { raw, _input: std::marker::PhantomData };
        let (w, h) = (width as usize, height as usize);
        match *input {
            Input::Yuv420 { y, u, v } => {
                let chroma = w.div_ceil(2) * h.div_ceil(2);
                check(y.len() >= w * h && u.len() >= chroma && v.len() >= chroma && !argb)?;
                // The encoder only reads the planes of a picture that it does not own.
                me.raw.colorspace = WebPEncCSP::WEBP_YUV420;
                (me.raw.y, me.raw.u, me.raw.v) = (y.as_ptr().cast_mut(), u.as_ptr().cast_mut(), v.as_ptr().cast_mut());
                (me.raw.y_stride, me.raw.uv_stride) = (width as c_int, width.div_ceil(2) as c_int);
            }
            Input::Rgb(p) => {
                check(p.len() >= w * h * 3)?;
                // SAFETY: `p` holds height rows of width * 3 bytes, which are copied.
                check(unsafe { WebPPictureImportRGB(&mut me.raw, p.as_ptr(), (w * 3) as c_int) } != 0)?;
            }
            Input::Rgba(p) => {
                check(p.len() >= w * h * 4)?;
                // SAFETY: `p` holds height rows of width * 4 bytes, which are copied.
                check(unsafe { WebPPictureImportRGBA(&mut me.raw, p.as_ptr(), (w * 4) as c_int) } != 0)?;
            }
        }
        Ok(me)
    }
}

impl Drop for Picture<'_> {
    fn drop(&mut self) {
        // SAFETY: initialised by WebPPictureInit; memory that isn't libwebp's own is left alone.
        unsafe { WebPPictureFree(&mut self.raw) }
    }
}

/// One still.
///
/// # Errors
/// `bad_request` for sides past 16,383 or data that is too short; `limit` where memory is out.
pub fn encode(input: &Input, width: u32, height: u32, settings: &Settings) -> Result<Vec<u8>> {
    check_size(width, height)?;
    let config = settings.config()?;
    let mut picture = Picture::new(input, width, height, settings.lossless)?;
    let mut out: Vec<u8> = Vec::with_capacity(width as usize * height as usize / 8 + 1024);
    picture.raw.writer = Some(write);
    picture.raw.custom_ptr = (&raw mut out).cast::<c_void>();
    // SAFETY: both are initialised; the writer's target outlives the call.
    let ok = unsafe { WebPEncode(&config, &mut picture.raw) };
    if ok == 0 {
        return Err(encoder_error(picture.raw.error_code));
    }
    Ok(out)
}

/// Called by libwebp with the next bytes.
unsafe extern "C" fn write(data: *const u8, size: usize, picture: *const WebPPicture) -> c_int {
    // SAFETY: `custom_ptr` is the Vec that `encode` set, `data` holds `size` bytes.
    unsafe {
        let out = &mut *(*picture).custom_ptr.cast::<Vec<u8>>();
        out.extend_from_slice(std::slice::from_raw_parts(data, size));
    }
    1
}

/// An animation under construction.
pub struct Animation {
    raw: *mut WebPAnimEncoder,
    config: WebPConfig,
    size: (u32, u32),
    time: i32,
}

impl Animation {
    /// `loops` = 0: for ever.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn new(width: u32, height: u32, loops: u32, settings: &Settings) -> Result<Self> {
        check_size(width, height)?;
        let config = settings.config()?;
        let mut options = std::mem::MaybeUninit::<WebPAnimEncoderOptions>::uninit();
        let version = WEBP_MUX_ABI_VERSION as c_int;
        // SAFETY: the first call fills the options or fails; the second reads them.
        let raw = unsafe {
            check(WebPAnimEncoderOptionsInitInternal(options.as_mut_ptr(), version) != 0)?;
            let mut options = options.assume_init();
            options.anim_params.loop_count = loops.min(65535) as c_int;
            WebPAnimEncoderNewInternal(width as c_int, height as c_int, &options, version)
        };
        check(!raw.is_null())?;
        Ok(Self { raw, config, size: (width, height), time: 0 })
    }

    /// Adds a frame of RGBA or RGB that stands for `delay_ms`.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn add(&mut self, input: &Input, delay_ms: u32) -> Result<()> {
        let mut picture = Picture::new(input, self.size.0, self.size.1, true)?;
        // SAFETY: all three are initialised; the encoder copies the frame.
        check(unsafe { WebPAnimEncoderAdd(self.raw, &mut picture.raw, self.time, &self.config) } != 0)?;
        self.time = self.time.saturating_add(delay_ms.min(1 << 24) as i32);
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// `limit` where memory is out.
    pub fn finish(self) -> Result<Vec<u8>> {
        let mut data = WebPData { bytes: std::ptr::null(), size: 0 };
        // SAFETY: a null frame ends the animation at `time`; then `data` is libwebp's until it is freed here.
        unsafe {
            check(WebPAnimEncoderAdd(self.raw, std::ptr::null_mut(), self.time, std::ptr::null()) != 0)?;
            check(WebPAnimEncoderAssemble(self.raw, &mut data) != 0)?;
            let out = std::slice::from_raw_parts(data.bytes, data.size).to_vec();
            WebPFree(data.bytes.cast_mut().cast());
            Ok(out)
        }
    }
}

impl Drop for Animation {
    fn drop(&mut self) {
        // SAFETY: made by WebPAnimEncoderNew, deleted once.
        unsafe { WebPAnimEncoderDelete(self.raw) }
    }
}

fn check_size(width: u32, height: u32) -> Result<()> {
    if (1..=WEBP_MAX_DIMENSION).contains(&width) && (1..=WEBP_MAX_DIMENSION).contains(&height) {
        return Ok(());
    }
    Err(Error::new(Code::BadRequest, "WebP: a side past 16,383 pixels"))
}

fn check(ok: bool) -> Result<()> {
    if ok { Ok(()) } else { Err(failed("out of memory or bad input")) }
}

fn failed(what: &str) -> Error {
    Error::limit(format!("WebP: {what}"))
}

fn encoder_error(code: WebPEncodingError) -> Error {
    failed(&format!("encoder says {code:?}"))
}

/// Whether libwebp's own search for modes does the work of csrc/webp_modes.c.
#[cfg(all(target_arch = "wasm32", feature = "selftest"))]
pub fn use_reference(on: bool) {
    unsafe extern "C" {
        static mut imgsrc_webp_reference: c_int;
    }
    // SAFETY: one thread, and no encoder at work.
    unsafe { imgsrc_webp_reference = c_int::from(on) }
}

/// malloc, calloc and free for C code, on Rust's allocator. A header before each block holds its size.
#[cfg(target_arch = "wasm32")]
mod heap {
    use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
    use std::ffi::c_void;

    const HEADER: usize = 16;

    fn layout(size: usize) -> Option<Layout> {
        Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
    }

    /// # Safety
    /// `raw` is null or `layout` bytes.
    unsafe fn block(raw: *mut u8, layout: Layout) -> *mut c_void {
        if raw.is_null() {
            return std::ptr::null_mut();
        }
        // SAFETY: the block is HEADER bytes longer than asked for, and aligned to them.
        unsafe {
            raw.cast::<usize>().write(layout.size());
            raw.add(HEADER).cast()
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
        // SAFETY: the size is not 0.
        layout(size).map_or(std::ptr::null_mut(), |l| unsafe { block(alloc(l), l) })
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
        let Some(l) = count.checked_mul(size).and_then(layout) else { return std::ptr::null_mut() };
        // SAFETY: the size is not 0.
        unsafe { block(alloc_zeroed(l), l) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn free(pointer: *mut c_void) {
        if pointer.is_null() {
            return;
        }
        // SAFETY: from `malloc` or `calloc`, so that a header stands before it.
        unsafe {
            let raw = pointer.cast::<u8>().sub(HEADER);
            let size = raw.cast::<usize>().read();
            if let Ok(l) = Layout::from_size_align(size, HEADER) {
                dealloc(raw, l);
            }
        }
    }
}
