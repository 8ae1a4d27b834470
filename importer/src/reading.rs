//! What comes of reading a document: drafts, and what there is to say about it.

use std::fmt;

use url::Url;

use crate::{draft::Draft, time::Zone};

/// What a document does not say and its source knows.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The zone of times that name none.
    pub time_zone: Zone,
    /// BCP 47 tag of texts that name no language.
    pub language: Option<String>,
    /// Address of the document: the base of relative ones.
    pub base: Option<Url>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { time_zone: Zone::UTC, language: None, base: None }
    }
}

/// The drafts of a document, and what was left out or put right on the way.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What the document holds, in an order in which it can be saved.
    pub drafts: Vec<Draft>,
    /// What was wrong and could be passed over.
    pub warnings: Vec<Note>,
    /// Items that have no place in a newsroom's public pages, each with the reason.
    pub skipped: Vec<Note>,
    /// Items that could not be read, in a document whose others could.
    pub failed: Vec<Problem>,
}

impl Reading {
    /// Adds a warning.
    pub fn warn(&mut self, at: impl Into<String>, message: impl Into<String>) {
        self.warnings.push(Note { at: at.into(), message: message.into() });
    }

    /// Adds an item that is left out.
    pub fn skip(&mut self, at: impl Into<String>, message: impl Into<String>) {
        self.skipped.push(Note { at: at.into(), message: message.into() });
    }

    /// Whether nothing is imported, and nothing says why.
    pub fn is_silent(&self) -> bool {
        self.drafts.is_empty() && self.skipped.is_empty() && self.failed.is_empty()
    }

    /// Adds what another document held.
    pub fn append(&mut self, mut other: Self) {
        self.drafts.append(&mut other.drafts);
        self.warnings.append(&mut other.warnings);
        self.skipped.append(&mut other.skipped);
        self.failed.append(&mut other.failed);
    }
}

/// Something to say about a place in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The property, element or item, as the format writes it; empty when it is the document itself.
    pub at: String,
    /// What it is.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.at, self.message)
        }
    }
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `line 3, column 7`, a property or an element; empty when it is the document itself.
    pub at: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Problem {
    /// A problem of the document itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { at: String::new(), message: message.into() }
    }

    /// A problem at a place in the document.
    pub fn at(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.at, self.message)
        }
    }
}

impl std::error::Error for Problem {}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let message = match error.classify() {
            serde_json::error::Category::Data => {
                message.replace("expected u32", "expected a whole number of 0 or more")
            }
            _ => format!("not JSON: {message}"),
        };
        Self::at(format!("line {}, column {}", error.line(), error.column()), message)
    }
}
