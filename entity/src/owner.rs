//! Owners: whose an item is. Nobody else's import changes it.

use std::{fmt, str::FromStr};

/// Whose an item is: the newsroom's own, or that of whoever sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The newsroom: the command line, and tokens of editors.
    #[default]
    Newsroom,
    /// A source feed, and the tokens that are bound to a source of this name.
    Source(String),
    /// An API token by its name, or the subject of a JWT behind its issuer.
    Token(String),
}

impl Owner {
    const NEWSROOM: &str = "newsroom";
    const SOURCE: &str = "source:";
    const TOKEN: &str = "token:";

    /// The owner that a column of the database names. What is written there by hand and names nobody is the newsroom's.
    pub fn stored(text: &str) -> Self {
        text.parse().unwrap_or_default()
    }

    /// The name of the source or token.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Newsroom => None,
            Self::Source(name) | Self::Token(name) => Some(name),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newsroom => formatter.write_str(Self::NEWSROOM),
            Self::Source(name) => write!(formatter, "{}{name}", Self::SOURCE),
            Self::Token(name) => write!(formatter, "{}{name}", Self::TOKEN),
        }
    }
}

/// A text that names no owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoOwner;

impl fmt::Display for NoOwner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("write `newsroom`, `source:NAME` or `token:NAME`")
    }
}

impl std::error::Error for NoOwner {}

impl FromStr for Owner {
    type Err = NoOwner;

    fn from_str(text: &str) -> Result<Self, NoOwner> {
        let name = |name: &str| (!name.is_empty()).then(|| name.to_owned()).ok_or(NoOwner);
        if text == Self::NEWSROOM {
            Ok(Self::Newsroom)
        } else if let Some(rest) = text.strip_prefix(Self::SOURCE) {
            name(rest).map(Self::Source)
        } else if let Some(rest) = text.strip_prefix(Self::TOKEN) {
            name(rest).map(Self::Token)
        } else {
            Err(NoOwner)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_back_and_what_names_nobody_is_the_newsrooms() {
        for owner in [
            Owner::Newsroom,
            Owner::Source("The Example: sport".to_owned()),
            Owner::Token("https://id.example/ wire".to_owned()),
        ] {
            assert_eq!(owner.to_string().parse(), Ok(owner));
        }
        for text in ["", "source:", "token:", "somebody", "Newsroom"] {
            assert_eq!(text.parse::<Owner>(), Err(NoOwner), "{text}");
            assert_eq!(Owner::stored(text), Owner::Newsroom);
        }
    }
}
