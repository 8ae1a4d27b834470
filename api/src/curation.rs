//! What editors place by hand: top stories, and headlines of other outlets.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, Object, SimpleObject, dataloader::Loader};
use entity::{
    article::{self, Card},
    cells::Cells,
    external_headline, top_story,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseConnection, EntityTrait as _,
    PartialModelTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::DateTimeUtc, sea_query::ExprTrait as _,
};

use crate::{
    article::Article,
    cache::{Kind, Tag},
    error::{Error, Result},
    link::{col, linked},
    nullability::{Nullable, semantic_non_null},
    page::bounded,
    place::checked_slug,
    scalar::{DateTime, Url},
    store::{ContextExt as _, Lookup, Store},
};

/// An article that editors put in a place of their choice.
#[derive(SimpleObject)]
#[graphql(cache_control(max_age = 15))]
pub(crate) struct CuratedItem {
    /// Its place, from 1.
    position: i32,
    /// The article.
    article: Article,
    /// A word or two above the headline.
    kicker: Option<String>,
    /// The headline for this place: the editors' own, else the article's.
    headline: String,
    /// When it leaves the list by itself; null when it stays until the editors change the list.
    pinned_until: Option<DateTime>,
}

/// The top stories of the front (`None`) or of a section.
pub(crate) async fn top_stories(
    ctx: &Context<'_>,
    section: Option<i64>,
    first: Option<i32>,
) -> Result<Vec<CuratedItem>> {
    let first = bounded("first", first.unwrap_or(5))?;
    let items = ctx.look_up(TopStoriesOf(section)).await?.unwrap_or_default();
    let items = items.iter().take(first).zip(1..).map(|((item, card), position)| CuratedItem {
        position,
        kicker: item.kicker.clone(),
        headline: item.headline.as_ref().unwrap_or(&card.headline).clone(),
        pinned_until: item.pinned_until.map(DateTime),
        article: Arc::clone(card).into(),
    });
    Ok(items.collect())
}

/// The boxes that show headlines of other outlets.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
#[graphql(remote = "external_headline::Placement")]
pub(crate) enum Placement {
    /// "In other media": what other outlets report.
    InOtherMedia,
    /// "Partner news": headlines of partners.
    PartnerNews,
}

/// A headline of another outlet.
#[derive(SimpleObject)]
#[graphql(cache_control(max_age = 60))]
pub(crate) struct ExternalHeadline {
    /// Its place in the box, from 1.
    position: i32,
    /// The headline.
    headline: String,
    /// Where the article is.
    url: Url,
    /// Name of the outlet.
    source_name: String,
    /// A sentence or two that sum the article up.
    standfirst: Option<String>,
    /// When the outlet published it.
    published_at: Option<DateTime>,
}

/// The root fields of what editors place by hand.
#[derive(Default)]
pub(crate) struct CurationQuery;

#[Object]
impl CurationQuery {
    /// What the editors put on top of the front, or of a section.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn top_stories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Slug of a section; the front when left out. An unknown one has no items.")] section: Option<
            String,
        >,
        #[graphql(default_with = "Some(5)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<CuratedItem>> {
        Some(
            async {
                let Some(slug) = section else { return top_stories(ctx, None, first).await.map(Some) };
                let slug = checked_slug("section", slug)?;
                match ctx.store().sections().await?.by_slug(&slug) {
                    Some(section) => top_stories(ctx, Some(section.id), first).await,
                    None => bounded("first", first.unwrap_or(5)).map(|_| Vec::new()),
                }
                .map(Some)
            }
            .await,
        )
    }

    /// Headlines of other outlets, for a box on the page.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn external_headlines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which box.")] placement: Placement,
        #[graphql(default_with = "Some(5)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<ExternalHeadline>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(5))?;
                let rows = ctx.load(PlacementKey(placement)).await?.unwrap_or_default();
                let headline = |(row, position): (external_headline::Model, i32)| ExternalHeadline {
                    position,
                    headline: row.headline,
                    url: Url(row.url),
                    source_name: row.source_name,
                    standfirst: row.standfirst,
                    published_at: row.published_at.map(DateTime),
                };
                Ok(Some(rows.into_iter().take(first).zip(1..).map(headline).collect()))
            }
            .await,
        )
    }
}

