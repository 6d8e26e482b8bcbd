//! Compiles the C library. Without the feature it lacks a function that src/lib.rs declares, as when
//! a new version of the C sources has one file more than the list here.

use std::{env, fs, process::Command};

fn run(program: &str, words: &[&str]) {
    let status = Command::new(program).args(words).status();
    assert!(matches!(status, Ok(s) if s.success()), "{program} {words:?}: {status:?}");
}

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let cc = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut sources = vec!["gauge"];
    if env::var_os("CARGO_FEATURE_HISTORY").is_some() {
        sources.push("history");
    }
    let archive = format!("{out}/libgauge.a");
    let _ = fs::remove_file(&archive); // ar would add to an older one
    for source in sources {
        let object = format!("{out}/{source}.o");
        run(&cc, &["-O2", "-fPIC", "-c", "-o", &object, &format!("c/{source}.c")]);
        run("ar", &["rcsD", &archive, &object]);
    }
    println!("cargo:rerun-if-changed=c");
    println!("cargo:rerun-if-env-changed=CC");
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=gauge");
}
