//! The http extension: a server that has a status and nothing else.
//! It calls the runtime by C names only, so any copy of the runtime will do, even a wrong one.

use perry_runtime::state::js_state_get;

/// The number of the new server; the state of the program is part of it.
#[no_mangle]
pub extern "C" fn js_node_http_create_server(port: i32) -> i64 {
    js_state_get() * 100_000 + i64::from(port)
}

/// What the server answers: 200, or 503 when its tokio does not run.
#[no_mangle]
pub extern "C" fn js_node_http_status() -> i32 {
    tokio_util::status()
}

/// How many workers the tokio of this archive has.
#[cfg(feature = "tokio-metrics")]
#[no_mangle]
pub extern "C" fn js_node_http_workers() -> usize {
    tokio::workers()
}
