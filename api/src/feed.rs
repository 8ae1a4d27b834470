//! The feed: published articles grouped by the reader's local day.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use chrono::{Datelike as _, Days, NaiveDate};
use entity::article::Card;
use importer::time::Zone;
use sea_orm::entity::prelude::DateTimeUtc;

use crate::{
    article::{Article, ArticleFilter, ArticleList, Scope},
    error::Error,
    nullability::{Nullable, semantic_non_null},
    page::{Connection, Page, PageArgs, PageInfo, PageKey, count_before},
    scalar::{Date, TimeZone},
    store::ContextExt as _,
};

/// Published articles, newest first, with the reader's local days.
pub(crate) struct FeedConnection {
    articles: Connection<ArticleList>,
    /// The time of the last article of the page before.
    after: Option<DateTimeUtc>,
    zone: Zone,
    now: DateTimeUtc,
}

/// An article of the feed, with its place and its local day.
#[derive(SimpleObject)]
pub(crate) struct FeedEdge {
    /// The place of the article in the feed: pass it as `after`.
    cursor: String,
    /// The article.
    node: Article,
    /// Its day in the time zone that was asked for. A client that keeps the edges of several pages groups them by it.
    date: Date,
    /// The day in words: "Today", "Yesterday" or "Monday, March 2, 2026".
    label: String,
}

/// A day of the feed, or the part of it that is on this page.
#[derive(SimpleObject)]
pub(crate) struct FeedDay {
    /// The day in the time zone that was asked for.
    date: Date,
    /// The day in words: "Today", "Yesterday" or "Monday, March 2, 2026".
    label: String,
    /// Did the day begin on the page before? Then add its articles to that day instead of a new heading.
    continued: bool,
    /// Does the day go on on the next page?
    continues: bool,
    /// Its articles, newest first.
    articles: Vec<Article>,
}

/// Most new articles that are counted.
const MOST_NEW: u64 = 1_000;

impl FeedConnection {
    fn day(&self, time: DateTimeUtc) -> NaiveDate {
        time.with_timezone(&self.zone).date_naive()
    }

    fn label(&self, date: NaiveDate) -> String {
        label(date, self.day(self.now))
    }
}

/// A page of the feed (a Relay connection): published articles, newest first, also grouped by local day.
#[Object(cache_control(max_age = 15))]
impl FeedConnection {
    /// The articles of the page, each with its cursor and its day.
    async fn edges(&self) -> Vec<FeedEdge> {
        let edge = |(cursor, card): (String, &Arc<Card>)| {
            let date = self.day(card.published_at);
            FeedEdge { cursor, node: Arc::clone(card).into(), date: Date(date), label: self.label(date) }
        };
        self.articles.items().map(edge).collect()
    }

    /// The articles of the page.
    async fn nodes(&self) -> Vec<Article> {
        self.articles.page().rows().cloned().map(Into::into).collect()
    }

    /// Whether the feed goes on, and the cursors to ask for more.
    async fn page_info(&self) -> PageInfo {
        self.articles.info()
    }

    /// Number of articles in the whole feed, whatever the page. It is counted only when it is asked for.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn total_count(&self, ctx: &Context<'_>) -> Nullable<i32> {
        Some(self.articles.count(ctx).await.map(Some))
    }

    /// The articles of the page by their days, the latest first.
    async fn days(&self) -> Vec<FeedDay> {
        let page = self.articles.page();
        let mut days: Vec<FeedDay> = Vec::new();
        for card in page.rows() {
            let date = self.day(card.published_at);
            if days.last().is_none_or(|last| last.date.0 != date) {
                let continued = days.is_empty() && self.after.map(|after| self.day(after)) == Some(date);
                let label = self.label(date);
                days.push(FeedDay { date: Date(date), label, continued, continues: false, articles: Vec::new() });
            }
            if let Some(last) = days.last_mut() {
                last.articles.push(Arc::clone(card).into());
            }
        }
        if let (Some(last), Some(next)) = (days.last_mut(), &page.next) {
            last.continues = last.date.0 == self.day(next.published_at);
        }
        days
    }

    /// How many articles stand in front of a cursor by now: what "12 new articles" above a feed shows. It is counted up to 1,000. Pass the
    /// `pageInfo.startCursor` of the first page, with the same filter.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn new_since(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Cursor of the first article that the reader has: `pageInfo.startCursor`.")] cursor: String,
    ) -> Nullable<i32> {
        Some(
            async {
                let count = count_before(ctx.store(), self.articles.list(), "cursor", &cursor, MOST_NEW).await?;
                Ok(Some(i32::try_from(count).unwrap_or(i32::MAX)))
            }
            .await,
        )
    }
}

