//! Most read: the rankings as they are answered. `compute.rs` makes them out of counted reads, `job.rs` does so in the background,
//! `upkeep.rs` keeps the counts small.

mod compute;
mod job;
mod load;
mod report;
mod upkeep;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::TimeDelta;
use entity::{article::Card, ranking::Window, ranking_entry};
use sea_orm::entity::prelude::DateTimeUtc;

use self::load::{Computed, RankingKey};
pub(crate) use self::upkeep::SETTLED;
pub use self::{
    compute::{List, Ranked, recompute},
    job::spawn,
    report::report,
    upkeep::upkeep,
};
use crate::{
    article::Article,
    cache::{Kind, Tag},
    error::Result,
    nullability::{Nullable, semantic_non_null},
    page::bounded,
    place::checked_slug,
    scalar::DateTime,
    store::ContextExt as _,
};

/// The time that reads are counted by.
pub(crate) const BUCKET: TimeDelta = TimeDelta::minutes(5);
const FORMULA: &str = "Reads in the window, one of each reader and article in 30 minutes, without robots; equal numbers are \
    ordered by the later publication, then by the later id.";

/// How a window is computed.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How far it reaches back.
    pub span: TimeDelta,
    /// How often it is computed anew.
    pub refresh: TimeDelta,
}

/// How rankings are computed and shown.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `NOW`.
    pub now: Pace,
    /// `TODAY`.
    pub today: Pace,
    /// `THIS_WEEK`.
    pub this_week: Pace,
    /// Articles of a list.
    pub length: u64,
    /// Whether the public sees how often articles were read.
    pub show_reads: bool,
    /// How long the buckets are kept.
    pub keep_buckets: TimeDelta,
    /// How long the hours are kept.
    pub keep_hours: TimeDelta,
}

impl Default for Settings {
    fn default() -> Self {
        let pace = |hours, minutes| Pace { span: TimeDelta::hours(hours), refresh: TimeDelta::minutes(minutes) };
        Self {
            now: pace(3, 1),
            today: pace(24, 5),
            this_week: pace(7 * 24, 60),
            length: 100,
            show_reads: true,
            keep_buckets: TimeDelta::days(8),
            keep_hours: TimeDelta::days(35),
        }
    }
}

impl Settings {
    pub(crate) fn pace(&self, window: Window) -> Pace {
        match window {
            Window::Now => self.now,
            Window::Today => self.today,
            Window::ThisWeek => self.this_week,
        }
    }
}

/// The last multiple of `step` up to `time`.
pub(crate) fn floor(time: DateTimeUtc, step: TimeDelta) -> DateTimeUtc {
    let step = step.num_milliseconds().max(1);
    DateTimeUtc::from_timestamp_millis(time.timestamp_millis().div_euclid(step) * step).unwrap_or(time)
}

/// The first multiple of `step` from `time` on.
pub(crate) fn ceil(time: DateTimeUtc, step: TimeDelta) -> DateTimeUtc {
    let below = floor(time, step);
    if below == time { time } else { below + step }
}

/// A span of time that ends now.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
#[graphql(remote = "Window")]
pub(crate) enum RankingWindow {
    /// The last 3 hours, unless the newsroom has chosen another span; so with the others.
    Now,
    /// The last 24 hours.
    Today,
    /// The last 7 times 24 hours.
    ThisWeek,
}

/// The most-read articles of a span of time.
pub(crate) struct Ranking {
    window: RankingWindow,
    computed: Option<Arc<Computed>>,
    now: DateTimeUtc,
    pace: Pace,
    show_reads: bool,
    first: usize,
}

impl Ranking {
    pub(crate) async fn load(
        ctx: &Context<'_>,
        window: RankingWindow,
        section: Option<i64>,
        first: Option<i32>,
    ) -> Result<Self> {
        let mut ranking = Self::empty(ctx, window, first)?;
        ranking.computed = ctx.look_up(RankingKey { window: window.into(), section, first: ranking.first }).await?;
        Ok(ranking)
    }

    fn empty(ctx: &Context<'_>, window: RankingWindow, first: Option<i32>) -> Result<Self> {
        let first = bounded("first", first.unwrap_or(7))?;
        let settings = &ctx.store().settings.rankings;
        let (pace, length) = (settings.pace(window.into()), usize::try_from(settings.length).unwrap_or(usize::MAX));
        let (now, show_reads) = (ctx.store().now, settings.show_reads);
        Ok(Self { window, computed: None, now, pace, show_reads, first: first.min(length) })
    }
}

impl Ranking {
    /// A list that has never been computed answers the time of the request.
    fn expire_at_once(&self, ctx: &Context<'_>) {
        if self.computed.is_none() {
            ctx.store().expire(self.now);
        }
    }
}

/// The most-read articles of a span of time, computed in the background from counted reads.
#[Object(cache_control(max_age = 60))]
impl Ranking {
    /// Which span of time.
    async fn window(&self) -> RankingWindow {
        self.window
    }

