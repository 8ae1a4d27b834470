//! Most read: the rankings as they are answered, and the job that computes them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_graphql::{Context, Enum, Object, SimpleObject, dataloader::Loader};
use entity::{
    article::{self, Card},
    ranking::{self, Window},
    ranking_entry, read_bucket,
    transaction::writing,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait as _, FromQueryResult,
    PartialModelTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _, TransactionTrait as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait as _},
};

use crate::{
    article::Article,
    error::{Error, Result},
    page::bounded,
    place::checked_slug,
    scalar::DateTime,
    store::{ContextExt as _, Store},
};

/// Entries that a ranking keeps: more than are shown, so that articles that are killed leave no gap.
const KEPT: u64 = 50;
const FORMULA: &str = "Reads in the window, each counted once; equal numbers are ordered by the later publication.";

/// A span of time that ends now.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
#[graphql(remote = "Window")]
pub(crate) enum RankingWindow {
    /// The last 3 hours.
    Now,
    /// The last 24 hours.
    Today,
    /// The last 7 times 24 hours.
    ThisWeek,
}

/// A ranking as it was computed last.
#[derive(Debug)]
pub(crate) struct Computed {
    ranking: ranking::Model,
    /// By rank; those that are no longer public are left out.
    entries: Vec<(ranking_entry::Model, Card)>,
}

/// The most-read articles of a span of time.
pub(crate) struct Ranking {
    window: RankingWindow,
    computed: Option<Arc<Computed>>,
    now: DateTimeUtc,
    first: usize,
}

impl Ranking {
    pub(crate) async fn load(
        ctx: &Context<'_>,
        window: RankingWindow,
        section: Option<i64>,
        first: Option<i32>,
    ) -> Result<Self> {
        let first = bounded("first", first.unwrap_or(7))?;
        let computed = ctx.load(RankingKey { window: window.into(), section }).await?;
        Ok(Self { window, computed, now: ctx.store().now, first })
    }
}

/// The most-read articles of a span of time, computed in the background from counted reads.
#[Object]
impl Ranking {
    /// Which span of time.
    async fn window(&self) -> RankingWindow {
        self.window
    }

    /// Start of the span that was counted, inclusive.
    async fn window_start(&self) -> DateTime {
        let start = || self.now - chrono::TimeDelta::hours(Window::from(self.window).hours());
        DateTime(self.computed.as_ref().map_or_else(start, |computed| computed.ranking.window_start))
    }

    /// End of the span that was counted, exclusive.
    async fn window_end(&self) -> DateTime {
        DateTime(self.computed.as_ref().map_or(self.now, |computed| computed.ranking.window_end))
    }

    /// When it was computed.
    async fn computed_at(&self) -> DateTime {
        DateTime(self.computed.as_ref().map_or(self.now, |computed| computed.ranking.computed_at))
    }

    /// How it was computed, in words.
    async fn formula(&self) -> &str {
        self.computed.as_ref().map_or(FORMULA, |computed| &computed.ranking.formula)
    }

    /// The articles, the most read first.
    async fn entries(&self) -> Vec<RankingEntry> {
        let entries = self.computed.iter().flat_map(|computed| &computed.entries).take(self.first);
        entries.zip(1..).map(|((entry, card), rank)| RankingEntry::new(entry, card, rank)).collect()
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
    /// How often it was read in the window.
    reads: i32,
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
    fn new(entry: &ranking_entry::Model, card: &Card, rank: i32) -> Self {
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
            reads: i32::try_from(entry.reads).unwrap_or(i32::MAX),
            article: card.clone().into(),
            first_entered_at: DateTime(entry.first_entered_at),
        }
    }
}

/// The root field of rankings.
#[derive(Default)]
pub(crate) struct RankingQuery;

#[Object]
impl RankingQuery {
    /// What readers read most in a span of time that ends now.
    async fn most_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The span of time in which reads count.")] window: RankingWindow,
        #[graphql(desc = "Only articles of the section with this slug; an unknown one has no entries.")]
        section: Option<String>,
        #[graphql(default_with = "Some(7)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Result<Ranking> {
        let Some(slug) = section else { return Ranking::load(ctx, window, None, first).await };
        let slug = checked_slug("section", slug)?;
        match ctx.store().sections().await?.by_slug(&slug) {
            Some(section) => Ranking::load(ctx, window, Some(section.id), first).await,
            None => Ok(Ranking {
                window,
                computed: None,
                now: ctx.store().now,
                first: bounded("first", first.unwrap_or(7))?,
            }),
        }
    }
}

