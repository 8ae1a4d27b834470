//! What an answer is made of: tags of rows, lists and keys, recorded where data is reached. A change of any of them makes the answer
//! untrue. Triggers of the database name the same things, by the same words (`migration/src/m20261124_000060_create_changes.rs`).

use std::{
    fmt::{self, Write as _},
    hash::{DefaultHasher, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
};

use http::HeaderName;
use sea_orm::entity::prelude::DateTimeUtc;

/// The tags of an answer for content delivery networks: Fastly's name of the header, and Varnish's.
pub(crate) const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
/// Cloudflare's and Akamai's name of it.
pub(crate) const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

/// The kinds of things that change. Those with a key are one for each id or word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A row of a table, by its id.
    Article,
    Contributor,
    Gallery,
    Image,
    Place,
    Source,
    Story,
    Topic,
    /// What belongs to an article: topics, places, people, galleries, stories and corrections; by its id.
    ArticleParts,
    /// What is related to an article, by its id.
    Related,
    /// Which articles are of a section, topic and so on, by its id.
    SectionArticles,
    TopicArticles,
    StoryArticles,
    PlaceArticles,
    SourceArticles,
    /// By the id of a section; 0 is the front.
    TopStories,
    /// By window and id of a section, as `now/0`.
    Ranking,
    /// By placement.
    ExternalHeadlines,
    /// Which articles there are.
    Articles,
    /// Texts and times of update of articles.
    Edits,
    /// Which articles are tied to which topics, stories and galleries.
    Links,
    /// Feeds of other outlets.
    Feeds,
    Galleries,
    Places,
    Sections,
    Sources,
    Stories,
    Suggestions,
    Topics,
    /// Which topic stands above which.
    TopicTree,
    /// What is found by a key, also when nothing is.
    ArticleSlug,
    ArticleUri,
    ArticleUrl,
    GallerySlug,
    GalleryUri,
    PlaceSlug,
    SourceSlug,
    StorySlug,
    TopicQcode,
    TopicSlug,
}

impl Kind {
    /// The word that triggers write.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Contributor => "contributor",
            Self::Gallery => "gallery",
            Self::Image => "image",
            Self::Place => "place",
            Self::Source => "source",
            Self::Story => "story",
            Self::Topic => "topic",
            Self::ArticleParts => "article_parts",
            Self::Related => "related",
            Self::SectionArticles => "section_articles",
            Self::TopicArticles => "topic_articles",
            Self::StoryArticles => "story_articles",
            Self::PlaceArticles => "place_articles",
            Self::SourceArticles => "source_articles",
            Self::TopStories => "top_stories",
            Self::Ranking => "ranking",
            Self::ExternalHeadlines => "external_headlines",
            Self::Articles => "articles",
            Self::Edits => "edits",
            Self::Links => "links",
            Self::Feeds => "feeds",
            Self::Galleries => "galleries",
            Self::Places => "places",
            Self::Sections => "sections",
            Self::Sources => "sources",
            Self::Stories => "stories",
            Self::Suggestions => "suggestions",
            Self::Topics => "topics",
            Self::TopicTree => "topic_tree",
            Self::ArticleSlug => "article_slug",
            Self::ArticleUri => "article_uri",
            Self::ArticleUrl => "article_url",
            Self::GallerySlug => "gallery_slug",
            Self::GalleryUri => "gallery_uri",
            Self::PlaceSlug => "place_slug",
            Self::SourceSlug => "source_slug",
            Self::StorySlug => "story_slug",
            Self::TopicQcode => "topic_qcode",
            Self::TopicSlug => "topic_slug",
        }
    }
}

/// Something that can change: a number made of its kind and key. Two things with the same number are dropped together, which is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tag(u64);

impl Tag {
    /// The one thing of its kind.
    pub(crate) fn all(kind: Kind) -> Self {
        Self::of(kind.name(), "")
    }

    /// That of a row.
    pub(crate) fn id(kind: Kind, id: i64) -> Self {
        let mut key = String::with_capacity(20);
        let _ = write!(key, "{id}");
        Self::of(kind.name(), &key)
    }

    /// That of a word.
    pub(crate) fn key(kind: Kind, key: &str) -> Self {
        Self::of(kind.name(), key)
    }

    /// Everything there is, as triggers name it when too much has changed to be told.
    pub(crate) fn everything() -> Self {
        Self::of("all", "")
    }

    /// As the database names it.
    pub(super) fn of(kind: &str, key: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(kind.as_bytes());
        hasher.write_u8(b'/');
        hasher.write(key.as_bytes());
        Self(hasher.finish())
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

/// What one answer is made of, written down while it is computed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Recorded>>);

/// What was recorded of an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    pub(super) tags: Vec<Tag>,
    /// From then on it is untrue by itself.
    pub(super) until: Option<DateTimeUtc>,
}

impl Recorder {
    /// Records tags; answers whether there were any.
    pub(crate) fn note(&self, tags: impl IntoIterator<Item = Tag>) -> bool {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = recorded.tags.len();
        recorded.tags.extend(tags);
        recorded.tags.len() > before
    }

    /// Records that the answer is true only before `time`.
    pub(crate) fn expire(&self, time: DateTimeUtc) {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.until = Some(recorded.until.map_or(time, |until| until.min(time)));
    }

    /// What was recorded, each tag once.
    pub(crate) fn finish(&self) -> Recorded {
        let mut recorded = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        recorded.tags.sort_unstable();
        recorded.tags.dedup();
        recorded
    }
}
