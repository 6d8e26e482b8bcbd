//! The zlib functions that the standard library had before perry_ext_zlib took them over.
//! js_zlib_inflate_sync was never moved: who replaces this module by the extension loses it.

#[no_mangle]
pub extern "C" fn js_zlib_gzip_sync(
    _from: *const u8,
    _length: usize,
    _to: *mut u8,
    _room: usize,
) -> usize {
    1003
}

#[no_mangle]
pub extern "C" fn js_zlib_inflate_sync() -> i32 {
    0
}
