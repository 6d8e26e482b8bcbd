//! A reactor that is either running or not: all that this example needs of an async runtime.
//! Two copies in one program are two reactors: one is started, the other is asked.

use std::sync::atomic::{AtomicBool, Ordering};

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Starts the reactor of this copy.
#[inline(never)]
pub fn enter() {
    RUNNING.store(true, Ordering::SeqCst);
}

/// Whether the reactor of this copy runs.
#[inline(never)]
pub fn running() -> bool {
    RUNNING.load(Ordering::SeqCst)
}

/// Exists only to make a second build of this crate.
#[cfg(feature = "metrics")]
#[inline(never)]
pub fn workers() -> usize {
    usize::from(running())
}
