//! Where documents come from: files, folders, standard input.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use importer::Problem;
use walkdir::WalkDir;

/// The largest document that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A document, with the name by which its user knows it.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// The documents of `inputs`, one at a time and in an order that does not change. A problem has the name in `at`.
pub(super) fn documents(inputs: &[PathBuf]) -> impl Iterator<Item = Result<Input, Problem>> {
    inputs.iter().flat_map(|input| -> Box<dyn Iterator<Item = Result<Input, Problem>>> {
        if input.as_os_str() == "-" {
            Box::new(std::iter::once_with(|| read("standard input".to_owned(), io::stdin().lock())))
        } else if input.is_dir() {
            Box::new(folder(input))
        } else {
            Box::new(std::iter::once_with(|| file(input)))
        }
    })
}

/// Hidden files and folders are left out.
fn folder(folder: &Path) -> impl Iterator<Item = Result<Input, Problem>> + use<> {
    let is_shown =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_shown).filter_map(|entry| match entry {
        Ok(entry) if entry.file_type().is_file() => Some(file(entry.path())),
        Ok(_) => None,
        Err(error) => {
            let name = error.path().map(|path| path.display().to_string()).unwrap_or_default();
            Some(Err(Problem::at(name, "cannot be read")))
        }
    })
}

fn file(path: &Path) -> Result<Input, Problem> {
    let name = path.display().to_string();
    match fs::File::open(path) {
        Ok(file) => read(name, file),
        Err(error) => Err(Problem::at(name, format!("cannot be read: {error}"))),
    }
}

fn read(name: String, source: impl io::Read) -> Result<Input, Problem> {
    use io::Read as _;
    let mut bytes = Vec::new();
    match source.take(LARGEST + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > LARGEST => {
            Err(Problem::at(name, format!("larger than {} MiB, the largest document that is read", LARGEST >> 20)))
        }
        Ok(_) => Ok(Input { name, bytes }),
        Err(error) => Err(Problem::at(name, format!("cannot be read: {error}"))),
    }
}
