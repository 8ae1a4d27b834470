//! Test suites and examples of other projects, an archive each in `tests/suites`; `NOTICE` there says what they are.
#![allow(dead_code, reason = "not every test reads all kinds")]

use std::{collections::BTreeMap, fs::File, io::Read as _, path::Path};

use flate2::read::GzDecoder;

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

fn unpacked(path: &str) -> GzDecoder<File> {
    let path = Path::new(TESTS).join(path);
    GzDecoder::new(File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The files of a suite by their paths, which start with the name of the suite. There must be so many.
pub(crate) fn files(suite: &str, count: usize) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(unpacked(&format!("suites/{suite}.tar.gz")));
    let entries = archive.entries().expect("an archive").map(|entry| {
        let mut entry = entry.expect("an entry");
        let name = format!("{suite}/{}", entry.path().expect("a name").display());
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("a whole archive");
        (name, bytes)
    });
    let files: BTreeMap<String, Vec<u8>> = entries.collect();
    assert_eq!(files.len(), count, "files of {suite}");
    files
}

/// Those of the files that are in a folder.
pub(crate) fn below(files: BTreeMap<String, Vec<u8>>, folder: &str, count: usize) -> BTreeMap<String, Vec<u8>> {
    let found: BTreeMap<_, _> = files.into_iter().filter(|(name, _)| name.starts_with(folder)).collect();
    assert_eq!(found.len(), count, "files of {folder}");
    found
}

/// A sample that is packed by itself.
pub(crate) fn sample(path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    unpacked(&format!("samples/{path}.gz")).read_to_end(&mut bytes).expect("a whole sample");
    bytes
}
