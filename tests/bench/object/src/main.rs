//! symrun's questions, asked with the `object` crate: what somebody writes who
//! wants these answers, knows Rust, and wants them fast.
//!
//!     object-peer names GLOB [-l] @LIST     defined globals that match
//!     object-peer dynamic GLOB [-l] @LIST   the same of dynamic symbols
//!     object-peer index [-l] @LIST          duplicates, and undefined
//!
//! Small files are read and large ones mapped, each way the faster one here.
//! Files are leaked on purpose: names are borrowed from them to the end, which
//! is faster than copying each.

use memchr::memmem;
use object::read::archive::ArchiveFile;
use object::{File, Object, ObjectSymbol, SymbolSection};
use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::io::AsRawFd;

type Error = Box<dyn std::error::Error>;

const SMALL: u64 = 64 * 1024;

extern "C" {
    fn mmap(at: *mut u8, len: usize, prot: i32, flags: i32, fd: i32,
            offset: i64) -> *mut u8;
    fn munmap(at: *mut u8, len: usize) -> i32;
}

enum Data { Read(Vec<u8>), Mapped(&'static [u8]) }

impl Data {
    fn open(path: &str) -> Result<Data, Error> {
        let mut file = fs::File::open(path)?;
        let len = file.metadata()?.len();
        if len <= SMALL {
            let mut bytes = Vec::with_capacity(len as usize);
            file.read_to_end(&mut bytes)?;
            return Ok(Data::Read(bytes));
        }
        // PROT_READ, MAP_PRIVATE
        let at = unsafe {
            mmap(std::ptr::null_mut(), len as usize, 1, 2, file.as_raw_fd(), 0)
        };
        if at as isize == -1 {
            return Err(std::io::Error::last_os_error().into());
        }
        Ok(Data::Mapped(unsafe {
            std::slice::from_raw_parts(at, len as usize)
        }))
    }

    fn bytes(&self) -> &[u8] {
        match self { Data::Read(v) => v, Data::Mapped(m) => m }
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if let Data::Mapped(m) = self {
            unsafe { munmap(m.as_ptr() as *mut u8, m.len()); }
        }
    }
}

/// A pattern with stars only, its literal parts searched for with SIMD.
struct Glob {
    first: Vec<u8>,
    middle: Vec<memmem::Finder<'static>>,
    last: Option<Vec<u8>>,
}

impl Glob {
    fn new(text: &str) -> Glob {
        let mut parts: Vec<&str> = text.split('*').collect();
        let first = parts.remove(0).as_bytes().to_vec();
        let last = parts.pop().map(|s| s.as_bytes().to_vec());
        let middle = parts.iter()
            .map(|s| memmem::Finder::new(s.as_bytes()).into_owned()).collect();
        Glob { first, middle, last }
    }

    fn matches(&self, name: &[u8]) -> bool {
        if !name.starts_with(&self.first) { return false; }
        let mut rest = &name[self.first.len()..];
        let last = match &self.last {
            None => return rest.is_empty(),
            Some(last) => last,
        };
        for part in &self.middle {
            match part.find(rest) {
                None => return false,
                Some(at) => rest = &rest[at + part.needle().len()..],
            }
        }
        rest.ends_with(last)
    }
}

/// Each object of a file: its members, or itself.
fn each_object<'a>(
    data: &'a [u8],
    act: &mut dyn FnMut(File<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    if !data.starts_with(b"!<arch>\n") { return act(File::parse(data)?); }
    for member in ArchiveFile::parse(data)?.members() {
        act(File::parse(member?.data(data)?)?)?;
    }
    Ok(())
}

fn show<'a>(list: bool, title: &str, names: impl Iterator<Item = &'a [u8]>)
    -> Result<(), Error> {
    let mut names: Vec<&[u8]> = names.collect();
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::new(out.lock());
    writeln!(out, "{}: {}", title, names.len())?;
    if list {
        names.sort_unstable();
        for name in names {
            out.write_all(name)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}

fn names(paths: &str, list: bool, glob: &Glob, dynamic: bool)
    -> Result<(), Error> {
    let mut found: HashMap<Vec<u8>, ()> = HashMap::new();
    for path in paths.lines() {
        let data = Data::open(path)?;
        each_object(data.bytes(), &mut |file: File| {
            let symbols = if dynamic { file.dynamic_symbols() }
                          else { file.symbols() };
            for symbol in symbols {
                if symbol.is_undefined() || !symbol.is_global() { continue; }
                let name = symbol.name_bytes()?;
                if glob.matches(name) && !found.contains_key(name) {
                    found.insert(name.to_vec(), ());
                }
            }
            Ok(())
        })?;
    }
    show(list, "names", found.keys().map(|k| &k[..]))
}

#[derive(Default)]
struct Facts { strong: u32, defined: bool, wanted: bool }

fn index(paths: &str, list: bool) -> Result<(), Error> {
    let mut all: HashMap<&[u8], Facts> = HashMap::new();
    for path in paths.lines() {
        let data: &'static Data = Box::leak(Box::new(Data::open(path)?));
        each_object(data.bytes(), &mut |file: File<'static>| {
            for symbol in file.symbols() {
                if !symbol.is_global() { continue; }
                let facts = all.entry(symbol.name_bytes()?).or_default();
                if symbol.section() == SymbolSection::Undefined {
                    facts.wanted |= !symbol.is_weak();
                } else {
                    facts.defined = true;
                    if !symbol.is_weak() && !symbol.is_common() {
                        facts.strong += 1;
                    }
                }
            }
            Ok(())
        })?;
    }
    show(list, "duplicates",
         all.iter().filter(|f| f.1.strong > 1).map(|f| *f.0))?;
    show(list, "undefined",
         all.iter().filter(|f| f.1.wanted && !f.1.defined).map(|f| *f.0))
}

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(|s| &s[..]).collect();
    let list = words.contains(&"-l");
    let paths = fs::read_to_string(&words.last().ok_or("no list")?[1..])?;
    match words[0] {
        "names" => names(&paths, list, &Glob::new(words[1]), false),
        "dynamic" => names(&paths, list, &Glob::new(words[1]), true),
        "index" => index(&paths, list),
        _ => Err("names, dynamic or index?".into()),
    }
}
