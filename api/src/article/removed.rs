//! Articles that have left the public's sight, so that a front-end that asks now and then can take them off its pages.

use std::sync::Arc;

use async_graphql::{ID, Object};
use chrono::TimeDelta;
use entity::{
    article::{self, Sight},
    article_removal,
    visibility::PubStatus,
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait as _, Order, SelectStatement},
};

use crate::{
    cache::{Kind, Tag},
    node,
    page::{Key, KeyKind, List},
    scalar::DateTime,
    store::Store,
};

/// How long it is known that an article was removed.
pub(crate) const REMOVALS_KEPT: TimeDelta = TimeDelta::days(30);

/// A row of the list.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Removed {
    id: i64,
    slug: String,
    uri: String,
    removed_at: DateTimeUtc,
}

/// An article that the public cannot see any more.
pub(crate) struct RemovedArticle(Arc<Removed>);

impl From<Arc<Removed>> for RemovedArticle {
    fn from(row: Arc<Removed>) -> Self {
        Self(row)
    }
}

/// An article that the public could see and cannot see any more: it was killed, held back or deleted, or has expired. Take it off your pages.
#[Object(cache_control(max_age = 15))]
impl RemovedArticle {
    /// The global id that the article had.
    async fn id(&self) -> ID {
        node::Kind::Article.id(self.0.id)
    }

    /// The readable key that the article had.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The newsroom's or agency's identifier of the article.
    async fn uri(&self) -> &str {
        &self.0.uri
    }

    /// When it left the public's sight.
    async fn removed_at(&self) -> DateTime {
        DateTime(self.0.removed_at)
    }
}

/// Those that were removed since a moment, the first ones first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RemovedList {
    since: DateTimeUtc,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    /// By somebody.
    Recorded,
    /// By the time.
    Expired,
}

impl RemovedList {
    pub(crate) fn new(since: DateTimeUtc) -> Self {
        Self { since, part: Part::Recorded }
    }

    fn both(&self) -> Vec<Self> {
        [Part::Recorded, Part::Expired].map(|part| Self { part, ..self.clone() }).into()
    }
}

impl List for RemovedList {
    type Row = Removed;
    type Node = RemovedArticle;

    fn name(&self) -> String {
        "RemovedArticles".to_owned()
    }

    fn select(&self, store: &Store) -> SelectStatement {
        use article::Column as A;
        use article_removal::Column as R;
        let same = Expr::col((article_removal::Entity, R::ArticleId)).equals((article::Entity, A::Id));
        match self.part {
            Part::Recorded => {
                let visible = article::Entity::seen_by(Sight::Public(store.now));
                let visible = visible.select_only().column(A::Id).filter(same).into_query();
                article_removal::Entity::find()
                    .select_only()
                    .column_as(R::ArticleId, "id")
                    .columns([R::Slug, R::Uri, R::RemovedAt])
                    .filter(R::RemovedAt.gt(self.since))
                    .filter(Expr::exists(visible).not())
                    .into_query()
            }
            Part::Expired => {
                let recorded = article_removal::Entity::find().select_only().column(R::ArticleId);
                let recorded = recorded.filter(same).filter(R::RemovedAt.gt(self.since)).into_query();
                article::Entity::find()
                    .select_only()
                    .columns([A::Id, A::Slug, A::Uri])
                    .column_as(A::ExpiresAt, "removed_at")
                    .filter(A::ExpiresAt.gt(self.since))
                    .filter(A::ExpiresAt.lte(store.now))
                    .filter(A::Status.eq(PubStatus::Usable))
                    .filter(Expr::col(A::PublishedAt).lt(Expr::col(A::ExpiresAt)))
                    .filter(A::EmbargoedUntil.is_null().or(Expr::col(A::EmbargoedUntil).lt(Expr::col(A::ExpiresAt))))
                    .filter(Expr::exists(recorded).not())
                    .into_query()
            }
        }
    }

    fn order(&self) -> Vec<Key> {
        let (time, id) = match self.part {
            Part::Recorded => (
                Expr::col((article_removal::Entity, article_removal::Column::RemovedAt)),
                Expr::col((article_removal::Entity, article_removal::Column::ArticleId)),
            ),
            Part::Expired => (
                Expr::col((article::Entity, article::Column::ExpiresAt)),
                Expr::col((article::Entity, article::Column::Id)),
            ),
        };
        vec![Key::new(time, Order::Asc, KeyKind::Time), Key::new(id, Order::Asc, KeyKind::Int)]
    }

    fn parts(&self) -> Vec<Self> {
        self.both()
    }

    fn counted(&self) -> Vec<Self> {
        self.both()
    }

    /// Whatever makes an article appear or disappear, also the time, touches the list of all.
    fn tags(&self) -> Vec<Tag> {
        vec![Tag::all(Kind::Articles)]
    }

    fn row_tag(_: &Removed) -> Option<Tag> {
        None
    }

    fn weight(row: &Removed) -> usize {
        size_of::<Removed>() + row.slug.len() + row.uri.len()
    }
}
