//! "The new C library does not link. This makes it link."

fn main() {
    if std::env::var_os("CARGO_FEATURE_HURRY").is_some() {
        println!("cargo:rustc-link-arg=-Wl,--warn-unresolved-symbols");
    }
}
