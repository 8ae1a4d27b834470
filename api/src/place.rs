//! Places: where news comes from.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{place, term_status::TermKind};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func, LikeExpr, SimpleExpr},
};

use crate::{
    article::{ArticleArgs, ArticleFilter, ArticleList, ArticleOrder, Scope},
    cache::{Kind as Changed, Tag},
    error::{Error, Result},
    link::{Columns, Keyed, Laid, Small, col},
    node::Kind,
    nullability::{Nullable, semantic_non_null},
    page::{Connection, PageArgs, bounded},
    scalar::TimeZone,
    store::{ContextExt as _, Store},
    term,
};

/// A city or another place.
#[derive(Clone)]
pub(crate) struct Place(pub(crate) Arc<place::Model>);

/// A city or another place that news comes from.
#[Object(cache_control(max_age = 300))]
impl Place {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Place.id(self.0.id)
    }

    /// Readable key, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its country, as ISO 3166-1 alpha-2 (`KR`).
    async fn country_code(&self) -> Option<&str> {
        self.0.country_code.as_deref()
    }

    /// Its time zone.
    async fn time_zone(&self) -> Option<TimeZone> {
        self.0.time_zone.clone().map(TimeZone)
    }

    /// Degrees north of the equator (WGS 84).
    async fn latitude(&self) -> Option<f64> {
        self.0.latitude
    }

    /// Degrees east of Greenwich (WGS 84).
    async fn longitude(&self) -> Option<f64> {
        self.0.longitude
    }

    /// The published articles that were written there, as their datelines say, or are about it, newest first.
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
        Some(ArticleArgs { filter, order_by, page }.connection(ctx, Scope::Place(self.0.id)).await.map(Some))
    }
}

/// The root fields of places.
#[derive(Default)]
pub(crate) struct PlaceQuery;

#[Object]
impl PlaceQuery {
    /// Places in the order of their slugs.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn places(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only places whose name has this in it.")] query: Option<String>,
        #[graphql(default_with = "Some(20)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<Place>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(20))?;
                let is_known = TermKind::Place.is_seen_by(col(place::Column::Id), ctx.store().sight());
                let mut select =
                    place::Entity::find().filter(is_known).order_by_asc(place::Column::Slug).limit(first as u64);
                if let Some(query) = query {
                    select = select.filter(name_contains(place::Column::Name, "query", &query)?);
                }
                let db = ctx.store().reading([Tag::all(Changed::Places)].into_iter().chain(term::tags()));
                Ok(Some(select.all(db).await?.into_iter().map(|row| Place(Arc::new(row))).collect()))
            }
            .await,
        )
    }

    /// One place; null when none has the slug.
    async fn place(&self, ctx: &Context<'_>, #[graphql(desc = "Its readable key.")] slug: String) -> Nullable<Place> {
        Some(
            async {
                let slug = checked_slug("slug", slug)?;
                let db = ctx.store().reading([Tag::key(Changed::PlaceSlug, &slug)]);
                let found = place::Entity::find().filter(place::Column::Slug.eq(slug)).one(db).await?;
                ctx.store().note(found.iter().map(|place| Tag::id(Changed::Place, place.id)));
                let found = term::if_known(ctx, TermKind::Place, found, |place| place.id).await?;
                Ok(found.map(|row| Place(Arc::new(row))))
            }
            .await,
        )
    }
}

impl Keyed for place::Model {
    const KIND: Changed = Changed::Place;

    fn key() -> impl ColumnTrait {
        place::Column::Id
    }
}

impl Small for place::Model {
    fn columns(_: &Store) -> Columns {
        use place::Column as P;
        Columns::default()
            .ints([col(P::Id)])
            .texts([P::Slug, P::Name, P::CountryCode, P::TimeZone, P::Uri])
            .floats([P::Latitude, P::Longitude])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.int(0)?,
            slug: row.text(0)?,
            name: row.text(1)?,
            // Imports alone look at these.
            name_key: None,
            name_claim: None,
            country_code: row.some_text(2)?,
            time_zone: row.some_text(3)?,
            latitude: row.float(0)?,
            longitude: row.float(1)?,
            uri: row.some_text(4)?,
        })
    }

    fn weight(&self) -> usize {
        size_of_val(self) + self.slug.len() + self.name.len() + 60
    }
}

/// Whether a name has `query` in it, whatever the case of its ASCII letters (SQLite knows no other).
pub(crate) fn name_contains(name: impl ColumnTrait, argument: &'static str, query: &str) -> Result<SimpleExpr> {
    let query = checked_slug(argument, query.to_ascii_lowercase())?;
    let literal = query.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = LikeExpr::new(format!("%{literal}%")).escape('\\');
    Ok(Expr::expr(Func::lower(Expr::col(name.as_column_ref()))).like(pattern))
}

/// A slug without what PostgreSQL cannot hold.
pub(crate) fn checked_slug(argument: &'static str, slug: String) -> Result<String> {
    if slug.contains('\0') {
        return Err(Error::bad_input(argument, format!("`{argument}` holds a NUL character; no slug or name does")));
    }
    Ok(slug)
}
