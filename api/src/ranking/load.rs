//! Loading rankings as they were computed last, with the articles that may still be shown.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::{
    article::{self, Card},
    ranking::{self, Window},
    ranking_entry,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, FromQueryResult as _,
    PartialModelTrait as _, QueryFilter as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _},
};

use crate::{
    cache::{Kind, Tag},
    error::{Error, Result},
    store::Store,
};

/// A ranking as it was computed last.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(super) ranking: ranking::Model,
    /// By rank; those that may not be shown any more are left out.
    pub(super) entries: Vec<(ranking_entry::Model, Card)>,
}

/// The ranking of a window, overall or of a section, at least as far as the first so many entries that are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RankingKey {
    pub(super) window: Window,
    pub(super) section: Option<i64>,
    pub(super) first: usize,
}

/// Entries that are loaded beyond those that are asked for, in the place of some that may not be shown any more.
const SPARE: usize = 5;

impl RankingKey {
    /// What changes when the ranking is computed anew, or an article of it appears or disappears.
    fn tag(&self) -> Tag {
        Tag::key(Kind::Ranking, &format!("{}/{}", self.window.to_value(), self.section.unwrap_or(0)))
    }
}

impl Loader<RankingKey> for Store {
    type Value = Arc<Computed>;
    type Error = Error;

    async fn load(&self, keys: &[RankingKey]) -> Result<HashMap<RankingKey, Arc<Computed>>> {
        let most = keys.iter().map(|key| key.first).max().unwrap_or_default();
        let last = i32::try_from(most.saturating_add(SPARE)).unwrap_or(i32::MAX);
        let mut found = read(self, keys, last).await?;
        let is_short = |found: &Found| {
            // Not so many could be shown, and there may be others behind them.
            found.computed.entries.len() < most && found.rows >= usize::try_from(last).unwrap_or(usize::MAX)
        };
        if found.values().any(is_short) {
            found = read(self, keys, i32::MAX).await?;
        }
        let found: HashMap<_, _> = found.into_iter().map(|(of, found)| (of, Arc::new(found.computed))).collect();
        let computed = |key: &RankingKey| Some((*key, Arc::clone(found.get(&(key.window, key.section))?)));
        Ok(keys.iter().filter_map(computed).collect())
    }
}

/// A ranking, and how many of its entries were read, also of those that may not be shown any more.
struct Found {
    computed: Computed,
    rows: usize,
}

/// The rankings of `keys` up to the rank `last`.
async fn read(store: &Store, keys: &[RankingKey], last: i32) -> Result<HashMap<(Window, Option<i64>), Found>> {
    let mut any = Condition::any();
    for key in keys {
        let section = match key.section {
            Some(section) => ranking::Column::SectionId.eq(section),
            None => ranking::Column::SectionId.is_null(),
        };
        any = any.add(ranking::Column::Window.eq(key.window).and(section));
    }
    // One statement: each row is an entry with its ranking and its article; a ranking without entries is one row.
    let mut select = Card::select_cols_nested(ranking::Entity::find().filter(any), Some("card_"), None).into_query();
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
        .equals((ranking::Entity, ranking::Column::Id))
        .and(ranking_entry::Column::Rank.lte(last));
    let of_entry = Expr::col((article::Entity, article::Column::Id))
        .equals((ranking_entry::Entity, ranking_entry::Column::ArticleId))
        .and(article::Entity::is_ranked(store.now));
    select
        .left_join(ranking_entry::Entity, of_ranking)
        .left_join(article::Entity, of_entry)
        .order_by((ranking_entry::Entity, ranking_entry::Column::Rank), sea_orm::Order::Asc);
    let mut found: HashMap<(Window, Option<i64>), Found> = HashMap::new();
    // The hidden sections are left out, too.
    let db = store.reading(keys.iter().map(RankingKey::tag).chain([Tag::all(Kind::Sections)]));
    for row in db.query_all(&select).await? {
        let ranking = ranking::Model::from_query_result(&row, "")?;
        let ranking_id = ranking.id;
        let of = found
            .entry((ranking.window, ranking.section_id))
            .or_insert_with(|| Found { computed: Computed { ranking, entries: Vec::new() }, rows: 0 });
        of.rows += 1;
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
        of.computed.entries.push((entry, Card::from_query_result(&row, "card_")?));
    }
    Ok(found)
}
