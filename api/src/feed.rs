//! The feed: published articles grouped by the reader's local day.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object, SimpleObject};
use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Tz;
use entity::article::Card;
use sea_orm::entity::prelude::DateTimeUtc;

use crate::{
    article::{Article, ArticleFilter, ArticleList, Scope},
    error::{Error, Result},
    page::{Page, PageArgs, PageInfo, PageKey, count_before},
    scalar::{Date, TimeZone},
    store::ContextExt as _,
};

/// Published articles, newest first, grouped by local day.
#[derive(SimpleObject)]
#[graphql(complex, cache_control(max_age = 15))]
pub(crate) struct Feed {
    #[graphql(skip)]
    list: ArticleList,
    /// The days of this page, the latest first.
    days: Vec<FeedDay>,
    /// Whether the feed goes on, and the cursor to ask for more.
    page_info: PageInfo,
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

impl Feed {
    fn new(list: &ArticleList, page: &Page<Card>, after: Option<DateTimeUtc>, zone: Tz, now: DateTimeUtc) -> Self {
        let day = |time: DateTimeUtc| time.with_timezone(&zone).date_naive();
        let mut days: Vec<FeedDay> = Vec::new();
        for card in page.rows() {
            let date = day(card.published_at);
            if days.last().is_none_or(|last| last.date.0 != date) {
                let continued = days.is_empty() && after.map(day) == Some(date);
                let label = label(date, day(now));
                days.push(FeedDay { date: Date(date), label, continued, continues: false, articles: Vec::new() });
            }
            if let Some(last) = days.last_mut() {
                last.articles.push(Arc::clone(card).into());
            }
        }
        if let (Some(last), Some(next)) = (days.last_mut(), &page.next) {
            last.continues = last.date.0 == day(next.published_at);
        }
        Self { days, page_info: PageInfo::of(list, page), list: list.clone() }
    }
}

/// Most new articles that are counted.
const MOST_NEW: u64 = 1_000;

#[ComplexObject]
impl Feed {
    /// How many articles stand in front of a cursor by now: what "12 new articles" above a feed shows. It is counted up to 1,000. Pass the
    /// `pageInfo.startCursor` of the first page, with the same filter.
    async fn new_since(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Cursor of the first article that the reader has: `pageInfo.startCursor`.")] cursor: String,
    ) -> Result<i32> {
        let count = count_before(ctx.store(), &self.list, "cursor", &cursor, MOST_NEW).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// When the local day after that of `now` begins: then days have other labels.
fn next_day(now: DateTimeUtc, zone: Tz) -> Option<DateTimeUtc> {
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
    ) -> Result<Feed> {
        let zone: Tz = time_zone.0.parse().map_err(|_| {
            Error::bad_input("timeZone", "`timeZone` is not a time zone; pass an IANA name such as `Europe/Moscow`")
        })?;
        let list = ArticleList::new(Scope::Feed, ArticleFilter::resolve(filter, ctx).await?, None);
        let cut = PageArgs::forward(first, after).cut(&list)?;
        let after = cut.after.as_ref().and_then(|cursor| cursor.time());
        let page: Arc<Page<Card>> =
            ctx.look_up(PageKey { list: list.clone(), cut }).await?.expect("every page that is asked for is answered");
        let store = ctx.store();
        if let Some(midnight) = next_day(store.now, zone) {
            store.expire(midnight);
        }
        Ok(Feed::new(&list, &page, after, zone, store.now))
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
        let next = |now: &str, zone: Tz| next_day(now.parse().unwrap(), zone).unwrap().to_rfc3339();
        assert_eq!(next("2026-03-02T20:59:59Z", Tz::Europe__Moscow), "2026-03-02T21:00:00+00:00");
        assert_eq!(next("2026-03-02T21:00:00Z", Tz::Europe__Moscow), "2026-03-03T21:00:00+00:00");
        // Clocks go from midnight to one o'clock.
        assert_eq!(next("2026-04-23T12:00:00Z", Tz::Africa__Cairo), "2026-04-23T22:00:00+00:00");
    }
}
