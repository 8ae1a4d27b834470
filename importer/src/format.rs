//! The formats that can be read: their names, and how a document's format is told by its content.

use std::{fmt, str::FromStr};

use crate::{
    newsroom::{self, Newsroom},
    ninjs,
    reading::{Defaults, Problem, Reading},
};

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// IPTC ninjs, 1.0 to 3.1.
    Ninjs,
    /// A newsroom's own settings: sections, vocabulary, top stories, headlines of other outlets, reads.
    Newsroom,
}

/// What a document holds.
#[derive(Clone, Debug)]
pub enum Document {
    /// News.
    News(Reading),
    /// A newsroom's own settings.
    Newsroom(Box<Newsroom>),
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Ninjs, Self::Newsroom];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ninjs => "ninjs",
            Self::Newsroom => "newsroom",
        }
    }

    /// The format that the bytes look like.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        if newsroom::recognises(bytes) {
            Some(Self::Newsroom)
        } else if ninjs::recognises(bytes) {
            Some(Self::Ninjs)
        } else {
            None
        }
    }

    /// Reads a document of this format.
    pub fn read(self, bytes: &[u8], defaults: &Defaults) -> Result<Document, Problem> {
        match self {
            Self::Ninjs => ninjs::read(bytes, defaults).map(Document::News),
            Self::Newsroom => Newsroom::read(bytes).map(Box::new).map(Document::Newsroom),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("`{name}` is no format; the formats are {}", names.join(", "))
        })
    }
}
