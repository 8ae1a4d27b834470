//! Search: the articles that a reader's words find, with what is marked in them.

mod count;
mod fts5;
mod highlight;
mod language;
mod later;
mod matching;
mod query;
mod script;
mod spelling;
mod suggest;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::article::{self, Card};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult as _, PartialModelTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _, Select,
    sea_query::{CaseStatement, Expr, ExprTrait as _, Order, SelectStatement},
};
use tokio::sync::OnceCell;

pub use self::later::{index_texts, spawn};
pub(crate) use self::suggest::SuggestQuery;
use self::{
    count::{Counted, Counting},
    highlight::Highlight,
    matching::{Estimate, Matching, Rank},
    query::Query,
};
use crate::{
    article::{Article, ArticleFilter, Filter},
    body::BodyKey,
    cache::{Kind, Tag},
    error::Result,
    facet::{Facet, SearchFacets, Wanted},
    nullability::{Nullable, semantic_non_null},
    page::{Cursor, DEFAULT_SIZE, PageInfo, bounded},
    scalar::DateTime,
    session::Session,
    store::{ContextExt as _, Store},
};

/// The order of what a search finds.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub(crate) enum SearchOrder {
    /// The best match first: all words in the headline, then in headline and standfirst, then some of them there, then in the text alone.
    /// Of equal matches the newest is first.
    #[default]
    Relevance,
    /// Latest publication first.
    Newest,
}

/// What a search changes with: which articles there are, their texts, and what a filter may ask for.
const FOUND: [Kind; 3] = [Kind::Articles, Kind::Edits, Kind::Links];

/// A search as it was asked for.
pub(crate) struct Search {
    text: String,
    matching: Matching,
    filter: Filter,
    order: SearchOrder,
}

/// An article that was found.
struct Hit {
    card: Arc<Card>,
    rank: Rank,
}

/// The place of a hit in its list.
#[derive(Clone, Copy)]
struct Place {
    rank: Rank,
    micros: i64,
    id: i64,
}

impl Search {
    fn name(&self) -> String {
        format!("Search:{:?}", self.order)
    }

    fn place(&self, after: &str) -> Result<Place> {
        let [rank, micros, id] = Cursor::numbers("after", after, &self.name())?;
        let known = Rank::read(rank).zip(chrono::DateTime::from_timestamp_micros(micros));
        let (rank, _) = known.ok_or_else(|| {
            crate::error::Error::bad_input("after", "`after` is not a cursor; pass one that this list answered")
        })?;
        Ok(Place { rank, micros, id })
    }

    fn cursor(&self, hit: &Hit) -> String {
        let keys = [hit.rank as i64, hit.card.published_at.timestamp_micros(), hit.card.id];
        Cursor::of_numbers(&keys).encode(&self.name())
    }

    /// The public articles that the filter lets through.
    fn candidates(&self, store: &Store) -> Select<article::Entity> {
        self.filter.apply(article::Entity::seen_by(store.sight()).select_only())
    }

    /// Hits behind `after`, one more than `size` when there are more.
    async fn hits(&self, session: &Session, store: &Store, after: Option<Place>, size: usize) -> Result<Vec<Hit>> {
        let mut hits: Vec<Hit> = Vec::new();
        if self.order == SearchOrder::Newest {
            let found = self.candidates(store).column(article::Column::Id).into_query();
            let found = cut(self.matching.of(session, found, None).await?, after, size + 1);
            // Ranks look into texts: only those of the page.
            let select = article::Entity::find().select_only().filter(article::Column::Id.in_subquery(found));
            let ranks = self.matching.ranks().filter(|rank| *rank != Rank::Text);
            let case = ranks
                .fold(CaseStatement::new(), |case, rank| case.case(self.matching.condition(Some(rank)), rank as i32));
            let select = Card::select_cols(select).expr_as(case.finally(Rank::Text as i32), "search_rank");
            for row in session.query_all(&cut(select.into_query(), None, size + 1)).await? {
                let rank = Rank::read(row.try_get::<i32>("", "search_rank")?.into()).unwrap_or(Rank::Text);
                hits.push(Hit { card: Arc::new(Card::from_query_result(&row, "")?), rank });
            }
            return Ok(hits);
        }
        for rank in self.matching.ranks().filter(|rank| after.is_none_or(|after| *rank <= after.rank)) {
            let wanted = size + 1 - hits.len();
            let select = Card::select_cols(self.candidates(store)).into_query();
            let select = self.matching.of(session, select, Some(rank)).await?;
            let rows = session.query_all(&cut(select, after.filter(|after| after.rank == rank), wanted)).await?;
            for row in &rows {
                hits.push(Hit { card: Arc::new(Card::from_query_result(row, "")?), rank });
            }
            if rows.len() == wanted {
                break;
            }
        }
        Ok(hits)
    }
}

