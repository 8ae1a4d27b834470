//! What an answer is made of: tags of rows, lists and keys, recorded where data is reached. A change of any of them makes the answer
//! untrue. Triggers of the database name the same things, by the same words (`migration/src/m20261124_000060_create_changes.rs`).
//!
//! Caches between the server and readers are told the tags by name. A name says what it is, so that a person can have it dropped, too.

use std::{
    fmt,
    hash::{DefaultHasher, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
};

use entity::ranking::Window;
use http::HeaderName;
use sea_orm::{ActiveEnum as _, entity::prelude::DateTimeUtc};

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
    ContributorArticles,
    GalleryArticles,
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
    /// Which articles are tied to which topics, stories, contributors and galleries.
    Links,
    Contributors,
    /// Feeds of other outlets.
    Feeds,
    Galleries,
    Places,
    Sections,
    Sources,
    Stories,
    Suggestions,
    /// Which terms the public may see, but for what changes with their articles.
    Terms,
    Topics,
    /// Which topic stands above which.
    TopicTree,
    /// What is found by a key, also when nothing is.
    ArticleSlug,
    ArticleUri,
    ArticleUrl,
    ContributorSlug,
    ContributorUri,
    GallerySlug,
    GalleryUri,
    PlaceSlug,
    SourceSlug,
    StorySlug,
    TopicQcode,
    TopicSlug,
}

impl Kind {
    /// Each with the word that triggers write, and what stands before and behind its key in the name that caches are told.
    const ALL: [(Self, &str, &str, &str); 46] = [
        (Self::Article, "article", "article", ""),
        (Self::Contributor, "contributor", "contributor", ""),
        (Self::Gallery, "gallery", "gallery", ""),
        (Self::Image, "image", "image", ""),
        (Self::Place, "place", "place", ""),
        (Self::Source, "source", "source", ""),
        (Self::Story, "story", "story", ""),
        (Self::Topic, "topic", "topic", ""),
        (Self::ArticleParts, "article_parts", "article", "-parts"),
        (Self::Related, "related", "article", "-related"),
        (Self::SectionArticles, "section_articles", "section", ""),
        (Self::TopicArticles, "topic_articles", "topic", "-articles"),
        (Self::StoryArticles, "story_articles", "story", "-articles"),
        (Self::PlaceArticles, "place_articles", "place", "-articles"),
        (Self::SourceArticles, "source_articles", "source", "-articles"),
        (Self::ContributorArticles, "contributor_articles", "contributor", "-articles"),
        (Self::GalleryArticles, "gallery_articles", "gallery", "-articles"),
        (Self::TopStories, "top_stories", "top-stories", ""),
        (Self::Ranking, "ranking", "ranking", ""),
        (Self::ExternalHeadlines, "external_headlines", "external-headlines", ""),
        (Self::Articles, "articles", "articles", ""),
        (Self::Edits, "edits", "edits", ""),
        (Self::Links, "links", "links", ""),
        (Self::Contributors, "contributors", "contributors", ""),
        (Self::Feeds, "feeds", "feeds", ""),
        (Self::Galleries, "galleries", "galleries", ""),
        (Self::Places, "places", "places", ""),
        (Self::Sections, "sections", "sections", ""),
        (Self::Sources, "sources", "sources", ""),
        (Self::Stories, "stories", "stories", ""),
        (Self::Suggestions, "suggestions", "suggestions", ""),
        (Self::Terms, "terms", "terms", ""),
        (Self::Topics, "topics", "topics", ""),
        (Self::TopicTree, "topic_tree", "topic-tree", ""),
        (Self::ArticleSlug, "article_slug", "article-slug", ""),
        (Self::ArticleUri, "article_uri", "article-uri", ""),
        (Self::ArticleUrl, "article_url", "article-url", ""),
        (Self::ContributorSlug, "contributor_slug", "contributor-slug", ""),
        (Self::ContributorUri, "contributor_uri", "contributor-uri", ""),
        (Self::GallerySlug, "gallery_slug", "gallery-slug", ""),
        (Self::GalleryUri, "gallery_uri", "gallery-uri", ""),
        (Self::PlaceSlug, "place_slug", "place-slug", ""),
        (Self::SourceSlug, "source_slug", "source-slug", ""),
        (Self::StorySlug, "story_slug", "story-slug", ""),
        (Self::TopicQcode, "topic_qcode", "topic-qcode", ""),
        (Self::TopicSlug, "topic_slug", "topic-slug", ""),
    ];

    const fn names(self) -> (&'static str, &'static str, &'static str) {
        let (_, name, before, behind) = Self::ALL[self as usize];
        (name, before, behind)
    }

    /// The word that triggers write.
    pub(crate) const fn name(self) -> &'static str {
        self.names().0
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, ..)| *known == name).map(|(kind, ..)| *kind)
    }
}

/// Something that can change: a number made of its kind and its id, or of a hash of its key where it is no id. Two things with the same number
/// are dropped together, which is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tag(u64);

/// Above are the kinds, from 1 on.
const KIND: u32 = 56;
/// Set where below is a hash.
const HASHED: u64 = 1 << 55;
/// Below, where there is no key; ids are smaller.
const NO_KEY: u64 = 1 << 54;
/// In the id of a ranking, the window stands above and the section below.
const WINDOW: u32 = 48;

impl Tag {
    /// The one thing of its kind.
    pub(crate) fn all(kind: Kind) -> Self {
        Self::key(kind, "")
    }

