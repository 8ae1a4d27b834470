//! Computing rankings: what was read most in a window, overall and in each section, out of the counted reads.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use entity::{
    article,
    ranking::{self, Window},
    ranking_entry, read_bucket, read_hour, read_rollup,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _,
    ExprTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Alias, Expr, Func, Order, Query, SelectStatement, UnionType, WindowStatement},
};

use super::{BUCKET, FORMULA, Settings, ceil, floor, job};

const HOUR: TimeDelta = TimeDelta::hours(1);
/// Entries that are kept beyond the length of a list, so that articles that are killed leave no gap.
const SPARE: u64 = 20;
/// Rows that one statement inserts.
const ROWS: usize = 1000;

/// A list as it was computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The section; none is the whole newsroom.
    pub section: Option<i64>,
    /// Start of the span that was counted, inclusive.
    pub start: DateTimeUtc,
    /// End of the span that was counted, exclusive.
    pub end: DateTimeUtc,
    /// The articles, the most read first.
    pub entries: Vec<Ranked>,
}

/// An article in a list.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Ranked {
    /// The article.
    pub article_id: i64,
    /// Its slug.
    pub slug: String,
    /// Its section.
    pub section_id: i64,
    /// Its reads in the window.
    pub reads: i64,
    /// Its place in the whole newsroom.
    overall: i64,
    /// Its place in its section.
    in_section: i64,
}

/// Computes the rankings of `window` as they are at `now`, overall and for each section, and puts them in the place of those before.
pub async fn recompute(
    db: &DatabaseConnection,
    settings: &Settings,
    window: Window,
    now: DateTimeUtc,
) -> Result<Vec<List>, DbErr> {
    Ok(recompute_in_turn(db, settings, window, now, None).await?.unwrap_or_default())
}

/// As [`recompute`], unless another server has done it since `turn`.
pub(super) async fn recompute_in_turn(
    db: &DatabaseConnection,
    settings: &Settings,
    window: Window,
    now: DateTimeUtc,
    turn: Option<DateTimeUtc>,
) -> Result<Option<Vec<List>>, DbErr> {
    let name = job::name(window);
    let started = std::time::Instant::now();
    // SQLite has one writer at a time, so counting comes before the transaction there.
    let counted = match db.get_database_backend() {
        DbBackend::Postgres => None,
        _ => Some(lists(db, settings, window, now).await?),
    };
    let transaction = job::begin_alone(db).await?;
    if let Some(turn) = turn
        && !job::is_due(&transaction, &name, turn, now).await?
    {
        transaction.rollback().await?;
        return Ok(None);
    }
    let lists = match counted {
        Some(lists) => lists,
        None => lists(&transaction, settings, window, now).await?,
    };
    replace(&transaction, window, now, &lists).await?;
    job::mark(&transaction, &name, now).await?;
    transaction.commit().await?;
    tracing::debug!(window = name, ms = started.elapsed().as_millis() as u64, lists = lists.len(), "rankings computed");
    Ok(Some(lists))
}

/// Which counts make up a window. Whole hours that have been summed are taken as they are; buckets make up the edges.
struct Span {
    start: DateTimeUtc,
    end: DateTimeUtc,
    hours: Option<(DateTimeUtc, DateTimeUtc)>,
}

impl Span {
    fn new(state: Option<read_rollup::Model>, span: TimeDelta, now: DateTimeUtc) -> Self {
        let rolled = state.and_then(|state| state.rolled_until);
        let pruned = state.and_then(|state| state.pruned_until);
        let is_pruned = |time| pruned.is_some_and(|pruned| time < pruned);
        let (mut start, mut end) = (floor(now - span, BUCKET), now);
        // Where the buckets are gone, nothing finer than an hour is known.
        if is_pruned(start) {
            start = floor(start, HOUR);
        }
        if is_pruned(end) {
            end = ceil(end, HOUR);
        }
        let first = ceil(start, HOUR);
        let last = rolled.map(|rolled| Ord::min(rolled, floor(end, HOUR)));
        Self { start, end, hours: last.filter(|last| first < *last).map(|last| (first, last)) }
    }

    /// `article_id` and `reads`, in several rows an article.
    fn counts(&self) -> SelectStatement {
        let buckets = |from: DateTimeUtc, to: DateTimeUtc| {
            use read_bucket::Column as B;
            let mut select = Query::select();
            select.columns([B::ArticleId, B::Reads]).from(read_bucket::Entity);
            select.and_where(B::BucketStart.gte(from).and(B::BucketStart.lt(to))).take()
        };
        let Some((first, last)) = self.hours else { return buckets(self.start, self.end) };
        use read_hour::Column as H;
        let mut counts = Query::select();
        counts.columns([H::ArticleId, H::Reads]).from(read_hour::Entity);
        counts.and_where(H::HourStart.gte(first).and(H::HourStart.lt(last)));
        for (from, to) in [(self.start, first), (last, self.end)] {
            if from < to {
                counts.union(UnionType::All, buckets(from, to));
            }
        }
        counts
    }
}

async fn lists(
    db: &impl ConnectionTrait,
    settings: &Settings,
    window: Window,
    now: DateTimeUtc,
) -> Result<Vec<List>, DbErr> {
    let state = read_rollup::Entity::find_by_id(read_rollup::ID).one(db).await?;
    let span = Span::new(state, settings.pace(window).span, now);
    let most = settings.length + SPARE;
    let rows = db.query_all(&ranked(&span, most, now)).await?;
    let mut lists: BTreeMap<Option<i64>, Vec<Ranked>> = BTreeMap::new();
    for row in rows {
        let ranked = Ranked::from_query_result(&row, "")?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        if ranked.overall <= most {
            lists.entry(None).or_default().push(ranked.clone());
        }
        if ranked.in_section <= most {
            lists.entry(Some(ranked.section_id)).or_default().push(ranked);
        }
    }
    let list = |(section, entries)| List { section, start: span.start, end: span.end, entries };
    Ok(lists.into_iter().map(list).collect())
}

