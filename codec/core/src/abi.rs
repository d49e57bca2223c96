//! The C ABI: the only door between WebAssembly and the host. No imports; one session per instance.
//!
//! A call passes a JSON request and a binary input, both in memory got from [`core_alloc`], and leaves a
//! JSON answer and a binary output that stand until the next call.
#![allow(unsafe_code)]

use crate::session::Session;
use std::alloc::{Layout, alloc, dealloc};
use std::cell::RefCell;

thread_local! {
    static SESSION: RefCell<Session> = RefCell::new(Session::default());
}

/// Bytes for the host to write to; null when memory is out or `len` is 0.
#[unsafe(no_mangle)]
pub extern "C" fn core_alloc(len: u32) -> *mut u8 {
    match Layout::from_size_align(len as usize, 16) {
        // SAFETY: the layout's size is not zero.
        Ok(layout) if len > 0 => unsafe { alloc(layout) },
        _ => std::ptr::null_mut(),
    }
}

/// Gives back what [`core_alloc`] gave.
///
/// # Safety
/// `ptr` and `len` are those of one earlier `core_alloc`, freed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn core_free(ptr: *mut u8, len: u32) {
    if ptr.is_null() || len == 0 {
        return;
    }
    if let Ok(layout) = Layout::from_size_align(len as usize, 16) {
        // SAFETY: the caller's promise above.
        unsafe { dealloc(ptr, layout) }
    }
}

/// Runs one request. 0 = ok, 1 = error (then the response holds code and message).
///
/// # Safety
/// Both ranges lie in memory from [`core_alloc`] and are not written to during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn core_call(req: *const u8, req_len: u32, input: *const u8, in_len: u32) -> u32 {
    // SAFETY: the caller's promise above.
    let (req, input) = unsafe { (view(req, req_len), view(input, in_len)) };
    SESSION.with(|s| s.borrow_mut().call(req, input))
}

/// # Safety
/// As for [`core_call`].
unsafe fn view<'a>(ptr: *const u8, len: u32) -> &'a [u8] {
    if ptr.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: not null, and the caller promises the range.
    unsafe { std::slice::from_raw_parts(ptr, len as usize) }
}

/// Start of the JSON answer of the last call.
#[unsafe(no_mangle)]
pub extern "C" fn core_response_ptr() -> *const u8 {
    SESSION.with(|s| s.borrow().response().as_ptr())
}

/// Length of the JSON answer of the last call.
#[unsafe(no_mangle)]
pub extern "C" fn core_response_len() -> u32 {
    SESSION.with(|s| s.borrow().response().len() as u32)
}

/// Start of the binary output of the last call.
#[unsafe(no_mangle)]
pub extern "C" fn core_bytes_ptr() -> *const u8 {
    SESSION.with(|s| s.borrow().bytes().as_ptr())
}

/// Length of the binary output of the last call.
#[unsafe(no_mangle)]
pub extern "C" fn core_bytes_len() -> u32 {
    SESSION.with(|s| s.borrow().bytes().len() as u32)
}

/// 0 when every SIMD arm equals its scalar reference; else the response names those that don't.
#[cfg(all(target_arch = "wasm32", feature = "selftest"))]
#[unsafe(no_mangle)]
pub extern "C" fn core_selftest() -> u32 {
    let failures = crate::selftest::failures();
    SESSION.with(|s| s.borrow_mut().answer(&failures.join(", ")));
    failures.len() as u32
}
