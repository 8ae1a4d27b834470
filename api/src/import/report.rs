//! What an import says: a line for each thing that is not simply saved, and a summary at the end.

use std::{
    fmt,
    io::{self, Write},
};

use importer::save::Outcome;
use serde::Serialize;

/// Something to say about a document or an item in it.
#[derive(Debug, Serialize)]
pub(super) struct Line<'l> {
    pub(super) file: &'l str,
    pub(super) outcome: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) item: &'l str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) at: &'l str,
    pub(super) message: &'l str,
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
    text: Box<dyn Write + Send>,
    json: Option<Box<dyn Write + Send>>,
    progress: bool,
}

impl Report {
    /// Lines of text to `text`, and JSON lines to `json`.
    pub fn new(text: Box<dyn Write + Send>, json: Option<Box<dyn Write + Send>>) -> Self {
        Self { text, json, progress: false }
    }

    /// Also shows how far the import has come.
    pub fn with_progress(self) -> Self {
        Self { progress: true, ..self }
    }

    pub(super) fn shows_progress(&self) -> bool {
        self.progress
    }

    pub(super) fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    pub(super) fn write(&mut self, line: &Line<'_>) {
        // A report that cannot be written does not end the import.
        let _ = writeln!(self.text, "{line}");
        if let Some(json) = &mut self.json {
            let _ = serde_json::to_writer(&mut *json, line).map_err(io::Error::from).and_then(|()| writeln!(json));
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
    /// Items that have no place in a newsroom's pages.
    pub skipped: usize,
    /// Documents and items that could not be imported.
    pub failed: usize,
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
        let Self { new, updated, unchanged, skipped, failed, warnings } = self;
        write!(
            formatter,
            "{new} new, {updated} updated, {unchanged} unchanged, {skipped} skipped, {failed} failed, {warnings} warnings"
        )
    }
}
