//! The runtime: what compiled programs and all the other crates call through its C names.
//! Every static library carries a whole copy; in one program the first on the link line wins.

pub mod state;
pub mod value;

#[cfg(not(feature = "stdlib"))]
pub mod stdlib_stubs;

const STAMP: &str = match option_env!("PERRY_STAMP") {
    Some(stamp) => stamp,
    None => "dev",
};
const PREFIX: &[u8] = b"PERRY_RUNTIME_BUILD_STAMP_V1=";
const SIZE: usize = PREFIX.len() + STAMP.len() + 1;

/// Says which build this copy comes from; `#[used]` keeps it although no code reads it.
/// Cargo leaves the stamp out of the hash: a stale copy has the same member name as a fresh one.
#[used]
pub static BUILD_STAMP: [u8; SIZE] = {
    let mut bytes = [0; SIZE];
    let mut at = 0;
    while at < SIZE - 1 {
        bytes[at] = if at < PREFIX.len() {
            PREFIX[at]
        } else {
            STAMP.as_bytes()[at - PREFIX.len()]
        };
        at += 1;
    }
    bytes
};
