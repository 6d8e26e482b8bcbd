//! No-op stand-ins that let a program link without the standard library.
//! They have the names of the real functions, so whichever archive comes first decides.

#[no_mangle]
pub extern "C" fn js_http_init_dispatch() -> i32 {
    0
}

#[no_mangle]
pub extern "C" fn js_fetch_start(_port: i32) -> i32 {
    0
}

#[no_mangle]
pub extern "C" fn js_timer_next() -> i64 {
    0
}
