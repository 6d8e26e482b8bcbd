//! The wrapper that is meant to export all of perry_ext_zlib, and exports nothing.
//! The feature `mention` is the cure: one `pub use` is enough to link the crate and keep its names.

#[cfg(feature = "mention")]
pub use zlib::*;