/// The newest rows of `statement` behind a place.
fn cut(mut statement: SelectStatement, after: Option<Place>, limit: usize) -> SelectStatement {
    use article::Column as A;
    if let Some(Place { micros, id, .. }) = after {
        let time = chrono::DateTime::from_timestamp_micros(micros);
        // The first comparison says nothing that the second does not, but an index can be walked from it.
        statement.and_where(
            A::PublishedAt.lte(time).and(A::PublishedAt.lt(time).or(A::PublishedAt.eq(time).and(A::Id.lt(id)))),
        );
    }
    statement
        .order_by_expr(Expr::col((article::Entity, A::PublishedAt)), Order::Desc)
        .order_by_expr(Expr::col((article::Entity, A::Id)), Order::Desc)
        .limit(limit as u64);
    statement
}

/// A page of what a search found.
pub(crate) struct SearchConnection {
    search: Arc<Search>,
    hits: Vec<Hit>,
    after: bool,
    more: bool,
    estimate: Option<Estimate>,
    wanted: Wanted,
    /// Whether it is to be said since when what is counted was published.
    since: bool,
    counted: OnceCell<Counted>,
}

impl SearchConnection {
    async fn load(
        ctx: &Context<'_>,
        text: &str,
        filter: Option<Box<ArticleFilter>>,
        order: SearchOrder,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self> {
        let size = first.map_or(Ok(DEFAULT_SIZE), |first| bounded("first", first))?;
        let query = Query::read(text)?;
        let store = ctx.store();
        let filter = ArticleFilter::resolve(filter, ctx).await?;
        let languages = store.languages().await?;
        let session = Session::begin(store.reading(FOUND.map(Tag::all))).await?;
        let matching = Matching::new(&session, &query, &languages).await?;
        let estimate = matching.estimate(&session).await?;
        if estimate.is_some_and(Estimate::is_rare) {
            session.read_bitmaps().await?;
        }
        let search = Search { text: text.to_owned(), matching, filter, order };
        let place = after.map(|after| search.place(after)).transpose()?;
        let mut hits = search.hits(&session, store, place, size).await?;
        session.end().await?;
        let more = hits.len() > size;
        hits.truncate(size);
        let selection = ctx.look_ahead();
        let facets = Facet::selected(&selection.field("facets"));
        let since = selection.field("countedSince").exists();
        let total = selection.field("totalCount").exists() || (since && facets.is_empty());
        let (wanted, counted) = (Wanted { total, facets }, OnceCell::new());
        let (search, after) = (Arc::new(search), after.is_some());
        Ok(Self { search, hits, after, more, estimate, wanted, since, counted })
    }

    /// All that is counted of what was found.
    async fn counted(&self, store: &Store) -> Result<&Counted> {
        let Self { search, wanted, since, estimate, .. } = self;
        let counting = Counting { search, store, wanted, since: *since, estimate: *estimate };
        self.counted.get_or_try_init(|| counting.run()).await
    }
}

/// A page of what a search found (a Relay connection).
#[Object(cache_control(max_age = 15))]
impl SearchConnection {
    /// The articles of the page, each with what was found in it.
    async fn edges(&self) -> Vec<SearchEdge> {
        let edge = |hit: &Hit| SearchEdge {
            search: Arc::clone(&self.search),
            cursor: self.search.cursor(hit),
            rank: hit.rank,
            card: hit.card.clone(),
        };
        self.hits.iter().map(edge).collect()
    }

    /// The articles of the page.
    async fn nodes(&self) -> Vec<Article> {
        self.hits.iter().map(|hit| hit.card.clone().into()).collect()
    }

    /// Whether there is more, and the cursors to ask for it.
    async fn page_info(&self) -> PageInfo {
        let cursors: Vec<String> = self.hits.iter().map(|hit| self.search.cursor(hit)).collect();
        PageInfo::forward(self.after, self.more, &cursors)
    }

