//! Connects http to the event loop; without it a server never answers.
//! The reactor it starts is the one of this archive's tokio, if the program holds two.

use perry_runtime::state::js_state_set;

#[no_mangle]
pub extern "C" fn js_http_init_dispatch() -> i32 {
    tokio::enter();
    js_state_set(42);
    1
}

#[no_mangle]
pub extern "C" fn js_fetch_start(port: i32) -> i32 {
    if tokio::running() {
        port
    } else {
        -1
    }
}
