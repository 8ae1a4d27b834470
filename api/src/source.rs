//! Sources: who supplies items: an agency, a paper, a feed.

use std::sync::Arc;

use async_graphql::{Context, Object, OneofObject};
use entity::{source, term_status::TermKind};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, Order, SelectStatement},
};

use crate::{
    article::{ArticleArgs, ArticleFilter, ArticleList, ArticleOrder, Scope},
    cache::{Kind as Changed, Tag},
    error::Result,
    link::{Columns, Keyed, Laid, Small, col},
    nullability::{Nullable, semantic_non_null},
    page::{Connection, Key, KeyKind, List, PageArgs},
    place::checked_slug,
    scalar::Url,
    store::{ContextExt as _, Store},
    term,
};

/// A source.
#[derive(Clone)]
pub(crate) struct Source(pub(crate) Arc<source::Model>);

impl From<Arc<source::Model>> for Source {
    fn from(row: Arc<source::Model>) -> Self {
        Self(row)
    }
}

/// Who supplies items: an agency, a paper, a feed.
#[Object(cache_control(max_age = 300))]
impl Source {
    /// Readable key, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Name as readers see it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its home page.
    async fn url(&self) -> Option<Url> {
        self.0.url.clone().map(Url)
    }

    /// The published articles that it supplied, newest first.
    #[graphql(directive = semantic_non_null::apply(None))]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to list; everything when left out.")] filter: Option<Box<ArticleFilter>>,
        #[graphql(desc = "In which order: `NEWEST` when left out.")] order_by: Option<ArticleOrder>,
        #[graphql(desc = "The first so many items: 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<ArticleList>> {
        let page = PageArgs { first, after, last, before };
        Some(ArticleArgs { filter, order_by, page }.connection(ctx, Scope::Source(self.0.id)).await.map(Some))
    }
}

/// How to find one source: exactly one of the keys.
#[derive(OneofObject)]
pub(crate) enum SourceBy {
    /// Readable key.
    Slug(String),
}

/// The sources in the order of their slugs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SourceList {
    /// Has passed [`checked_slug`].
    query: Option<String>,
}

impl List for SourceList {
    type Row = source::Model;
    type Node = Source;

    fn name(&self) -> String {
        "sources".to_owned()
    }

    fn select(&self, store: &Store) -> SelectStatement {
        use source::Column as C;
        term::listed::<source::Entity>(store, TermKind::Source, [C::Id, C::Name], self.query.as_deref())
    }

    fn tags(&self) -> Vec<Tag> {
        term::list_tags(Changed::Sources)
    }

    fn weight(row: &source::Model) -> usize {
        Small::weight(row)
    }

    fn row_tag(_: &source::Model) -> Option<Tag> {
        None
    }

    fn order(&self) -> Vec<Key> {
        vec![Key::new(Expr::col((source::Entity, source::Column::Slug)), Order::Asc, KeyKind::Text)]
    }
}

/// The root fields of sources.
#[derive(Default)]
pub(crate) struct SourceQuery;

#[Object]
impl SourceQuery {
    /// Sources of published articles, in the order of their slugs.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only sources whose name has this in it.")] query: Option<String>,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<SourceList>> {
        Some(
            async {
                let query = query.map(|query| checked_slug("query", query)).transpose()?;
                Connection::load(ctx, SourceList { query }, PageArgs::forward(first, after)).await.map(Some)
            }
            .await,
        )
    }

    /// One source, by exactly one of its keys; null when there is none.
    async fn source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to find it: exactly one key.")] by: SourceBy,
    ) -> Nullable<Source> {
        Some(
            async {
                let SourceBy::Slug(slug) = by;
                let slug = checked_slug("by", slug)?;
                let db = ctx.store().reading([Tag::key(Changed::SourceSlug, &slug)]);
                let found = source::Entity::find().filter(source::Column::Slug.eq(slug)).one(db).await?;
                ctx.store().note(found.iter().map(|source| Tag::id(Changed::Source, source.id)));
                let found = term::if_known(ctx, TermKind::Source, found, |source| source.id).await?;
                Ok(found.map(|row| Source(Arc::new(row))))
            }
            .await,
        )
    }
}

impl Keyed for source::Model {
    const KIND: Changed = Changed::Source;

    fn key() -> impl ColumnTrait {
        source::Column::Id
    }
}

impl Small for source::Model {
    fn columns(_: &Store) -> Columns {
        use source::Column as S;
        Columns::default().ints([col(S::Id)]).texts([S::Slug, S::Name, S::Url])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.int(0)?,
            slug: row.text(0)?,
            name: row.text(1)?,
            // Imports alone look at these.
            name_key: None,
            name_claim: None,
            url: row.some_text(2)?,
        })
    }

    fn weight(&self) -> usize {
        size_of_val(self) + self.slug.len() + self.name.len() + self.url.as_ref().map_or(0, String::len)
    }
}