/// The top stories of the front (`None`) or of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TopStoriesOf(Option<i64>);

/// Items with their articles.
type TopStories = Arc<Vec<(top_story::Model, Arc<Card>)>>;

impl Lookup for TopStoriesOf {
    type Value = TopStories;

    fn tags(&self, found: Option<&TopStories>) -> Vec<Tag> {
        let items = found.into_iter().flat_map(|items| items.iter());
        let articles = items.map(|(item, _)| Tag::id(Kind::Article, item.article_id));
        [Tag::id(Kind::TopStories, self.0.unwrap_or(0))].into_iter().chain(articles).collect()
    }

    fn until(&self, found: &TopStories) -> Option<DateTimeUtc> {
        found.iter().filter_map(|(item, _)| item.pinned_until).min()
    }

    fn weight(&self, found: &TopStories) -> usize {
        found.iter().map(|(item, card)| size_of_val(item) + 100 + card.weight()).sum()
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, TopStories>> {
        use top_story::Column as T;
        let mut places = Condition::any();
        for TopStoriesOf(section) in keys {
            places = places.add(section.map_or_else(|| T::SectionId.is_null(), |section| T::SectionId.eq(section)));
        }
        let cards = Card::select_cols(article::Entity::seen_by(store.sight()).select_only())
            .filter(places)
            .filter(T::PinnedUntil.is_null().or(T::PinnedUntil.gt(store.now)))
            .into_query();
        let mut select = linked(store, article::Column::Id, T::ArticleId, cards);
        select.order_by((top_story::Entity, T::Position), sea_orm::Order::Asc);
        for column in [T::Id, T::SectionId, T::Position, T::ArticleId, T::Kicker, T::Headline, T::PinnedUntil].map(col)
        {
            select.expr(column);
        }
        let mut items: HashMap<TopStoriesOf, Vec<(top_story::Model, Arc<Card>)>> = HashMap::new();
        for row in db.query_all(&select).await? {
            let mut cells = Cells::new(&row, 0);
            let card = Arc::new(Card::read(&mut cells)?);
            let item = top_story::Model {
                id: cells.read()?,
                section_id: cells.read()?,
                position: cells.read()?,
                article_id: cells.read()?,
                kicker: cells.read()?,
                headline: cells.read()?,
                pinned_until: cells.read()?,
            };
            items.entry(TopStoriesOf(item.section_id)).or_default().push((item, card));
        }
        Ok(items.into_iter().map(|(of, items)| (of, Arc::new(items))).collect())
    }
}

/// The headlines of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PlacementKey(Placement);

impl Loader<PlacementKey> for Store {
    type Value = Vec<external_headline::Model>;
    type Error = Error;

    async fn load(&self, keys: &[PlacementKey]) -> Result<HashMap<PlacementKey, Self::Value>> {
        use external_headline::Column as E;
        let stored = |key: PlacementKey| external_headline::Placement::from(key.0);
        let rows = external_headline::Entity::find()
            .filter(E::Placement.is_in(keys.iter().map(|key| stored(*key))))
            .order_by_asc(E::Position)
            .order_by_asc(E::Id)
            .all(self.reading(keys.iter().map(|key| Tag::key(Kind::ExternalHeadlines, &stored(*key).to_value()))))
            .await?;
        let mut headlines: HashMap<PlacementKey, Self::Value> = HashMap::new();
        for row in rows {
            headlines.entry(PlacementKey(row.placement.into())).or_default().push(row);
        }
        Ok(headlines)
    }
}
