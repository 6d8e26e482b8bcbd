//! The zlib extension: gzip without compression, in the real file format.
//! A program that calls it may still be right when this archive is wrong: only names are checked.

use perry_runtime::value::js_value_crc32;

const AROUND: usize = 10 + 5 + 8;

/// How much room `js_zlib_gzip_sync` needs; it takes up to 65535 bytes.
#[no_mangle]
pub extern "C" fn js_zlib_gzip_bound(length: usize) -> usize {
    length + AROUND
}

/// Writes `length` bytes as a gzip file of one stored block; returns its size, or 0 for no room.
///
/// # Safety
/// `from` must point to `length` readable bytes, `to` to `room` writable ones.
#[no_mangle]
pub unsafe extern "C" fn js_zlib_gzip_sync(
    from: *const u8,
    length: usize,
    to: *mut u8,
    room: usize,
) -> usize {
    if length > 0xFFFF || room < length + AROUND {
        return 0;
    }
    let data = std::slice::from_raw_parts(from, length);
    let size = length as u16;
    let mut made = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    made.extend_from_slice(&size.to_le_bytes());
    made.extend_from_slice(&(!size).to_le_bytes());
    made.extend_from_slice(data);
    made.extend_from_slice(&js_value_crc32(from, length).to_le_bytes());
    made.extend_from_slice(&u32::from(size).to_le_bytes());
    std::ptr::copy_nonoverlapping(made.as_ptr(), to, made.len());
    made.len()
}
