//! The real functions behind the runtime's stubs.
//! Nothing here is weak or marked: to a linker a stub and the real function are equals.

#[cfg(feature = "bundled-zlib")]
pub mod bundled_zlib;
pub mod dispatch;
#[cfg(feature = "session")]
pub mod session;
pub mod timer;
