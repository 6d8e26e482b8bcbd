//! What the C library has, declared by hand.

#![no_std]

extern "C" {
    pub fn gauge_read() -> i32;
    pub fn gauge_history(nth: i32) -> i32;
}
