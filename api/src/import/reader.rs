//! The reading half of an import: a thread that turns inputs into drafts, as fast as the saving half takes them and in bounded memory.

use std::{
    fs,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use importer::{Defaults, Document, Format, Problem, Reading, newsroom::Newsroom, without_credentials};
use tokio::sync::mpsc::Sender;
use url::Url;
use walkdir::WalkDir;

use super::archive::{self, Archive, Budget};
use crate::fetch::{Fetched, Fetcher, Request};

/// The largest document that is read as a whole.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;
/// What is looked at to tell a format.
const HEAD: usize = 64 * 1024;
/// Records that are handed over at a time.
const RECORDS: usize = 250;
/// Archives in archives in archives.
const NESTING: usize = 3;

/// What the reading half has found.
pub(super) enum Event {
    /// Items.
    News { name: Arc<str>, reading: Reading },
    /// A newsroom's own settings.
    Newsroom { name: Arc<str>, newsroom: Box<Newsroom> },
    /// A document that cannot be read.
    Failed { name: Arc<str>, problem: Problem },
}

/// How much has been read of how much.
#[derive(Default)]
pub(super) struct Counter {
    pub(super) read: AtomicU64,
    /// Known for files; nothing is known of standard input and addresses.
    pub(super) total: AtomicU64,
}

/// The saving half has ended.
pub(super) struct Ended;

/// Reads inputs.
pub(super) struct Reader {
    pub(super) format: Option<Format>,
    pub(super) defaults: Defaults,
    pub(super) fetcher: Fetcher,
    pub(super) events: Sender<Event>,
    pub(super) counter: Arc<Counter>,
}

impl Reader {
    /// Reads files, folders with all that is in them, archives, addresses, and standard input (`-`).
    pub(super) fn run(self, inputs: &[PathBuf]) {
        for input in inputs {
            let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
            let total = if input.is_dir() { files(input).flatten().map(|path| size(&path)).sum() } else { size(input) };
            self.counter.total.fetch_add(total, Ordering::Relaxed);
        }
        for input in inputs {
            if self.input(input).is_err() {
                return;
            }
        }
    }

    /// Reads a document or an archive that is in memory.
    pub(super) fn run_body(self, body: Bytes) {
        self.counter.total.fetch_add(body.len() as u64, Ordering::Relaxed);
        let source = Counting { source: Cursor::new(body), counter: &self.counter };
        // Where nobody saves any more, nothing is left to be done.
        let _: Result<(), Ended> = self.source("body", &self.defaults, source);
    }

    fn input(&self, input: &Path) -> Result<(), Ended> {
        let address = input.to_str().filter(|text| text.starts_with("http://") || text.starts_with("https://"));
        if input.as_os_str() == "-" {
            return self.source("standard input", &self.defaults, io::stdin().lock());
        }
        if let Some(address) = address {
            return self.address(address);
        }
        if !input.is_dir() {
            return self.file(input);
        }
        let mut is_empty = true;
        for file in files(input) {
            is_empty = false;
            match file {
                Ok(path) => self.file(&path)?,
                Err(problem) => self.fail(&problem.at.clone(), Problem::new(problem.message))?,
            }
        }
        if is_empty {
            return self.fail(&input.display().to_string(), Problem::new("a folder without any document"));
        }
        Ok(())
    }

    fn file(&self, path: &Path) -> Result<(), Ended> {
        let name = path.display().to_string();
        match fs::File::open(path) {
            Ok(file) => self.source(&name, &self.defaults, Counting { source: file, counter: &self.counter }),
            Err(error) => self.fail(&name, Problem::new(format!("cannot be read: {error}"))),
        }
    }

    fn address(&self, address: &str) -> Result<(), Ended> {
        let fetched = match Url::parse(address) {
            Ok(url) => tokio::runtime::Handle::current().block_on(self.fetcher.fetch(&Request::new(url))),
            Err(error) => Err(error.to_string().into()),
        };
        match fetched {
            Ok(Fetched::Body(body)) => {
                let defaults = Defaults { base: Some(without_credentials(body.url)), ..self.defaults.clone() };
                self.source(address, &defaults, Cursor::new(body.bytes))
            }
            Ok(Fetched::NotModified(_)) => Ok(()),
            Err(failure) => self.fail(address, Problem::new(failure.message)),
        }
    }

    /// Reads a document or an archive.
    fn source(&self, name: &str, defaults: &Defaults, source: impl Read) -> Result<(), Ended> {
        let budget = Budget::default();
        self.entry(name, defaults, &mut budget.counting(source), NESTING, &budget)
    }

    /// Reads a document or an archive, which may be in another one.
    fn entry(
        &self,
        name: &str,
        defaults: &Defaults,
        source: &mut dyn Read,
        nesting: usize,
        budget: &Budget,
    ) -> Result<(), Ended> {
        let mut source = BufReader::with_capacity(HEAD, source);
        let head = match head(&mut source) {
            Ok(head) => head,
            Err(error) => return self.fail(name, Problem::new(format!("cannot be read: {error}"))),
        };
        if let Some(kind) = Archive::detect(&head) {
            if nesting == 0 {
                return self.fail(name, Problem::new("an archive in archives in archives; not opened"));
            }
            let mut is_empty = true;
            let mut each = |entry: &str, entry_source: &mut dyn Read| {
                is_empty = false;
                let name = if entry.is_empty() { name.to_owned() } else { format!("{name}/{entry}") };
                self.entry(&name, defaults, entry_source, nesting - 1, budget)
            };
            return match archive::each(kind, Cursor::new(head).chain(source), budget, &mut each) {
                Ok(()) if is_empty => self.fail(name, Problem::new("an archive without any document")),
                Ok(()) => Ok(()),
                Err(archive::Stop::Ended) => Err(Ended),
                Err(archive::Stop::Broken(message)) => self.fail(name, Problem::new(message)),
            };
        }
        let format = self.format.or_else(|| Format::detect_records(&head));
        match format.filter(|format| format.has_records()) {
            Some(format) => self.records(name, format, defaults, Cursor::new(head.clone()).chain(source), &head),
            None => self.document(name, defaults, Cursor::new(head).chain(source)),
        }
    }

    fn records(
        &self,
        name: &str,
        format: Format,
        defaults: &Defaults,
        source: impl BufRead,
        head: &[u8],
    ) -> Result<(), Ended> {
        let name: Arc<str> = name.into();
        let mut reading = Reading::default();
        let mut is_empty = true;
        for record in format.records(source, head, defaults) {
            is_empty = false;
            match record {
                Ok(draft) => reading.drafts.push(draft),
                Err(problem) => reading.failed.push(problem),
            }
            if reading.drafts.len() + reading.failed.len() >= RECORDS {
                self.send(Event::News { name: Arc::clone(&name), reading: std::mem::take(&mut reading) })?;
            }
        }
        if is_empty {
            return self.fail(&name, Problem::new(format!("read as `{format}`, and holds no record to import")));
        }
        self.send(Event::News { name, reading })
    }

    fn document(&self, name: &str, defaults: &Defaults, source: impl Read) -> Result<(), Ended> {
        let mut bytes = Vec::new();
        match source.take(LARGEST + 1).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > LARGEST => {
                let limit = LARGEST >> 20;
                return self
                    .fail(name, Problem::new(format!("larger than {limit} MiB, the largest document that is read")));
            }
            Ok(_) => {}
            Err(error) => return self.fail(name, Problem::new(format!("cannot be read: {error}"))),
        }
        if bytes.trim_ascii().is_empty() {
            return self.fail(name, Problem::new("the document is empty"));
        }
        let format = match self.format.map_or_else(|| Format::of_document(&bytes), Ok) {
            Ok(format) => format,
            Err(problem) => return self.fail(name, problem),
        };
        let name: Arc<str> = name.into();
        match crate::parsing::read(format, bytes, defaults.clone()) {
            Ok(Document::News(reading)) if reading.is_silent() => {
                self.send(Event::News { name: Arc::clone(&name), reading })?;
                self.fail(&name, Problem::new(format!("read as `{format}`, and holds nothing to import")))
            }
            Ok(Document::News(reading)) => self.send(Event::News { name, reading }),
            Ok(Document::Newsroom(newsroom)) => self.send(Event::Newsroom { name, newsroom }),
            Err(problem) => self.send(Event::Failed { name, problem }),
        }
    }

    fn fail(&self, name: &str, problem: Problem) -> Result<(), Ended> {
        self.send(Event::Failed { name: name.into(), problem })
    }

    fn send(&self, event: Event) -> Result<(), Ended> {
        self.events.blocking_send(event).map_err(|_| Ended)
    }
}

/// The files in a folder, in an order that does not change; hidden ones are left out.
fn files(folder: &Path) -> impl Iterator<Item = Result<PathBuf, Problem>> + use<> {
    let is_shown =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_shown).filter_map(|entry| match entry {
        Ok(entry) if entry.file_type().is_file() => Some(Ok(entry.into_path())),
        Ok(_) => None,
        Err(error) => {
            let name = error.path().map(|path| path.display().to_string()).unwrap_or_default();
            Some(Err(Problem::at(name, "cannot be read")))
        }
    })
}

/// The beginning of a source; what was looked at is taken from it.
fn head(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    source.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Counts what is read.
struct Counting<'c, R> {
    source: R,
    counter: &'c Counter,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.counter.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
