//! Global ids: opaque to callers, inside the type and the key of a row. `node` and `nodes` find any object by its id.
//!
//! Those of images have a mark, too, which nobody can guess who has not been shown the image: docs/decisions/0020 says why.

use std::fmt;

use async_graphql::{ID, Interface};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    article::Article,
    contributor::Contributor,
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
    Contributor(Contributor),
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
    Contributor,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Article,
        Self::Section,
        Self::Topic,
        Self::Story,
        Self::Gallery,
        Self::Image,
        Self::Place,
        Self::Contributor,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Article => "Article",
            Self::Section => "Section",
            Self::Topic => "Topic",
            Self::Story => "Story",
            Self::Gallery => "Gallery",
            Self::Image => "Image",
            Self::Place => "Place",
            Self::Contributor => "Contributor",
        }
    }

    /// The global id of the row `key`; images have [`Mark::id`].
    pub(crate) fn id(self, key: i64) -> ID {
        Global { kind: self, key, mark: None }.id()
    }

    /// The key in `id`, which must be of this kind.
    pub(crate) fn key(self, argument: &'static str, id: &ID) -> Result<i64> {
        let Global { kind, key, .. } = parse(argument, id)?;
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

/// What an image is told by beside its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark([u8; 8]);

impl Mark {
    /// The mark of the image with this identity.
    pub(crate) fn of(uri: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(uri).into();
        Self(*digest.first_chunk().expect("it is shorter"))
    }

    /// The global id of the image `key`.
    pub(crate) fn id(self, key: i64) -> ID {
        Global { kind: Kind::Image, key, mark: Some(self) }.id()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// What is in a global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Global {
    pub(crate) kind: Kind,
    pub(crate) key: i64,
    /// Of an image.
    pub(crate) mark: Option<Mark>,
}

impl Global {
    fn id(self) -> ID {
        let Self { kind, key, mark } = self;
        let mark = mark.map(|mark| format!(":{mark}")).unwrap_or_default();
        ID(URL_SAFE_NO_PAD.encode(format!("{}:{key}{mark}", kind.name())))
    }
}

/// What is in a global id.
pub(crate) fn parse(argument: &'static str, id: &ID) -> Result<Global> {
    decode(id).ok_or_else(|| {
        Error::bad_input(
            argument,
            format!("`{argument}` is not an id of this server; pass one as a field `id` answered it"),
        )
    })
}

pub(crate) fn decode(id: &ID) -> Option<Global> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_str()).ok()?).ok()?;
    let (name, rest) = text.split_once(':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name)?;
    let (key, mark) = if kind == Kind::Image {
        let (key, mark) = rest.split_once(':')?;
        (key, Some(Mark(u64::from_str_radix(mark, 16).ok()?.to_be_bytes())))
    } else {
        (rest, None)
    };
    let key: i64 = key.parse().ok().filter(|key| *key > 0)?;
    let global = Global { kind, key, mark };
    (global.id() == *id).then_some(global)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back() {
        for kind in Kind::ALL {
            let mark = (kind == Kind::Image).then(|| Mark::of("urn:a"));
            let global = Global { kind, key: 42, mark };
            assert_eq!(decode(&global.id()), Some(global));
        }
    }

    #[test]
    fn images_are_told_by_what_cannot_be_counted_up() {
        let ids = ["urn:a", "urn:b"].map(|uri| Mark::of(uri).id(42));
        assert_ne!(ids[0], ids[1]);
        assert_eq!(decode(&Kind::Image.id(42)), None);
        let mark = Mark::of("urn:a").to_string();
        for wrong in [&mark[1..], &mark.to_uppercase(), &format!("0{mark}"), &format!("+{}", &mark[1..]), ""] {
            let id = ID(URL_SAFE_NO_PAD.encode(format!("Image:42:{wrong}")));
            assert_eq!(decode(&id), None, "{wrong}");
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