    /// Number of articles that match, whatever the page; when `countedSince` is not null, as many do or more. They are counted only when it is
    /// asked for.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn total_count(&self, ctx: &Context<'_>) -> Nullable<i32> {
        Some(
            async {
                let total = self.counted(ctx.store()).await?.counts.total;
                Ok(Some(i32::try_from(total).unwrap_or(i32::MAX)))
            }
            .await,
        )
    }

    /// Null when all articles that match are counted. A server counts so many of them, usually 50,000; of a search that finds more, `facets`
    /// counts those that were published since this time, and `totalCount` is the least that there can be. Whether words follow each other is
    /// looked up in texts, which takes longer: of a phrase, 5,000 articles with its words may be too many.
    async fn counted_since(&self, ctx: &Context<'_>) -> Nullable<DateTime> {
        Some(async { Ok(self.counted(ctx.store()).await?.since.map(DateTime)) }.await)
    }

    /// The query with its spelling mended, when a word of it is in no article and a word that is one letter away is; null otherwise. Searching
    /// for it finds something.
    async fn did_you_mean(&self, ctx: &Context<'_>) -> Nullable<String> {
        Some(
            async {
                if !self.hits.is_empty() || self.after {
                    // Each word is in an article, or another alternative of the query is.
                    return Ok(None);
                }
                let store = ctx.store();
                let languages = store.languages().await?;
                let session = Session::begin(store.reading(FOUND.map(Tag::all))).await?;
                session.read_bitmaps().await?;
                let mut mended = spelling::mended(&session, store, &self.search.matching, &self.search.text).await?;
                if let Some(text) = &mended {
                    let matching = Matching::new(&session, &Query::read(text)?, &languages).await?;
                    let search = Search {
                        text: text.clone(),
                        matching,
                        filter: Filter::default(),
                        order: SearchOrder::Relevance,
                    };
                    if search.hits(&session, store, None, 1).await?.is_empty() {
                        mended = None;
                    }
                }
                session.end().await?;
                Ok(mended)
            }
            .await,
        )
    }

    /// How many of the articles that match have which section, topic and so on. Only the lists that are asked for are counted.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn facets(&self, ctx: &Context<'_>) -> Nullable<SearchFacets> {
        Some(async { Ok(Some(SearchFacets(Arc::clone(&self.counted(ctx.store()).await?.counts)))) }.await)
    }
}

/// An article that was found.
pub(crate) struct SearchEdge {
    search: Arc<Search>,
    cursor: String,
    rank: Rank,
    card: Arc<Card>,
}

/// An article that was found, with its place in the list and what was found in it.
#[Object]
impl SearchEdge {
    /// The place of the article in this list: pass it as `after`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// How well it matches: 1 when all words are in the headline, 0.75 in headline and standfirst, 0.5 when some of them are there, 0.25 when
    /// they are in the text alone, 0.125 when they are there only without the marks of letters, as Zürich for Zurich. It does not change when other articles arrive.
    async fn score(&self) -> f64 {
        self.rank.score()
    }

    /// Where the words were found: pieces of the headline, the standfirst and the text.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn highlights(&self, ctx: &Context<'_>) -> Nullable<Vec<Highlight>> {
        Some(
            async {
                let Some((language, stems)) = self.search.matching.stems(&self.card.language) else {
                    return Ok(Some(Vec::new()));
                };
                let body = ctx.look_up(BodyKey(self.card.id)).await?.unwrap_or_default();
                Ok(Some(Highlight::all(&self.card, &body.blocks, |word| stems.contains(&*language.stem(word)))))
            }
            .await,
        )
    }

    /// The article.
    async fn node(&self) -> Article {
        Arc::clone(&self.card).into()
    }
}

/// The root fields of search.
#[derive(Default)]
pub(crate) struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Published articles that hold what is searched for. Words must all be there, in any form that the language of the article gives
    /// them; `"words in quotes"` must follow each other; `OR` stands between alternatives and binds less than being side by side; `-word`
    /// and `-"some words"` must not be there.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "What to search for, as a reader types it: `\"key rate\" bank OR mortgage -forecast`; at most 1,000 characters and 32 words."
        )]
        query: String,
        #[graphql(desc = "Where to search; everywhere when left out.")] filter: Option<Box<ArticleFilter>>,
        #[graphql(default_with = "SearchOrder::Relevance", desc = "In which order.")] order_by: SearchOrder,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only articles behind this cursor.")] after: Option<String>,
    ) -> Nullable<SearchConnection> {
        Some(SearchConnection::load(ctx, &query, filter, order_by, first, after.as_deref()).await.map(Some))
    }
}
