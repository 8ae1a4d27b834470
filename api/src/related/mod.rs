//! Related articles: what to read next, each with why.
//!
//! The editors' choice and the articles of the same stories are read as they are; the others are computed in the background
//! ([`update`]) and kept in a table. All three are one statement.

mod job;
mod suggestion;
mod update;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{Context, Enum, Object};
use entity::{
    article::{self, Card},
    article_profile,
    article_relation::{self, RelationReason},
    cells::Cells,
    related_article, story_article,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait, ConnectionTrait as _, DatabaseConnection, PartialModelTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Order, Query, SelectStatement, SimpleExpr},
};

pub(crate) use self::suggestion::SuggestionQuery;
pub use self::{
    job::spawn,
    suggestion::suggest,
    update::{renew, update},
};
use crate::{
    alike,
    article::{Article, Topics},
    cache::{Kind, Tag},
    error::Result,
    link::{col, is_any, linked},
    nullability::{Nullable, semantic_non_null},
    store::{ContextExt as _, Lookup, Store},
    topic::Topic,
};

/// An article to read next.
pub(crate) struct RelatedArticle {
    /// The article whose page it is for.
    of: i64,
    article: Article,
    reason: RelatedReason,
    score: f64,
}

/// An article to read next.
#[Object]
impl RelatedArticle {
    /// The article.
    async fn article(&self) -> &Article {
        &self.article
    }

    /// Why it is here.
    async fn reason(&self) -> RelatedReason {
        self.reason
    }

    /// How close it is, from 0 to 1. The editors' choice has 1; in a story, the score halves with each week between the two
    /// publications; else it grows with the likeness of topics and texts and falls with the time between the two. Scores of different
    /// reasons do not compare.
    async fn score(&self) -> f64 {
        self.score
    }

    /// The topics that both articles have, in the editorial order of the one that is asked about.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn shared_topics(&self, ctx: &Context<'_>) -> Nullable<Vec<Topic>> {
        Some(
            async {
                let (mine, theirs) = futures_util::try_join!(
                    ctx.children::<Topics>(self.of),
                    ctx.children::<Topics>(self.article.card.id)
                )?;
                let shared = mine.iter().filter(|topic| theirs.iter().any(|other| other.id == topic.id));
                Ok(Some(shared.cloned().map(Topic).collect()))
            }
            .await,
        )
    }
}

/// Why an article is related.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RelatedReason {
    /// The editors chose it.
    Editor,
    /// It belongs to the same story.
    SameStory,
    /// It is about the same, rare topics.
    SharedTopics,
    /// Its text is alike.
    SimilarText,
}

impl RelatedReason {
    const ALL: [Self; 4] = [Self::Editor, Self::SameStory, Self::SharedTopics, Self::SimilarText];
}

impl RelatedArticle {
    /// What changes when the article does.
    pub(crate) fn tag(&self) -> Tag {
        Tag::id(Kind::Article, self.article.card.id)
    }

    /// The best of what was found: none twice, no other language version and no copy of the article itself or of one before. An article
    /// that the editors chose stays.
    pub(crate) fn choose(article: &Card, found: &[Found], first: usize) -> Vec<Self> {
        let key = |card: &Card| card.translation_key.clone().unwrap_or_else(|| card.uri.clone());
        let mut seen = HashSet::from([key(article)]);
        let mut copies: HashSet<i64> = found.iter().filter_map(|found| found.own_copies).collect();
        let related = found.iter().filter(|found| {
            let is_copy = found.copies.is_some_and(|group| !copies.insert(group));
            (!is_copy || found.reason == RelatedReason::Editor) && seen.insert(key(&found.card))
        });
        related
            .take(first)
            .map(|found| Self {
                of: article.id,
                score: found.score.unwrap_or_else(|| score(found.reason, article, &found.card)),
                reason: found.reason,
                article: Arc::clone(&found.card).into(),
            })
            .collect()
    }
}

fn score(reason: RelatedReason, article: &Card, related: &Card) -> f64 {
    if reason == RelatedReason::Editor {
        return 1.0;
    }
    let weeks = (article.published_at - related.published_at).as_seconds_f64().abs() / (7.0 * 24.0 * 3600.0);
    // Rounded, so that both databases answer the same text.
    ((0.5_f64).powf(weeks) * 1000.0).round() / 1000.0
}

/// An article that was found, with what choosing needs.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    reason: RelatedReason,
    card: Arc<Card>,
    /// Of a computed one.
    score: Option<f64>,
    /// Equal in articles that are copies of each other.
    copies: Option<i64>,
    /// Of the article itself.
    own_copies: Option<i64>,
}