/// When the local day after that of `now` begins: then days have other labels.
fn next_day(now: DateTimeUtc, zone: Zone) -> Option<DateTimeUtc> {
    let tomorrow = now.with_timezone(&zone).date_naive().checked_add_days(Days::new(1))?;
    // A day may begin later than at midnight, where clocks are then put forward.
    (0..=3)
        .find_map(|hour| tomorrow.and_hms_opt(hour, 0, 0)?.and_local_timezone(zone).earliest())
        .map(|start| start.to_utc())
}

fn label(date: NaiveDate, today: NaiveDate) -> String {
    if date == today {
        return "Today".to_owned();
    }
    if today.checked_sub_days(Days::new(1)) == Some(date) {
        return "Yesterday".to_owned();
    }
    format!("{}, {}", date.format("%A, %B %-d"), date.year())
}

/// The root field of the feed.
#[derive(Default)]
pub(crate) struct FeedQuery;

#[Object]
impl FeedQuery {
    /// Published articles, newest first, grouped by local day. A day that does not fit on a page goes on on the next.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to list; everything when left out.")] filter: Option<Box<ArticleFilter>>,
        #[graphql(
            default_with = "TimeZone(\"UTC\".to_owned())",
            desc = "The reader's time zone, which decides where days begin."
        )]
        time_zone: TimeZone,
        #[graphql(default_with = "Some(20)", desc = "How many articles at most: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only articles behind this cursor: `pageInfo.endCursor` of the page before.")] after: Option<
            String,
        >,
    ) -> Nullable<FeedConnection> {
        Some(
            async {
                let zone: Zone = time_zone.0.parse().map_err(|_| {
                    Error::bad_input(
                        "timeZone",
                        "`timeZone` is not a time zone; pass an IANA name such as `Europe/Moscow`",
                    )
                })?;
                let list = ArticleList::new(Scope::Feed, ArticleFilter::resolve(filter, ctx).await?, None);
                let cut = PageArgs::forward(first, after).cut(&list)?;
                let after = cut.after.as_ref().and_then(|cursor| cursor.time());
                let page: Arc<Page<Card>> = ctx
                    .look_up(PageKey { list: list.clone(), cut })
                    .await?
                    .expect("every page that is asked for is answered");
                let store = ctx.store();
                if let Some(midnight) = next_day(store.now, zone) {
                    store.expire(midnight);
                }
                Ok(Some(FeedConnection { articles: Connection::new(list, page), after, zone, now: store.now }))
            }
            .await,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_named_as_readers_name_them() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March");
        assert_eq!(label(day(3), day(3)), "Today");
        assert_eq!(label(day(2), day(3)), "Yesterday");
        assert_eq!(label(day(1), day(3)), "Sunday, March 1, 2026");
    }

    #[test]
    fn a_day_ends_where_the_reader_is() {
        let next = |now: &str, zone: &str| next_day(now.parse().unwrap(), zone.parse().unwrap()).unwrap().to_rfc3339();
        assert_eq!(next("2026-03-02T20:59:59Z", "Europe/Moscow"), "2026-03-02T21:00:00+00:00");
        assert_eq!(next("2026-03-02T21:00:00Z", "Europe/Moscow"), "2026-03-03T21:00:00+00:00");
        // Clocks go from midnight to one o'clock.
        assert_eq!(next("2026-04-23T12:00:00Z", "Africa/Cairo"), "2026-04-23T22:00:00+00:00");
    }
}
