//! How the feeds do that the server visits, for those who look after them.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::feed;
use sea_orm::{
    EntityTrait as _, QueryTrait as _,
    sea_query::{Expr, Order, SelectStatement},
};
use url::Url as Address;

use crate::{
    access::Scope,
    cache::{Kind, Tag},
    nullability::{Nullable, semantic_non_null},
    page::{Connection, Key, KeyKind, List, PageArgs},
    scalar::{DateTime, Language, TimeZone, Url},
    store::{ContextExt as _, Store},
};

/// A feed that the server visits.
#[derive(Clone)]
pub(crate) struct SourceFeed(Arc<feed::Model>);

impl From<Arc<feed::Model>> for SourceFeed {
    fn from(row: Arc<feed::Model>) -> Self {
        Self(row)
    }
}

/// A feed of another outlet that the server visits by itself to fetch its news, with what came of the last visit.
#[Object]
impl SourceFeed {
    /// Its name; news that names no source itself is labelled with it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its address, without a name and password in it.
    async fn url(&self) -> Url {
        Url(without_credentials(&self.0.url))
    }

    /// The format that it is read as, such as `feed`; null when that is told by its content.
    async fn format(&self) -> Option<&str> {
        self.0.format.as_deref()
    }

    /// The name of the section of its news that names none.
    async fn default_section(&self) -> Option<&str> {
        self.0.section.as_deref()
    }

    /// The language of its news that names none.
    async fn default_language(&self) -> Option<Language> {
        self.0.language.clone().map(Language)
    }

    /// The time zone of its times that name none.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.time_zone.clone())
    }

    /// Seconds between visits; null when it goes by the feed's own pace.
    async fn every_seconds(&self) -> Option<i32> {
        self.0.every_seconds.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX))
    }

    /// When it was visited last; null when it never was.
    async fn last_visited_at(&self) -> Option<DateTime> {
        self.0.last_visit_at.map(DateTime)
    }

    /// When a visit succeeded last; null when none ever did.
    async fn last_succeeded_at(&self) -> Option<DateTime> {
        self.0.last_success_at.map(DateTime)
    }

    /// What came of the last visit.
    async fn last_status(&self) -> FeedStatus {
        match (&self.0.last_error, self.0.last_visit_at) {
            (Some(_), _) => FeedStatus::Failed,
            (None, Some(_)) => FeedStatus::Succeeded,
            (None, None) => FeedStatus::NotVisited,
        }
    }

    /// What the last visit that found news brought, in words: `3 new, 0 updated, 17 unchanged, 0 skipped, 0 refused`.
    async fn last_outcome(&self) -> Option<&str> {
        self.0.last_outcome.as_deref()
    }

    /// Why the last visit failed, in words; null when it did not.
    async fn last_error(&self) -> Option<String> {
        let error = self.0.last_error.as_ref()?;
        Some(error.replace(&self.0.url, &without_credentials(&self.0.url)))
    }

    /// How many visits have failed since one succeeded.
    async fn failures(&self) -> i32 {
        self.0.failures
    }

    /// Whether it is left alone for now.
    async fn paused(&self) -> bool {
        self.0.paused
    }

    /// When it is visited next; null while it is paused.
    async fn next_visit_at(&self) -> Option<DateTime> {
        (!self.0.paused).then_some(DateTime(self.0.next_visit_at))
    }
}

/// An address as it may be shown.
fn without_credentials(url: &str) -> String {
    let Ok(address) = Address::parse(url) else { return String::new() };
    if address.username().is_empty() && address.password().is_none() {
        return url.to_owned();
    }
    importer::without_credentials(address).into()
}

/// What came of a visit to a feed.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum FeedStatus {
    /// It has not been visited yet.
    NotVisited,
    /// It was read, or had nothing new.
    Succeeded,
    /// It could not be read; `lastError` says why.
    Failed,
}

/// The feeds in the order of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FeedList;

impl List for FeedList {
    type Row = feed::Model;
    type Node = SourceFeed;

    fn name(&self) -> String {
        "feeds".to_owned()
    }

    fn select(&self, _: &Store) -> SelectStatement {
        feed::Entity::find().into_query()
    }

    fn tags(&self) -> Vec<Tag> {
        vec![Tag::all(Kind::Feeds)]
    }

    fn row_tag(_: &feed::Model) -> Option<Tag> {
        None
    }

    fn weight(row: &feed::Model) -> usize {
        size_of_val(row) + 1_000
    }

    fn order(&self) -> Vec<Key> {
        vec![Key::new(Expr::col((feed::Entity, feed::Column::Name)), Order::Asc, KeyKind::Text)]
    }
}

/// The root field of the feeds that are visited.
#[derive(Default)]
pub(crate) struct SourceFeedQuery;

#[Object]
impl SourceFeedQuery {
    /// The feeds of other outlets that the server visits by itself, by name, each with what came of the last visit. Only for holders of a
    /// token with the scope `ingest`.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn feeds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<FeedList>> {
        Some(
            async {
                ctx.store().viewer.demand(Scope::Ingest)?;
                Connection::load(ctx, FeedList, PageArgs::forward(first, after)).await.map(Some)
            }
            .await,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_left_out_of_addresses_and_nothing_else_is_changed() {
        for (url, shown) in [
            ("https://user:secret@example.org/feed?x=1", "https://example.org/feed?x=1"),
            ("https://secret@example.org/feed", "https://example.org/feed"),
            ("https://example.org/a b@c", "https://example.org/a b@c"),
            ("no address", ""),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
