//! Counting what a search finds: all of it or, where that is too much, what is newest.
//!
//! Which of the two depends on what the viewer may see and on nothing else: not on how fast the database is, nor on what it reckons.

use std::{
    cmp::{max, min},
    sync::Arc,
};

use entity::article;
use sea_orm::{
    ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    entity::prelude::DateTimeUtc,
    sea_query::{Asterisk, Expr, ExprTrait as _, Query, SimpleExpr},
};

use super::{Search, matching::Estimate};
use crate::{
    article::Filter,
    cache::Tag,
    error::Result,
    facet::{Counts, Facet, Most, Wanted},
    page::union,
    session::Session,
    store::{Sections, Store},
};

/// Values of a facet, at most.
const VALUES: usize = 50;
/// How many articles are counted in the time that PostgreSQL takes to look into a text for a phrase.
const TEXT: u64 = 10;
/// One of how many articles, at most, has the words of a phrase that looking into takes the time for.
const WITH_WORDS: u64 = 4;

/// What was counted.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) counts: Arc<Counts>,
    /// Since when what was published was counted, when it was not all.
    pub(super) since: Option<DateTimeUtc>,
}

impl Counted {
    fn new(counts: Counts, since: Option<DateTimeUtc>) -> Self {
        Self { counts: Arc::new(counts), since }
    }
}

/// How much there is to be counted.
#[derive(Default)]
struct Size {
    /// All articles, when they are wanted.
    total: u64,
    exceeded: bool,
}

/// What is to be counted of a search.
pub(super) struct Counting<'c> {
    pub(super) search: &'c Search,
    pub(super) store: &'c Store,
    pub(super) wanted: &'c Wanted,
    /// Whether it is to be said since when.
    pub(super) since: bool,
    /// How many articles PostgreSQL expects.
    pub(super) estimate: Option<Estimate>,
}

impl Counting<'_> {
    /// Counts all of it together, because finding it is most of the work.
    pub(super) async fn run(&self) -> Result<Counted> {
        let sections = self.store.sections().await?;
        let session = Session::begin(self.store.reading(Facet::TAGS.map(Tag::all))).await?;
        session.read_indexes().await?;
        let counted = self.counted(&session, &sections).await?;
        session.end().await?;
        Ok(counted)
    }

    async fn counted(&self, session: &Session, sections: &Sections) -> Result<Counted> {
        let most = self.store.settings.search_counted;
        let matching = &self.search.matching;
        let (phrases, total_alone) = (matching.looked_into(), self.wanted.facets.is_empty());
        let size = match &phrases {
            Some(texts) => self.sizes(session, texts, most / TEXT).await?,
            None if total_alone || self.expects_more(session, most).await? => {
                self.sizes(session, &matching.conditions(), most).await?
            }
            None => Size::default(),
        };
        // A text that has the words need not have the phrase.
        let mut least = if phrases.is_some() { 0 } else { size.total };
        if !size.exceeded {
            if total_alone && phrases.is_none() {
                return Ok(Counted::new(Counts::of_total(least), None));
            }
            let counts = self.load(session, sections, None, Some(most)).await?;
            if !counts.exceeded {
                return Ok(Counted::new(counts, None));
            }
            least = min(counts.total.cast_unsigned(), most);
        }
        if total_alone && phrases.is_none() {
            let since = if self.since { self.time_of(session, most).await? } else { None };
            return Ok(Counted::new(Counts::of_total(least), since));
        }
        let newest = if phrases.is_some() { most / TEXT * WITH_WORDS } else { most };
        let since = self.time_of(session, newest).await?;
        let mut counts = self.load(session, sections, since, None).await?;
        counts.total = max(counts.total, least.cast_signed());
        Ok(Counted::new(counts, since))
    }

    /// Whether there may well be more than `most` articles: what is too much is not counted by value first.
    async fn expects_more(&self, session: &Session, most: u64) -> Result<bool> {
        match self.estimate {
            Some(estimate) => Ok(estimate.is_more_than(most / 2)),
            None => self.search.matching.has_words_of_more(session, most).await,
        }
    }

    /// How many articles fulfil any of the conditions, and whether there are more than `most` of them with any of the filters.
    async fn sizes(&self, session: &Session, conditions: &[SimpleExpr], most: u64) -> Result<Size> {
        session.read_bitmaps().await?;
        let mut sizes = Size::default();
        for (filter, counted) in self.wanted.tables(|facet| self.filter(facet, None)) {
            let size = self.size(session, &filter, conditions, most).await?;
            if counted.contains(&None) {
                sizes.total = min(size, most);
            }
            if size > most {
                sizes.exceeded = true;
                break;
            }
        }
        session.read_indexes().await?;
        Ok(sizes)
    }

    /// What a facet is counted with, or everything; since a time, or from the beginning.
    fn filter(&self, facet: Option<Facet>, since: Option<DateTimeUtc>) -> Filter {
        let filter = &self.search.filter;
        let mut own = match facet {
            Some(facet) if since.is_none() || facet != Facet::Years => filter.without(facet),
            _ => filter.clone(),
        };
        own.from = max(own.from, since);
        own
    }

    fn matched(&self, filter: &Filter, conditions: &[SimpleExpr]) -> Vec<Select<article::Entity>> {
        let seen = filter.apply(article::Entity::seen_by(self.store.sight()));
        conditions.iter().map(|condition| seen.clone().filter(condition.clone())).collect()
    }

    async fn load(
        &self,
        session: &Session,
        sections: &Sections,
        since: Option<DateTimeUtc>,
        articles: Option<u64>,
    ) -> Result<Counts> {
        let conditions = self.search.matching.conditions();
        let own = |facet| self.filter(facet, since);
        let matched = |filter: &Filter| self.matched(filter, &conditions);
        Counts::load(session, sections, self.wanted, own, matched, Most { values: VALUES, articles }).await
    }

    /// How many articles fulfil one of the conditions; more than `limit` when there are more.
    async fn size(&self, session: &Session, filter: &Filter, conditions: &[SimpleExpr], limit: u64) -> Result<u64> {
        let parts = self.matched(filter, conditions).into_iter();
        let parts = parts.map(|part| part.select_only().expr_as(Expr::val(1), "one").limit(limit + 1).into_query());
        let Some(articles) = union(parts) else { return Ok(0) };
        let count =
            Query::select().expr_as(Expr::col(Asterisk).count(), "items").from_subquery(articles, "found").take();
        let rows = session.query_all(&count).await?;
        let size: i64 = rows.first().map_or(Ok(0), |row| row.try_get("", "items"))?;
        Ok(size.cast_unsigned())
    }

    /// When the first of the newest articles was published: of so many, before the end of the time that is searched. `None` when there are fewer.
    async fn time_of(&self, session: &Session, newest: u64) -> Result<Option<DateTimeUtc>> {
        use article::Column as A;
        let articles = article::Entity::seen_by(self.store.sight()).select_only().column(A::PublishedAt);
        let articles = articles.apply_if(self.search.filter.to, |articles, to| articles.filter(A::PublishedAt.lt(to)));
        let newest =
            articles.order_by_desc(A::PublishedAt).order_by_desc(A::Id).offset(newest.saturating_sub(1)).limit(1);
        let rows = session.query_all(&newest.into_query()).await?;
        Ok(rows.first().map(|row| row.try_get("", "published_at")).transpose()?)
    }
}