/// The ranking of a window, overall or of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RankingKey {
    window: Window,
    section: Option<i64>,
}

impl Loader<RankingKey> for Store {
    type Value = Arc<Computed>;
    type Error = Error;

    async fn load(&self, keys: &[RankingKey]) -> Result<HashMap<RankingKey, Arc<Computed>>> {
        let mut any = Condition::any();
        for key in keys {
            let section = match key.section {
                Some(section) => ranking::Column::SectionId.eq(section),
                None => ranking::Column::SectionId.is_null(),
            };
            any = any.add(ranking::Column::Window.eq(key.window).and(section));
        }
        // One statement: each row is an entry with its ranking and its article; a ranking without entries is one row.
        let mut select =
            Card::select_cols_nested(ranking::Entity::find().filter(any), Some("card_"), None).into_query();
        for column in [
            ranking_entry::Column::Rank,
            ranking_entry::Column::ArticleId,
            ranking_entry::Column::Reads,
            ranking_entry::Column::PreviousRank,
            ranking_entry::Column::FirstEnteredAt,
        ] {
            select.expr_as(
                Expr::col((ranking_entry::Entity, column)),
                format!("entry_{}", sea_orm::IdenStatic::as_str(&column)),
            );
        }
        let of_ranking = Expr::col((ranking_entry::Entity, ranking_entry::Column::RankingId))
            .equals((ranking::Entity, ranking::Column::Id));
        let of_entry = Expr::col((article::Entity, article::Column::Id))
            .equals((ranking_entry::Entity, ranking_entry::Column::ArticleId))
            .and(article::Entity::is_published(self.now));
        select
            .left_join(ranking_entry::Entity, of_ranking)
            .left_join(article::Entity, of_entry)
            .order_by((ranking_entry::Entity, ranking_entry::Column::Rank), sea_orm::Order::Asc);
        let mut found: HashMap<RankingKey, Computed> = HashMap::new();
        for row in self.db.query_all(&select).await? {
            let ranking = ranking::Model::from_query_result(&row, "")?;
            let key = RankingKey { window: ranking.window, section: ranking.section_id };
            let ranking_id = ranking.id;
            let computed = found.entry(key).or_insert_with(|| Computed { ranking, entries: Vec::new() });
            if row.try_get::<Option<i64>>("card_", "id")?.is_none() {
                continue;
            }
            let entry = ranking_entry::Model {
                ranking_id,
                rank: row.try_get("entry_", "rank")?,
                article_id: row.try_get("entry_", "article_id")?,
                reads: row.try_get("entry_", "reads")?,
                previous_rank: row.try_get("entry_", "previous_rank")?,
                first_entered_at: row.try_get("entry_", "first_entered_at")?,
            };
            computed.entries.push((entry, Card::from_query_result(&row, "card_")?));
        }
        Ok(found.into_iter().map(|(key, computed)| (key, Arc::new(computed))).collect())
    }
}

/// Computes the rankings of `window` as they are at `now`, overall and for each section.
pub async fn recompute(db: &DatabaseConnection, window: Window, now: DateTimeUtc) -> Result<(), DbErr> {
    let start = now - chrono::TimeDelta::hours(window.hours());
    let counted: Vec<Counted> = read_bucket::Entity::find()
        .select_only()
        .column(read_bucket::Column::ArticleId)
        .expr_as(read_bucket::Column::Reads.sum().cast_as("bigint"), "reads")
        .column(article::Column::SectionId)
        .column(article::Column::PublishedAt)
        .join(
            sea_orm::JoinType::InnerJoin,
            read_bucket::Entity::belongs_to(article::Entity)
                .from(read_bucket::Column::ArticleId)
                .to(article::Column::Id)
                .into(),
        )
        .filter(read_bucket::Column::BucketStart.gte(start).and(read_bucket::Column::BucketStart.lt(now)))
        .filter(article::Entity::is_published(now))
        .filter(article::Column::ExcludeFromRankings.eq(false))
        .group_by(read_bucket::Column::ArticleId)
        .group_by(article::Column::SectionId)
        .group_by(article::Column::PublishedAt)
        .into_model()
        .all(db)
        .await?;
    let hidden: Vec<i64> = entity::section::Entity::find()
        .filter(entity::section::Column::Hidden.eq(true))
        .all(db)
        .await?
        .into_iter()
        .map(|section| section.id)
        .collect();
    let mut lists: HashMap<Option<i64>, Vec<Counted>> = HashMap::new();
    for counted in counted.into_iter().filter(|counted| !hidden.contains(&counted.section_id)) {
        lists.entry(Some(counted.section_id)).or_default().push(counted.clone());
        lists.entry(None).or_default().push(counted);
    }
    for (section, mut list) in lists {
        list.sort_by_key(|counted| {
            (
                std::cmp::Reverse(counted.reads),
                std::cmp::Reverse(counted.published_at),
                std::cmp::Reverse(counted.article_id),
            )
        });
        list.truncate(KEPT as usize);
        replace(db, window, section, start, now, &list).await?;
    }
    Ok(())
}