/// For which reasons articles may be related.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reasons {
    /// In their order.
    only: Vec<RelatedReason>,
    /// None of the articles of its stories, whatever else makes them related.
    no_stories: bool,
}

impl Reasons {
    pub(crate) fn new(only: Option<Vec<RelatedReason>>, no_stories: bool) -> Self {
        let mut only = only.unwrap_or_else(|| RelatedReason::ALL.to_vec());
        only.sort_unstable();
        only.dedup();
        Self { only, no_stories }
    }

    fn wants(&self, reason: RelatedReason) -> bool {
        self.only.contains(&reason)
    }
}

/// What is related to an article, which belongs to some stories.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RelatedKey {
    pub(crate) article: i64,
    pub(crate) stories: Vec<i64>,
    pub(crate) first: usize,
    pub(crate) reasons: Reasons,
}

impl RelatedKey {
    fn editors_choice(&self, store: &Store, batch: i32) -> SelectStatement {
        let mut select = self.cards(store, batch, RelatedReason::Editor, related_article::Column::RelatedId);
        select
            .and_where(related_article::Column::ArticleId.eq(self.article))
            .expr_as(Expr::col((related_article::Entity, related_article::Column::Position)), "place")
            .order_by((related_article::Entity, related_article::Column::Position), Order::Asc)
            .order_by((related_article::Entity, related_article::Column::RelatedId), Order::Asc);
        select
    }

    /// A branch for each story, which walks its index no further than it must, and one for what is pinned in them.
    fn same_story(&self, store: &Store, batch: i32) -> Vec<SelectStatement> {
        use story_article::Column as Link;
        let of = |condition: SimpleExpr| {
            let mut select = self.cards(store, batch, RelatedReason::SameStory, Link::ArticleId);
            select
                .and_where(condition)
                .expr_as(Expr::val(0).cast_as("integer"), "place")
                .order_by((story_article::Entity, Link::PublishedAt), Order::Desc)
                .order_by((story_article::Entity, Link::ArticleId), Order::Desc);
            select
        };
        let unpinned = |story: &i64| of(Link::StoryId.eq(*story).and(Link::PinnedPosition.eq(story_article::UNPINNED)));
        let is_ours = is_any(store.backend(), col(Link::StoryId), self.stories.iter().copied());
        let pinned =
            (!self.stories.is_empty()).then(|| of(is_ours.and(Link::PinnedPosition.lt(story_article::UNPINNED))));
        self.stories.iter().map(unpinned).chain(pinned).collect()
    }

    /// What may have made a computed one related.
    fn computed_reasons(&self) -> Vec<RelationReason> {
        let reasons =
            [(RelatedReason::SharedTopics, RelationReason::Topics), (RelatedReason::SimilarText, RelationReason::Text)];
        reasons.into_iter().filter(|(reason, _)| self.reasons.wants(*reason)).map(|(_, reason)| reason).collect()
    }

    /// All that is asked for, in branches of the same columns.
    fn branches(&self, store: &Store, batch: i32) -> Vec<SelectStatement> {
        let mut branches = Vec::new();
        if self.reasons.wants(RelatedReason::Editor) {
            branches.push(Self::not_computed(self.editors_choice(store, batch)));
        }
        if self.reasons.wants(RelatedReason::SameStory) && !self.reasons.no_stories {
            branches.extend(self.same_story(store, batch).into_iter().map(Self::not_computed));
        }
        if !self.computed_reasons().is_empty() {
            branches.push(self.computed(store, batch));
        }
        branches
    }

    fn computed(&self, store: &Store, batch: i32) -> SelectStatement {
        // The loader tells from the row whether topics or the text made it one.
        let mut select = self.cards(store, batch, RelatedReason::SharedTopics, article_relation::Column::RelatedId);
        select
            .and_where(article_relation::Column::ArticleId.eq(self.article))
            .and_where(article_relation::Column::Reason.is_in(self.computed_reasons()))
            .expr_as(Expr::val(0).cast_as("integer"), "place")
            .expr_as(Expr::col((article_relation::Entity, article_relation::Column::Score)), "score")
            .expr_as(Expr::col((article_relation::Entity, article_relation::Column::Reason)), "computed_reason")
            .order_by((article_relation::Entity, article_relation::Column::Score), Order::Desc)
            .order_by((article_relation::Entity, article_relation::Column::RelatedId), Order::Desc);
        select
    }

