//! Global ids: opaque to callers, inside the type and the key of a row. `node` and `nodes` find any object by its id.

use async_graphql::{ID, Interface};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    article::Article,
    error::{Error, Result},
    gallery::Gallery,
    image::Image,
    place::Place,
    section::Section,
    story::Story,
    topic::Topic,
};

/// Anything that has a global id, so that a client can fetch it again by `node`.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id: opaque, unique across all types, stable."))]
pub(crate) enum Node {
    Article(Article),
    Section(Section),
    Topic(Topic),
    Story(Story),
    Gallery(Gallery),
    Image(Image),
    Place(Place),
}

/// The types that have global ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Article,
    Section,
    Topic,
    Story,
    Gallery,
    Image,
    Place,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Article, Self::Section, Self::Topic, Self::Story, Self::Gallery, Self::Image, Self::Place];

    fn name(self) -> &'static str {
        match self {
            Self::Article => "Article",
            Self::Section => "Section",
            Self::Topic => "Topic",
            Self::Story => "Story",
            Self::Gallery => "Gallery",
            Self::Image => "Image",
            Self::Place => "Place",
        }
    }

    /// The global id of the row `key`.
    pub(crate) fn id(self, key: i64) -> ID {
        ID(URL_SAFE_NO_PAD.encode(format!("{}:{key}", self.name())))
    }

    /// The key in `id`, which must be of this kind.
    pub(crate) fn key(self, argument: &'static str, id: &ID) -> Result<i64> {
        let (kind, key) = parse(argument, id)?;
        if kind == self {
            return Ok(key);
        }
        let (expected, given) = (self.name(), kind.name());
        Err(Error::bad_input(
            argument,
            format!("`{argument}` is the id of {given}, here the id of {expected} is expected"),
        ))
    }
}

/// The kind and key in a global id.
pub(crate) fn parse(argument: &'static str, id: &ID) -> Result<(Kind, i64)> {
    decode(id).ok_or_else(|| {
        Error::bad_input(
            argument,
            format!("`{argument}` is not an id of this server; pass one as a field `id` answered it"),
        )
    })
}

pub(crate) fn decode(id: &ID) -> Option<(Kind, i64)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_str()).ok()?).ok()?;
    let (name, key) = text.split_once(':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name)?;
    let key: i64 = key.parse().ok().filter(|key| *key > 0)?;
    (kind.id(key) == *id).then_some((kind, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back() {
        for kind in Kind::ALL {
            assert_eq!(decode(&kind.id(42)), Some((kind, 42)));
        }
    }

    #[test]
    fn only_the_one_spelling_of_an_id_is_read() {
        for id in [
            "",
            "A",
            "Article:1",
            "QXJ0aWNsZTowMQ",
            "QXJ0aWNsZTorMQ",
            "QXJ0aWNsZTotMQ",
            "QXJ0aWNsZToxMjM0NTY3ODkwMTIzNDU2Nzg5MA",
            "Tm9ib2R5OjE",
            "\0",
        ] {
            assert_eq!(decode(&ID(id.to_owned())), None, "{id:?}");
        }
    }
}