    /// That of a row.
    pub(crate) fn id(kind: Kind, id: i64) -> Self {
        match u64::try_from(id) {
            Ok(id) if id < NO_KEY => Self::number(kind, id),
            _ => Self::key(kind, &id.to_string()),
        }
    }

    /// That of a word.
    pub(crate) fn key(kind: Kind, key: &str) -> Self {
        if key.is_empty() {
            return Self::number(kind, NO_KEY);
        }
        if let Some((window, section)) = key.split_once('/').filter(|_| kind == Kind::Ranking)
            && let Some(window) = (0..).zip(&Window::ALL).find(|(_, known)| known.to_value() == window)
            && let Some(section) = id(section).filter(|section| *section < 1 << WINDOW)
        {
            return Self::number(kind, window.0 << WINDOW | section);
        }
        match id(key).filter(|_| kind != Kind::Ranking) {
            Some(id) => Self::number(kind, id),
            None => Self::number(kind, HASHED | (hash(kind.name(), key) & (HASHED - 1))),
        }
    }

    /// Everything there is, as triggers name it when too much has changed to be told.
    pub(crate) const fn everything() -> Self {
        Self(0)
    }

    /// As the database names it.
    pub(super) fn of(kind: &str, key: &str) -> Self {
        match Kind::named(kind) {
            Some(kind) => Self::key(kind, key),
            None if kind == "all" => Self::everything(),
            // Nothing is made of what is not known.
            None => Self((1 + hash(kind, key)) & ((1 << KIND) - 1) | 1),
        }
    }

    fn number(kind: Kind, number: u64) -> Self {
        Self((kind as u64 + 1) << KIND | number)
    }
}

/// The number that a key is, written as ids are.
fn id(key: &str) -> Option<u64> {
    let is_id = key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    key.parse().ok().filter(|id| is_id && *id < NO_KEY)
}

fn hash(kind: &str, key: &str) -> u64 {
    // The same on all servers: they name things to the same caches.
    let mut hasher = DefaultHasher::new();
    hasher.write(kind.as_bytes());
    hasher.write_u8(b'/');
    hasher.write(key.as_bytes());
    hasher.finish()
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, number) = (self.0 >> KIND, self.0 & ((1 << KIND) - 1));
        let kind = kind.checked_sub(1).and_then(|kind| Kind::ALL.get(usize::try_from(kind).ok()?));
        let Some((kind, _, before, behind)) = kind else {
            return if *self == Self::everything() {
                formatter.write_str("newsgraph")
            } else {
                write!(formatter, "unknown-{number:x}")
            };
        };
        if number == NO_KEY {
            write!(formatter, "{before}{behind}")
        } else if number & HASHED != 0 {
            write!(formatter, "{before}-{:014x}{behind}", number & (HASHED - 1))
        } else if *kind == Kind::Ranking {
            let window = usize::try_from(number >> WINDOW).ok().and_then(|window| Window::ALL.get(window));
            let window = window.map_or_else(String::new, |window| window.to_value().replace('_', "-"));
            write!(formatter, "{before}-{window}-{}", number & ((1 << WINDOW) - 1))
        } else {
            write!(formatter, "{before}-{number}{behind}")
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_their_order_and_are_found_by_their_words() {
        for (number, (kind, name, ..)) in Kind::ALL.iter().enumerate() {
            assert_eq!((*kind as usize, Kind::named(name)), (number, Some(*kind)), "{name}");
        }
        assert_eq!(Kind::named("nothing"), None);
    }

    #[test]
    fn what_the_database_names_is_what_answers_are_made_of() {
        assert_eq!(Tag::of("article", "7"), Tag::id(Kind::Article, 7));
        assert_eq!(Tag::of("sections", ""), Tag::all(Kind::Sections));
        assert_eq!(Tag::of("article_slug", "7"), Tag::key(Kind::ArticleSlug, "7"));
        assert_eq!(Tag::of("article_slug", "a-b"), Tag::key(Kind::ArticleSlug, "a-b"));
        assert_eq!(Tag::of("article", "-1"), Tag::id(Kind::Article, -1));
        assert_eq!(Tag::of("all", ""), Tag::everything());
        for (one, other) in [("7", "07"), ("0", ""), ("0", "-0"), ("7", "+7"), ("18014398509481984", "")] {
            assert_ne!(Tag::of("article_slug", one), Tag::of("article_slug", other), "{one} {other}");
        }
        assert_ne!(Tag::of("article", "7"), Tag::of("topic", "7"));
        assert_ne!(Tag::of("ranking", "now/0"), Tag::of("ranking", "today/0"));
        assert_ne!(Tag::of("ranking", "now/7"), Tag::of("ranking", "7"));
    }

    #[test]
    fn names_say_what_they_are() {
        for (tag, name) in [
            (Tag::id(Kind::Article, 123), "article-123"),
            (Tag::id(Kind::ArticleParts, 123), "article-123-parts"),
            (Tag::id(Kind::SectionArticles, 5), "section-5"),
            (Tag::id(Kind::TopicArticles, 9), "topic-9-articles"),
            (Tag::all(Kind::Sections), "sections"),
            (Tag::id(Kind::TopStories, 0), "top-stories-0"),
            (Tag::key(Kind::Ranking, "this_week/4"), "ranking-this-week-4"),
            (Tag::everything(), "newsgraph"),
        ] {
            assert_eq!(tag.to_string(), name);
        }
        let slug = Tag::key(Kind::ArticleSlug, "a\nb").to_string();
        assert!(slug.strip_prefix("article-slug-").is_some_and(|hash| hash.len() == 14), "{slug}");
    }
}