    /// The columns that only computed ones have.
    fn not_computed(mut select: SelectStatement) -> SelectStatement {
        select
            .expr_as(Expr::cust("CAST(NULL AS double precision)"), "score")
            .expr_as(Expr::cust("CAST(NULL AS text)"), "computed_reason");
        select
    }

    /// The articles that a column of a link table names.
    fn cards(&self, store: &Store, batch: i32, reason: RelatedReason, link: impl ColumnTrait) -> SelectStatement {
        let cards = Card::select_cols(article::Entity::published(store.now).select_only());
        let cards = cards.filter(article::Column::Id.ne(self.article)).into_query();
        let mut select = linked(store, article::Column::Id, link, cards);
        let copies_of = |id: SimpleExpr| {
            Query::select()
                .column(article_profile::Column::Copies)
                .from(article_profile::Entity)
                .and_where(Expr::col((article_profile::Entity, article_profile::Column::ArticleId)).eq(id))
                .take()
        };
        select
            .expr_as(copies_of(Expr::col((article::Entity, article::Column::Id))), "copies")
            .expr_as(copies_of(self.article.into()), "own_copies")
            .expr_as(Expr::val(batch).cast_as("integer"), "batch")
            .expr_as(Expr::val(reason as i32).cast_as("integer"), "reason")
            // Some may be the editors' choice too, or other languages of the article: there must be enough without them.
            .limit(2 * self.first as u64 + 10);
        if self.reasons.no_stories && !self.stories.is_empty() {
            use story_article::Column as Link;
            let of_article =
                Expr::col((story_article::Entity, Link::ArticleId)).equals((article::Entity, article::Column::Id));
            let of_stories = is_any(store.backend(), col(Link::StoryId), self.stories.iter().copied());
            let told = Query::select()
                .expr(Expr::val(1))
                .from(story_article::Entity)
                .and_where(of_article)
                .and_where(of_stories)
                .take();
            select.and_where(Expr::exists(told).not());
        }
        select
    }
}

impl Lookup for RelatedKey {
    type Value = Arc<Vec<Found>>;

    /// Those that are chosen are named where they are shown.
    fn tags(&self, _: Option<&Self::Value>) -> Vec<Tag> {
        let stories = self.stories.iter().map(|story| Tag::id(Kind::StoryArticles, *story));
        [Tag::id(Kind::Related, self.article)].into_iter().chain(stories).collect()
    }

    fn also_made_of(&self, found: &Self::Value) -> Vec<Tag> {
        found.iter().map(|found| Tag::id(Kind::Article, found.card.id)).collect()
    }

    fn weight(&self, found: &Self::Value) -> usize {
        found.iter().map(|found| size_of_val(found) + found.card.weight()).sum()
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, Self::Value>> {
        let branches = keys.iter().zip(0..).flat_map(|(key, batch)| key.branches(store, batch));
        let mut rows = Vec::new();
        for statement in alike::together(store.backend(), branches, alike::ALIKE) {
            rows.extend(db.query_all_raw(statement).await?);
        }
        let mut all: Vec<Vec<(i32, i32, Found)>> = keys.iter().map(|_| Vec::new()).collect();
        for row in rows {
            let mut cells = Cells::new(&row, 0);
            let card = Arc::new(Card::read(&mut cells)?);
            let (copies, own_copies) = (cells.read()?, cells.read()?);
            let batch = usize::try_from(cells.read::<i32>()?).expect("numbered from 0 above");
            let (code, place) = (cells.read::<i32>()?, cells.read::<i32>()?);
            let score = cells.read()?;
            let computed: Option<String> = cells.read()?;
            let computed = computed.map(|word| RelationReason::try_from_value(&word)).transpose()?;
            let reason = match computed {
                Some(RelationReason::Topics) => RelatedReason::SharedTopics,
                Some(RelationReason::Text) => RelatedReason::SimilarText,
                None if code == RelatedReason::Editor as i32 => RelatedReason::Editor,
                None => RelatedReason::SameStory,
            };
            all[batch].push((code, place, Found { reason, card, score, copies, own_copies }));
        }
        for found in &mut all {
            found.sort_by(|(reason, place, one), (other_reason, other_place, other)| {
                let scores = other.score.unwrap_or_default().total_cmp(&one.score.unwrap_or_default());
                let newest = (other.card.published_at, other.card.id).cmp(&(one.card.published_at, one.card.id));
                (reason, place).cmp(&(other_reason, other_place)).then(scores).then(newest)
            });
        }
        let found = all.into_iter().map(|found| Arc::new(found.into_iter().map(|(.., found)| found).collect()));
        Ok(keys.iter().cloned().zip(found).collect())
    }
}
