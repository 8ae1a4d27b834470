//! What an import says: a line for each thing that is not simply saved, and a summary at the end.

use std::{
    fmt,
    io::{self, Write},
};

use importer::save::Outcome;
use serde::Serialize;
use serde_json::Value;

use crate::watch::beginning;

/// Characters of a name or a message: as many as an identifier may have.
const NAME: usize = 2_000;

/// Something to say about a document or an item in it.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'l> {
    pub(crate) file: &'l str,
    pub(crate) outcome: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) item: &'l str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) at: &'l str,
    pub(crate) message: &'l str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.outcome, self.file)?;
        for part in [self.item, self.at, self.message].into_iter().filter(|part| !part.is_empty()) {
            write!(formatter, ": {part}")?;
        }
        Ok(())
    }
}

/// Where an import says what it has to say.
pub struct Report {
    text: Option<Box<dyn Write + Send>>,
    json: Option<Box<dyn Write + Send>>,
    kept: Kept,
    progress: bool,
}

/// Lines that are kept for an answer.
#[derive(Default)]
struct Kept {
    lines: Vec<Value>,
    most: usize,
    omitted: usize,
}

impl Report {
    /// Lines of text to `text`, and JSON lines to `json`.
    pub fn new(text: Box<dyn Write + Send>, json: Option<Box<dyn Write + Send>>) -> Self {
        Self { text: Some(text), json, kept: Kept::default(), progress: false }
    }

    /// Keeps the first lines, for [`Self::into_lines`].
    pub fn kept(most: usize) -> Self {
        Self { text: None, json: None, kept: Kept { most, ..Kept::default() }, progress: false }
    }

    /// The lines that were kept, and how many more there were.
    pub fn into_lines(self) -> (Vec<Value>, usize) {
        (self.kept.lines, self.kept.omitted)
    }

    /// Also shows how far the import has come.
    pub fn with_progress(self) -> Self {
        Self { progress: true, ..self }
    }

    pub(super) fn shows_progress(&self) -> bool {
        self.progress
    }

    pub(super) fn line(&mut self, line: &str) {
        if let Some(text) = &mut self.text {
            let _ = writeln!(text, "{line}");
        }
    }

    pub(crate) fn write(&mut self, line: &Line<'_>) {
        let (file, item) = (beginning(line.file, NAME), beginning(line.item, NAME));
        let (at, message) = (beginning(line.at, NAME), beginning(line.message, NAME));
        let line = &Line { file: &file, outcome: line.outcome, item: &item, at: &at, message: &message };
        // A report that cannot be written does not end the import.
        if let Some(text) = &mut self.text {
            let _ = writeln!(text, "{line}");
        }
        if let Some(json) = &mut self.json {
            let _ = serde_json::to_writer(&mut *json, line).map_err(io::Error::from).and_then(|()| writeln!(json));
        }
        match serde_json::to_value(line) {
            Ok(line) if self.kept.lines.len() < self.kept.most => self.kept.lines.push(line),
            _ => self.kept.omitted += 1,
        }
    }
}

/// How many items came to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Items that were not there before.
    pub new: usize,
    /// Items that replaced an earlier version.
    pub updated: usize,
    /// Items that were there in this version or a later one.
    pub unchanged: usize,
    /// Settings that were taken away.
    pub removed: usize,
    /// Items that have no place in a newsroom's pages.
    pub skipped: usize,
    /// Documents and items that could not be imported.
    pub failed: usize,
    /// Documents and items that whoever sent them may not import: they would change what belongs to others.
    pub refused: usize,
    /// Things that were left out of items, or are to be looked at.
    pub warnings: usize,
}

impl Summary {
    pub(super) fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::New => &mut self.new,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
        } += 1;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, updated, unchanged, removed, skipped, failed, refused, warnings } = self;
        write!(formatter, "{new} new, {updated} updated, {unchanged} unchanged, ")?;
        if *removed > 0 {
            write!(formatter, "{removed} removed, ")?;
        }
        write!(formatter, "{skipped} skipped, {failed} failed, {refused} refused, {warnings} warnings")
    }
}
