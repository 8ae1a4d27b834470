//! Related articles: what to read next, each with why.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{Enum, SimpleObject, dataloader::Loader};
use entity::{
    article::{self, Card},
    related_article, story_article,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, FromQueryResult, PartialModelTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Alias, Expr, ExprTrait as _, Order, Query, SelectStatement},
};

use crate::{
    article::Article,
    error::{Error, Result},
    page::union,
    store::Store,
};

/// An article to read next.
#[derive(SimpleObject)]
pub(crate) struct RelatedArticle {
    /// The article.
    article: Article,
    /// Why it is here.
    reason: RelatedReason,
    /// How close it is, from 0 to 1. The editors' choice has 1; in a story, the score halves with each week between the two
    /// publications.
    score: f64,
}

/// Why an article is related.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
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

impl RelatedArticle {
    /// The best of what was found: none twice, and no other language version of the article itself.
    pub(crate) fn choose(article: &Card, found: &[(RelatedReason, Card)], first: usize) -> Vec<Self> {
        let key = |card: &Card| card.translation_key.clone().unwrap_or_else(|| card.uri.clone());
        let mut seen = HashSet::from([key(article)]);
        let related = found.iter().filter(|(_, card)| seen.insert(key(card)));
        related
            .take(first)
            .map(|(reason, card)| Self {
                score: score(*reason, article, card),
                reason: *reason,
                article: card.clone().into(),
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

/// What is related to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RelatedKey {
    pub(crate) article: i64,
    pub(crate) first: usize,
}

impl RelatedKey {
    fn editors_choice(self, store: &Store, batch: i32) -> SelectStatement {
        let mut select = self.cards(store, batch, RelatedReason::Editor);
        select
            .inner_join(
                related_article::Entity,
                Expr::col((related_article::Entity, related_article::Column::RelatedId))
                    .equals((article::Entity, article::Column::Id)),
            )
            .and_where(related_article::Column::ArticleId.eq(self.article))
            .expr_as(Expr::col((related_article::Entity, related_article::Column::Position)), "place")
            .order_by((related_article::Entity, related_article::Column::Position), Order::Asc)
            .order_by((article::Entity, article::Column::Id), Order::Asc);
        select
    }

    fn same_story(self, store: &Store, batch: i32) -> SelectStatement {
        let (mine, others) = (Alias::new("mine"), Alias::new("others"));
        let of_my_stories = Query::select()
            .column((others.clone(), story_article::Column::ArticleId))
            .from_as(story_article::Entity, mine.clone())
            .join_as(
                sea_orm::JoinType::InnerJoin,
                story_article::Entity,
                others.clone(),
                Expr::col((others, story_article::Column::StoryId))
                    .equals((mine.clone(), story_article::Column::StoryId)),
            )
            .and_where(Expr::col((mine, story_article::Column::ArticleId)).eq(self.article))
            .take();
        let mut select = self.cards(store, batch, RelatedReason::SameStory);
        select
            .and_where(article::Column::Id.in_subquery(of_my_stories))
            .expr_as(Expr::val(0).cast_as("integer"), "place")
            .order_by((article::Entity, article::Column::PublishedAt), Order::Desc)
            .order_by((article::Entity, article::Column::Id), Order::Desc);
        select
    }

    fn cards(self, store: &Store, batch: i32, reason: RelatedReason) -> SelectStatement {
        let mut select = Card::select_cols(article::Entity::published(store.now).select_only())
            .filter(article::Column::Id.ne(self.article))
            .into_query();
        select
            .expr_as(Expr::val(batch).cast_as("integer"), "batch")
            .expr_as(Expr::val(reason as i32).cast_as("integer"), "reason")
            // Some may be the editors' choice too, or other languages of the article: there must be enough without them.
            .limit(2 * self.first as u64 + 10);
        select
    }
}

impl Loader<RelatedKey> for Store {
    type Value = Arc<Vec<(RelatedReason, Card)>>;
    type Error = Error;

    async fn load(&self, keys: &[RelatedKey]) -> Result<HashMap<RelatedKey, Self::Value>> {
        let branches = keys
            .iter()
            .zip(0..)
            .flat_map(|(key, batch)| [key.editors_choice(self, batch), key.same_story(self, batch)]);
        let Some(statement) = union(branches) else { return Ok(HashMap::new()) };
        let mut found: Vec<Vec<(i32, i32, Card)>> = keys.iter().map(|_| Vec::new()).collect();
        for row in self.db.query_all(&statement).await? {
            let batch = usize::try_from(row.try_get::<i32>("", "batch")?).expect("numbered from 0 above");
            found[batch].push((
                row.try_get("", "reason")?,
                row.try_get("", "place")?,
                Card::from_query_result(&row, "")?,
            ));
        }
        let sorted = |mut found: Vec<(i32, i32, Card)>| {
            found.sort_by(|(reason, place, card), (other_reason, other_place, other)| {
                (reason, place, other.published_at, other.id).cmp(&(
                    other_reason,
                    other_place,
                    card.published_at,
                    card.id,
                ))
            });
            let reason = |reason| {
                if reason == RelatedReason::Editor as i32 { RelatedReason::Editor } else { RelatedReason::SameStory }
            };
            found.into_iter().map(|(code, _, card)| (reason(code), card)).collect()
        };
        Ok(keys.iter().zip(found).map(|(key, found)| (*key, Arc::new(sorted(found)))).collect())
    }
}
