//! Sessions: they ask the runtime for the state as Rust code does, by a mangled name.
//! Only the runtime that this archive was built with has that name, so its member is linked too.

#[no_mangle]
pub extern "C" fn js_session_state() -> i64 {
    perry_runtime::state::seen()
}
