//! One number that all parts of a program share: set by one crate, read by another.
//! It is shared only while the program holds one copy of the runtime.

use std::sync::atomic::{AtomicI64, Ordering};

static STATE: AtomicI64 = AtomicI64::new(0);

#[no_mangle]
pub extern "C" fn js_state_set(value: i64) {
    STATE.store(value, Ordering::SeqCst);
}

#[no_mangle]
pub extern "C" fn js_state_get() -> i64 {
    STATE.load(Ordering::SeqCst)
}

/// The same for Rust callers.  Its name is mangled, with the hash of this build in it: it is always
/// the caller's own copy of the runtime that answers, whoever gives `js_state_get`.
#[inline(never)]
pub fn seen() -> i64 {
    STATE.load(Ordering::SeqCst)
}
