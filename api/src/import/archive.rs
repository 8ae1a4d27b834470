//! Archives: zip, tar and gzip, entry by entry, without writing anything to disk.

use std::{
    cell::Cell,
    io::{self, Cursor, Read},
    path::{Component, Path},
    rc::Rc,
};

use flate2::read::MultiGzDecoder;

use super::reader::{Ended, LARGEST};

/// What an archive may unpack to, beyond its own size times [`RATIO`].
const ALLOWANCE: u64 = 64 * 1024 * 1024;
/// News packs to a tenth of its size at most; what unpacks to so many times its size is no news.
const RATIO: u64 = 200;

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Archive {
    Zip,
    Tar,
    /// Of one document, or of a tar archive.
    Gzip,
}

/// Why an archive is read no further.
pub(super) enum Stop {
    /// Nobody takes what is in it any more.
    Ended,
    /// It is damaged, or unpacks to too much.
    Broken(String),
}

impl From<Ended> for Stop {
    fn from(_: Ended) -> Self {
        Self::Ended
    }
}

impl Archive {
    pub(super) fn detect(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if head.starts_with(&[0x1f, 0x8b]) {
            Some(Self::Gzip)
        } else if head.get(257..262) == Some(b"ustar") {
            Some(Self::Tar)
        } else {
            None
        }
    }
}

/// Takes each entry of an archive with its name.
type Each<'e> = dyn FnMut(&str, &mut dyn Read) -> Result<(), Ended> + 'e;

/// Hands each entry to `take`. What archives in archives unpack to is counted by `budget`, which is that of the outermost one.
pub(super) fn each(kind: Archive, source: impl Read, budget: &Budget, take: &mut Each<'_>) -> Result<(), Stop> {
    match kind {
        Archive::Zip => zip(source, budget, take),
        Archive::Gzip => gzip(source, budget, take),
        Archive::Tar => tar(source, budget, take),
    }
}

fn broken(error: impl std::fmt::Display) -> Stop {
    Stop::Broken(format!("the archive is damaged: {error}"))
}

/// The directory of a zip archive is at its end, so it is read as a whole.
fn zip(source: impl Read, budget: &Budget, take: &mut Each<'_>) -> Result<(), Stop> {
    let mut bytes = Vec::new();
    source.take(4 * LARGEST + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 > 4 * LARGEST {
        return Err(Stop::Broken(format!(
            "larger than {} MiB, the largest zip archive that is read",
            (4 * LARGEST) >> 20
        )));
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    for index in 0..archive.len() {
        let entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(error) => return Err(broken(error)),
        };
        if !entry.is_file() {
            continue;
        }
        let name = entry.name().map_err(broken)?.into_owned();
        one(&name, &mut budget.limit(entry), take, budget)?;
    }
    Ok(())
}

fn gzip(source: impl Read, budget: &Budget, take: &mut Each<'_>) -> Result<(), Stop> {
    let mut unpacked = budget.limit(MultiGzDecoder::new(source));
    let mut head = Vec::new();
    (&mut unpacked).take(512).read_to_end(&mut head).map_err(broken)?;
    let whole = Cursor::new(head.clone()).chain(unpacked);
    if Archive::detect(&head) == Some(Archive::Tar) {
        return tar(whole, budget, take);
    }
    let mut whole = whole;
    take("", &mut whole)?;
    budget.check()
}

fn tar(source: impl Read, budget: &Budget, take: &mut Each<'_>) -> Result<(), Stop> {
    let mut archive = tar::Archive::new(source);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                budget.check()?;
                return Err(broken(error));
            }
        };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path().map(|path| path.display().to_string()).unwrap_or_default();
        one(&name, &mut entry, take, budget)?;
    }
    Ok(())
}

/// Hands one entry over. Hidden ones are left out, and so is what a system leaves beside files.
fn one(name: &str, source: &mut dyn Read, take: &mut Each<'_>, budget: &Budget) -> Result<(), Stop> {
    let path = Path::new(name);
    if path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(Stop::Broken(format!(
            "the entry `{name}` has a path that leads out of the archive; nothing after it is read"
        )));
    }
    let is_hidden = |part: Component<'_>| {
        let part = part.as_os_str().to_string_lossy();
        (part.starts_with('.') && part != ".") || part == "__MACOSX"
    };
    if !path.components().any(is_hidden) {
        take(name, source)?;
    }
    budget.check()
}

/// What an archive may still unpack to, with all archives in it.
#[derive(Clone, Default)]
pub(super) struct Budget {
    packed: Rc<Cell<u64>>,
    unpacked: Rc<Cell<u64>>,
    is_spent: Rc<Cell<bool>>,
}

impl Budget {
    /// Counts what is read of the outermost archive: by that it is known how much it may unpack to.
    pub(super) fn counting<R>(&self, source: R) -> Counting<R> {
        Counting { source, packed: Rc::clone(&self.packed) }
    }

    fn limit<R>(&self, source: R) -> Limited<R> {
        Limited { source, budget: self.clone() }
    }

    fn check(&self) -> Result<(), Stop> {
        if self.is_spent.get() {
            let message = format!(
                "it unpacks to more than {RATIO} times its size, with all archives in it; nothing more of it is read"
            );
            return Err(Stop::Broken(message));
        }
        Ok(())
    }
}

/// Reads no more than the budget allows.
struct Limited<R> {
    source: R,
    budget: Budget,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let unpacked = self.budget.unpacked.get() + read as u64;
        self.budget.unpacked.set(unpacked);
        if unpacked > ALLOWANCE + RATIO * self.budget.packed.get() {
            self.budget.is_spent.set(true);
            return Err(io::Error::other("it unpacks to too much"));
        }
        Ok(read)
    }
}

/// Counts what is read.
pub(super) struct Counting<R> {
    source: R,
    packed: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.packed.set(self.packed.get() + read as u64);
        Ok(read)
    }
}
