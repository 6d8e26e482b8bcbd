//! Values as compiled programs pass them: here only a checksum over bytes.
//! The runtime's js_* names are in every archive: that one is there proves nothing of an extension.

/// CRC-32 of `length` bytes.
///
/// # Safety
/// `bytes` must point to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn js_value_crc32(bytes: *const u8, length: usize) -> u32 {
    let mut crc = !0u32;
    for at in 0..length {
        crc ^= u32::from(*bytes.add(at));
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}