    /// Start of the span that was counted, inclusive: a whole five minutes.
    async fn window_start(&self, ctx: &Context<'_>) -> DateTime {
        if self.computed.is_none() {
            ctx.store().expire(floor(self.now, BUCKET) + BUCKET);
        }
        let start = || floor(self.now - self.pace.span, BUCKET);
        DateTime(self.computed.as_ref().map_or_else(start, |computed| computed.ranking.window_start))
    }

    /// End of the span that was counted, exclusive.
    async fn window_end(&self, ctx: &Context<'_>) -> DateTime {
        self.expire_at_once(ctx);
        DateTime(self.computed.as_ref().map_or(self.now, |computed| computed.ranking.window_end))
    }

    /// When it was computed. A list stays when nothing at all was read since, and then this is some time ago.
    async fn computed_at(&self, ctx: &Context<'_>) -> DateTime {
        self.expire_at_once(ctx);
        DateTime(self.computed.as_ref().map_or(self.now, |computed| computed.ranking.computed_at))
    }

    /// When it is computed next; asking again before then gives the same list.
    async fn next_refresh_at(&self, ctx: &Context<'_>) -> DateTime {
        let next = floor(self.now, self.pace.refresh) + self.pace.refresh;
        ctx.store().expire(next);
        DateTime(next)
    }

    /// How it was computed, in words.
    async fn formula(&self) -> &str {
        self.computed.as_ref().map_or(FORMULA, |computed| &computed.ranking.formula)
    }

    /// The articles, the most read first.
    async fn entries(&self, ctx: &Context<'_>) -> Vec<RankingEntry> {
        let entries = self.computed.iter().flat_map(|computed| &computed.entries).take(self.first);
        ctx.store().note(entries.clone().map(|(_, card)| Tag::id(Kind::Article, card.id)));
        entries.zip(1..).map(|((entry, card), rank)| RankingEntry::new(entry, card, rank, self.show_reads)).collect()
    }
}

/// An article in a ranking.
#[derive(SimpleObject)]
pub(crate) struct RankingEntry {
    /// Its place, from 1.
    rank: i32,
    /// Its place in the list before this one; null when it was not in it.
    previous_rank: Option<i32>,
    /// Whether it went up or down since.
    movement: Movement,
    /// How often it was read in the window; null when the newsroom keeps that to itself.
    reads: Option<i32>,
    /// The article.
    article: Article,
    /// When it entered the list that it is in without a break.
    first_entered_at: DateTime,
}

/// How an article moved in a ranking.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum Movement {
    /// It was not in the list before.
    New,
    /// To a better place.
    Up,
    /// To a worse place.
    Down,
    /// It kept its place.
    Same,
}

impl RankingEntry {
    fn new(entry: &ranking_entry::Model, card: &Arc<Card>, rank: i32, show_reads: bool) -> Self {
        let movement = match entry.previous_rank {
            None => Movement::New,
            Some(previous) if rank < previous => Movement::Up,
            Some(previous) if rank > previous => Movement::Down,
            Some(_) => Movement::Same,
        };
        Self {
            rank,
            previous_rank: entry.previous_rank,
            movement,
            reads: show_reads.then(|| i32::try_from(entry.reads).unwrap_or(i32::MAX)),
            article: Arc::clone(card).into(),
            first_entered_at: DateTime(entry.first_entered_at),
        }
    }
}

/// The place of an article in the ranking of the whole newsroom; none when it is not in the list.
pub(crate) async fn rank(ctx: &Context<'_>, article: i64, window: RankingWindow) -> Result<Option<i32>> {
    let length = usize::try_from(ctx.store().settings.rankings.length).unwrap_or(usize::MAX);
    let computed = ctx.look_up(RankingKey { window: window.into(), section: None, first: usize::MAX }).await?;
    let place = computed
        .and_then(|computed| computed.entries.iter().take(length).position(|(entry, _)| entry.article_id == article));
    Ok(place.and_then(|place| i32::try_from(place + 1).ok()))
}

/// The root field of rankings.
#[derive(Default)]
pub(crate) struct RankingQuery;

#[Object]
impl RankingQuery {
    /// What readers read most in a span of time that ends now.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn most_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The span of time in which reads count.")] window: RankingWindow,
        #[graphql(desc = "Only articles of the section with this slug; an unknown one has no entries.")]
        section: Option<String>,
        #[graphql(default_with = "Some(7)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Ranking> {
        Some(
            async {
                let Some(slug) = section else { return Ranking::load(ctx, window, None, first).await.map(Some) };
                let slug = checked_slug("section", slug)?;
                match ctx.store().sections().await?.by_slug(&slug) {
                    Some(section) => Ranking::load(ctx, window, Some(section.id), first).await,
                    None => Ranking::empty(ctx, window, first),
                }
                .map(Some)
            }
            .await,
        )
    }
}
