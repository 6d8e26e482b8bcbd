//! The events extension: counts listeners, and tells how many heard an event.
//! It asks the runtime for the state, so the runtime's member is pulled together with this one.

use perry_runtime::state::js_state_get;
use std::sync::atomic::{AtomicI32, Ordering};

static LISTENERS: AtomicI32 = AtomicI32::new(0);

#[no_mangle]
pub extern "C" fn js_events_on() -> i32 {
    LISTENERS.fetch_add(1, Ordering::SeqCst) + 1
}

/// How many listeners heard the event: none while the program's state was never set.
#[no_mangle]
pub extern "C" fn js_events_emit() -> i32 {
    if js_state_get() == 0 {
        0
    } else {
        LISTENERS.load(Ordering::SeqCst)
    }
}
