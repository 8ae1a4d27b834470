//! Loading rankings as they were computed last, with the articles that may still be shown.

use std::{collections::HashMap, sync::Arc};

use entity::{
    article::{self, Card},
    cells::Cells,
    ranking::{self, Window},
    ranking_entry,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseConnection, DbBackend,
    EntityTrait as _, PartialModelTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait as _, JoinType},
};

use crate::{
    cache::{Kind, Tag},
    error::Result,
    link::{col, row_by_row},
    store::{Lookup, Store},
};

/// A ranking as it was computed last.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(super) ranking: ranking::Model,
    /// By rank; those that may not be shown any more are left out.
    pub(super) entries: Vec<(ranking_entry::Model, Arc<Card>)>,
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

impl Lookup for RankingKey {
    type Value = Arc<Computed>;

    /// What changes when the ranking is computed anew, or an article of it appears or disappears; the hidden sections are left out, too. The
    /// articles are named where they are shown.
    fn tags(&self, _: Option<&Arc<Computed>>) -> Vec<Tag> {
        let name = format!("{}/{}", self.window.to_value(), self.section.unwrap_or(0));
        vec![Tag::key(Kind::Ranking, &name), Tag::all(Kind::Sections)]
    }

    fn also_made_of(&self, found: &Arc<Computed>) -> Vec<Tag> {
        found.entries.iter().map(|(_, card)| Tag::id(Kind::Article, card.id)).collect()
    }

    fn weight(&self, found: &Arc<Computed>) -> usize {
        found.entries.iter().map(|(entry, card)| size_of_val(entry) + card.weight()).sum()
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, Arc<Computed>>> {
        let most = keys.iter().map(|key| key.first).max().unwrap_or_default();
        let last = i32::try_from(most.saturating_add(SPARE)).unwrap_or(i32::MAX);
        let mut found = read(store, db, keys, last).await?;
        let is_short = |found: &Found| {
            // Not so many could be shown, and there may be others behind them.
            found.computed.entries.len() < most && found.rows >= usize::try_from(last).unwrap_or(usize::MAX)
        };
        if found.values().any(is_short) {
            found = read(store, db, keys, i32::MAX).await?;
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
async fn read(
    store: &Store,
    db: &DatabaseConnection,
    keys: &[RankingKey],
    last: i32,
) -> Result<HashMap<(Window, Option<i64>), Found>> {
    let mut any = Condition::any();
    for key in keys {
        let section = match key.section {
            Some(section) => ranking::Column::SectionId.eq(section),
            None => ranking::Column::SectionId.is_null(),
        };
        any = any.add(ranking::Column::Window.eq(key.window).and(section));
    }
    // One statement: each row is an entry with its ranking and its article; a ranking without entries is one row.
    let mut select = Card::select_cols(ranking::Entity::find().select_only().filter(any)).into_query();
    use ranking_entry::Column as E;
    for column in [E::Rank, E::ArticleId, E::Reads, E::PreviousRank, E::FirstEnteredAt].map(col) {
        select.expr(column);
    }
    use ranking::Column as R;
    for column in [R::Id, R::Window, R::SectionId, R::WindowStart, R::WindowEnd, R::ComputedAt, R::Formula].map(col) {
        select.expr(column);
    }
    let of_ranking = col(E::RankingId).eq(col(R::Id)).and(E::Rank.lte(last));
    let of_entry = col(article::Column::Id).eq(col(E::ArticleId));
    let is_ranked = article::Entity::is_ranked(store.now);
    if store.backend() == DbBackend::Postgres {
        let (entries, articles) = (row_by_row(E::RankingId, of_ranking), row_by_row(article::Column::Id, of_entry));
        select.join_lateral(JoinType::LeftJoin, entries, ranking_entry::Entity, Expr::val(true)).join_lateral(
            JoinType::LeftJoin,
            articles,
            article::Entity,
            is_ranked,
        );
    } else {
        select.left_join(ranking_entry::Entity, of_ranking).left_join(article::Entity, of_entry.and(is_ranked));
    }
    select.order_by((ranking_entry::Entity, ranking_entry::Column::Rank), sea_orm::Order::Asc);
    let mut found: HashMap<(Window, Option<i64>), Found> = HashMap::new();
    for row in db.query_all(&select).await? {
        let mut cells = Cells::new(&row, Card::WIDTH);
        let entry = Entry {
            rank: cells.read()?,
            article_id: cells.read()?,
            reads: cells.read()?,
            previous_rank: cells.read()?,
            first_entered_at: cells.read()?,
        };
        let ranking = ranking::Model {
            id: cells.read()?,
            window: cells.word()?,
            section_id: cells.read()?,
            window_start: cells.read()?,
            window_end: cells.read()?,
            computed_at: cells.read()?,
            formula: cells.read()?,
        };
        let ranking_id = ranking.id;
        let of = found
            .entry((ranking.window, ranking.section_id))
            .or_insert_with(|| Found { computed: Computed { ranking, entries: Vec::new() }, rows: 0 });
        of.rows += 1;
        // Without the card's key, the article may not be shown.
        if Cells::new(&row, 0).read::<Option<i64>>()?.is_some()
            && let Some(entry) = entry.of(ranking_id)
        {
            of.computed.entries.push((entry, Arc::new(Card::read(&mut Cells::new(&row, 0))?)));
        }
    }
    Ok(found)
}

/// The columns of an entry; a ranking without any has none.
struct Entry {
    rank: Option<i32>,
    article_id: Option<i64>,
    reads: Option<i64>,
    previous_rank: Option<i32>,
    first_entered_at: Option<DateTimeUtc>,
}

impl Entry {
    fn of(self, ranking_id: i64) -> Option<ranking_entry::Model> {
        Some(ranking_entry::Model {
            ranking_id,
            rank: self.rank?,
            article_id: self.article_id?,
            reads: self.reads?,
            previous_rank: self.previous_rank,
            first_entered_at: self.first_entered_at?,
        })
    }
}