/// The reads of an article in a window.
#[derive(Clone, Debug, FromQueryResult)]
struct Counted {
    article_id: i64,
    reads: i64,
    section_id: i64,
    published_at: DateTimeUtc,
}

/// Puts a list in the place of the one before, in one transaction.
async fn replace(
    db: &DatabaseConnection,
    window: Window,
    section: Option<i64>,
    start: DateTimeUtc,
    now: DateTimeUtc,
    list: &[Counted],
) -> Result<(), DbErr> {
    let transaction = db.begin_with_options(writing()).await?;
    let of_section = match section {
        Some(section) => ranking::Column::SectionId.eq(section),
        None => ranking::Column::SectionId.is_null(),
    };
    let before =
        ranking::Entity::find().filter(ranking::Column::Window.eq(window)).filter(of_section).one(&transaction).await?;
    let mut previous: HashMap<i64, ranking_entry::Model> = HashMap::new();
    let id = match before {
        Some(before) => {
            if before.computed_at > now {
                return transaction.rollback().await;
            }
            let entries = ranking_entry::Entity::find().filter(ranking_entry::Column::RankingId.eq(before.id));
            previous = entries.all(&transaction).await?.into_iter().map(|entry| (entry.article_id, entry)).collect();
            ranking_entry::Entity::delete_many()
                .filter(ranking_entry::Column::RankingId.eq(before.id))
                .exec(&transaction)
                .await?;
            let id = before.id;
            let row = ranking::ActiveModel {
                id: Set(id),
                window_start: Set(start),
                window_end: Set(now),
                computed_at: Set(now),
                formula: Set(FORMULA.to_owned()),
                ..Default::default()
            };
            ranking::Entity::update(row).exec(&transaction).await?;
            id
        }
        None => {
            let row = ranking::ActiveModel {
                id: NotSet,
                window: Set(window),
                section_id: Set(section),
                window_start: Set(start),
                window_end: Set(now),
                computed_at: Set(now),
                formula: Set(FORMULA.to_owned()),
            };
            ranking::Entity::insert(row).exec(&transaction).await?.last_insert_id
        }
    };
    let entries = list.iter().zip(1..).map(|(counted, rank)| {
        let before = previous.get(&counted.article_id);
        ranking_entry::ActiveModel {
            ranking_id: Set(id),
            rank: Set(rank),
            article_id: Set(counted.article_id),
            reads: Set(counted.reads),
            previous_rank: Set(before.map(|entry| entry.rank)),
            first_entered_at: Set(before.map_or(now, |entry| entry.first_entered_at)),
        }
    });
    ranking_entry::Entity::insert_many(entries).exec(&transaction).await?;
    transaction.commit().await
}

/// How often the rankings of a window are computed anew.
fn refresh(window: Window) -> Duration {
    Duration::from_secs(match window {
        Window::Now => 60,
        Window::Today => 5 * 60,
        Window::ThisWeek => 60 * 60,
    })
}

/// Computes the rankings in the background, each window at its own pace; a failure is logged and tried again in its turn.
pub fn spawn(db: &DatabaseConnection) -> Vec<tokio::task::JoinHandle<()>> {
    let job = |window| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut turns = tokio::time::interval(refresh(window));
            turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                turns.tick().await;
                if let Err(cause) = recompute(&db, window, crate::now()).await {
                    tracing::warn!(%cause, ?window, "rankings not computed; the last ones stay");
                }
            }
        })
    };
    Window::ALL.map(job).into()
}
