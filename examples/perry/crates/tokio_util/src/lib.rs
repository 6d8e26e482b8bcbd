//! One helper over tokio, as the real world has many.
//! It is linked into http's archive only; its member is named `tokio_util-…`, not `tokio-…`.

/// The status that a server can give: 200 with a running reactor, 503 without.
#[inline(never)]
pub fn status() -> i32 {
    if tokio::running() {
        200
    } else {
        503
    }
}
