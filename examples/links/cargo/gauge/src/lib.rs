//! The library: what it adds to the functions of C.

pub fn now() -> i32 {
    unsafe { gauge_sys::gauge_read() }
}

/// The mean of some readings, the last one first.
#[no_mangle]
pub extern "C" fn gauge_mean(readings: i32) -> i32 {
    let sum: i32 = (0..readings).map(|nth| unsafe { gauge_sys::gauge_history(nth) }).sum();
    if readings > 0 { sum / readings } else { now() }
}