/// The best of the whole newsroom and of each section, in one statement: numbers and places are made where the counts are.
fn ranked(span: &Span, most: u64, now: DateTimeUtc) -> SelectStatement {
    use article::Column as A;
    let [part, counted, places] = ["part", "counted", "places"].map(Alias::new);
    let [article_id, reads, overall, in_section] = ["article_id", "reads", "overall", "in_section"].map(Alias::new);
    let sum = Query::select()
        .column(article_id.clone())
        .expr_as(Expr::col(reads.clone()).sum().cast_as("bigint"), reads.clone())
        .from_subquery(span.counts(), part)
        .group_by_col(article_id.clone())
        .take();
    let order = |mut window: WindowStatement| {
        window
            .order_by((counted.clone(), reads.clone()), Order::Desc)
            .order_by((article::Entity, A::PublishedAt), Order::Desc)
            .order_by((article::Entity, A::Id), Order::Desc)
            .take()
    };
    let place = || Func::cust("row_number");
    let mut places_of = Query::select();
    places_of
        .expr_as(Expr::col((article::Entity, A::Id)), article_id.clone())
        .column((article::Entity, A::Slug))
        .column((article::Entity, A::SectionId))
        .column((counted.clone(), reads.clone()))
        .expr_window_as(place(), order(WindowStatement::new()), overall.clone())
        .expr_window_as(
            place(),
            order(WindowStatement::partition_by((article::Entity, A::SectionId))),
            in_section.clone(),
        )
        .from(article::Entity)
        .join_subquery(
            sea_orm::JoinType::InnerJoin,
            sum,
            counted.clone(),
            Expr::col((counted.clone(), article_id)).equals((article::Entity, A::Id)),
        )
        .and_where(article::Entity::is_ranked(now));
    let most = || Expr::value(i64::try_from(most).unwrap_or(i64::MAX));
    Query::select()
        .column(sea_orm::sea_query::Asterisk)
        .from_subquery(places_of, places)
        .and_where(Expr::col(overall.clone()).lte(most()).or(Expr::col(in_section).lte(most())))
        .order_by(overall, Order::Asc)
        .take()
}

/// Puts lists in the place of those before, in one transaction. A list that is newer stays; so does one that has nothing in its place.
async fn replace(
    transaction: &DatabaseTransaction,
    window: Window,
    now: DateTimeUtc,
    lists: &[List],
) -> Result<(), DbErr> {
    let before = ranking::Entity::find().filter(ranking::Column::Window.eq(window)).all(transaction).await?;
    let before: HashMap<Option<i64>, ranking::Model> =
        before.into_iter().map(|ranking| (ranking.section_id, ranking)).collect();
    let lists = lists.iter().filter(|list| before.get(&list.section).is_none_or(|before| before.computed_at <= now));
    let lists: Vec<&List> = lists.collect();
    let replaced = lists.iter().filter_map(|list| before.get(&list.section).map(|before| before.id));
    let replaced: Vec<i64> = replaced.collect();
    let mut previous: HashMap<(i64, i64), ranking_entry::Model> = HashMap::new();
    if !replaced.is_empty() {
        use ranking_entry::Column as E;
        let entries = ranking_entry::Entity::find().filter(E::RankingId.is_in(replaced.iter().copied()));
        for entry in entries.order_by_asc(E::Rank).all(transaction).await? {
            previous.insert((entry.ranking_id, entry.article_id), entry);
        }
        ranking_entry::Entity::delete_many()
            .filter(E::RankingId.is_in(replaced.iter().copied()))
            .exec(transaction)
            .await?;
        ranking::Entity::delete_many()
            .filter(ranking::Column::Id.is_in(replaced.iter().copied()))
            .exec(transaction)
            .await?;
    }
    let mut entries = Vec::new();
    let rows = lists.iter().map(|list| ranking::ActiveModel {
        id: before.get(&list.section).map_or(NotSet, |before| Set(before.id)),
        window: Set(window),
        section_id: Set(list.section),
        window_start: Set(list.start),
        window_end: Set(list.end),
        computed_at: Set(now),
        formula: Set(FORMULA.to_owned()),
    });
    let (known, new): (Vec<_>, Vec<_>) = rows.partition(|row| row.id.is_set());
    if !known.is_empty() {
        ranking::Entity::insert_many(known).exec(transaction).await?;
    }
    for row in new {
        ranking::Entity::insert(row).exec(transaction).await?;
    }
    let after = ranking::Entity::find().filter(ranking::Column::Window.eq(window)).all(transaction).await?;
    let ids: HashMap<Option<i64>, i64> = after.into_iter().map(|ranking| (ranking.section_id, ranking.id)).collect();
    for list in lists {
        let Some(id) = ids.get(&list.section) else { continue };
        for (ranked, rank) in list.entries.iter().zip(1..) {
            let before = previous.get(&(*id, ranked.article_id));
            entries.push(ranking_entry::ActiveModel {
                ranking_id: Set(*id),
                rank: Set(rank),
                article_id: Set(ranked.article_id),
                reads: Set(ranked.reads),
                previous_rank: Set(before.map(|entry| entry.rank)),
                first_entered_at: Set(before.map_or(now, |entry| entry.first_entered_at)),
            });
        }
    }
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(ROWS));
        ranking_entry::Entity::insert_many(std::mem::replace(&mut entries, rest)).exec(transaction).await?;
    }
    Ok(())
}
