//! Suggestions for editors: articles that look like one story and belong to none yet.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, Object};
use entity::{
    article::{self, Card},
    article_profile, story_article, story_suggestion, story_suggestion_article,
};
use relate::{Group, Profile};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait as _, FromQueryResult as _,
    PartialModelTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait as _, Order, Query, SimpleExpr},
};

use super::update;
use crate::{
    article::Article,
    cache::{Kind, Tag},
    error::Result,
    nullability::{Nullable, semantic_non_null},
    page::bounded,
    scalar::DateTime,
    store::{ContextExt as _, Store},
};

/// How far back articles are looked at, and how many at most.
const DAYS: i64 = 14;
const LOOKED_AT: u64 = 1000;
/// Suggestions that are kept, and articles of each.
const KEPT: usize = 30;
const MEMBERS: usize = 50;
/// Articles that a suggestion has at least when it is shown.
const SMALLEST: usize = 3;

/// Articles that look like one story.
pub(crate) struct StorySuggestion {
    confidence: f64,
    computed_at: DateTimeUtc,
    cards: Vec<Arc<Card>>,
}

/// For editors: published articles that look like one story and belong to none yet. It was found by comparing texts and topics, and no one
/// has looked at it.
#[Object(cache_control(no_cache))]
impl StorySuggestion {
    /// A working title: the headline of its most typical article.
    async fn headline(&self) -> &str {
        self.cards.first().map_or("", |card| &card.headline)
    }

    /// How likely two of its articles are of one story, from 0 to 1.
    async fn confidence(&self) -> f64 {
        self.confidence
    }

    /// Its articles, the most typical first: 3 to 50.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn articles(
        &self,
        #[graphql(default_with = "Some(20)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<Article>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(20))?;
                Ok(Some(self.cards.iter().take(first).cloned().map(Into::into).collect()))
            }
            .await,
        )
    }

    /// How many articles it has.
    async fn article_count(&self) -> i32 {
        i32::try_from(self.cards.len()).unwrap_or(i32::MAX)
    }

    /// When it was found.
    async fn computed_at(&self) -> DateTime {
        DateTime(self.computed_at)
    }
}

/// The root field of suggestions.
#[derive(Default)]
pub(crate) struct SuggestionQuery;

#[Object]
impl SuggestionQuery {
    /// For editors: groups of published articles of the last 14 days that look like one story and belong to none yet, the surest first. They
    /// are found in the background; rather few than wrong.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn story_suggestions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(5)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<StorySuggestion>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(5))?;
                let mut found = load(ctx.store()).await?;
                found.truncate(first);
                Ok(Some(found))
            }
            .await,
        )
    }
}

async fn load(store: &Store) -> Result<Vec<StorySuggestion>> {
    use story_suggestion::Column as S;
    use story_suggestion_article::Column as A;
    let mut select = Card::select_cols(article::Entity::published(store.now).select_only()).into_query();
    select
        .and_where(is_open())
        .inner_join(
            story_suggestion_article::Entity,
            Expr::col((story_suggestion_article::Entity, A::ArticleId)).equals((article::Entity, article::Column::Id)),
        )
        .inner_join(
            story_suggestion::Entity,
            Expr::col((story_suggestion::Entity, S::Id)).equals((story_suggestion_article::Entity, A::SuggestionId)),
        )
        .expr_as(Expr::col((story_suggestion::Entity, S::Id)), "suggestion_id")
        .expr_as(Expr::col((story_suggestion::Entity, S::Confidence)), "confidence")
        .expr_as(Expr::col((story_suggestion::Entity, S::ComputedAt)), "computed_at")
        .order_by((story_suggestion::Entity, S::Id), Order::Asc)
        .order_by((story_suggestion_article::Entity, A::Position), Order::Asc);
    let mut found: BTreeMap<i64, StorySuggestion> = BTreeMap::new();
    let db = store.reading([Kind::Suggestions, Kind::Articles, Kind::Links, Kind::Edits].map(Tag::all));
    for row in db.query_all(&select).await? {
        let suggestion = StorySuggestion {
            confidence: row.try_get("", "confidence")?,
            computed_at: row.try_get("", "computed_at")?,
            cards: Vec::new(),
        };
        let suggestion = found.entry(row.try_get("", "suggestion_id")?).or_insert(suggestion);
        suggestion.cards.push(Arc::new(Card::from_query_result(&row, "")?));
    }
    Ok(found.into_values().filter(|suggestion| suggestion.cards.len() >= SMALLEST).collect())
}

/// Whether an article belongs to no story yet.
fn is_open() -> SimpleExpr {
    let article = Expr::col((article::Entity, article::Column::Id));
    let placed = Expr::col((story_article::Entity, story_article::Column::ArticleId)).eq(article);
    Expr::exists(Query::select().expr(Expr::val(1)).from(story_article::Entity).and_where(placed).take()).not()
}

/// Finds suggestions anew, as of `now`.
pub async fn suggest(db: &DatabaseConnection, now: DateTimeUtc) -> Result<(), DbErr> {
    use article_profile::Column as P;
    let since = (now - chrono::TimeDelta::days(DAYS)).timestamp();
    let open = article_profile::Entity::find()
        .join(
            sea_orm::JoinType::InnerJoin,
            article_profile::Entity::belongs_to(article::Entity).from(P::ArticleId).to(article::Column::Id).into(),
        )
        .filter(article::Entity::is_published(now))
        .filter(article::Column::PublishedAt.gt(now - chrono::TimeDelta::days(DAYS)))
        .filter(P::PublishedSecond.gte(since))
        .filter(is_open())
        .order_by_desc(article::Column::PublishedAt)
        .order_by_desc(article::Column::Id)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let read = open.into_iter().filter_map(|row| Some((row.article_id, Profile::decode(&row.profile)?)));
    let (ids, profiles): (Vec<i64>, Vec<Profile>) = read.unzip();
    let groups = tokio::task::spawn_blocking(move || relate::stories(&profiles)).await;
    let groups: Vec<Group> = groups.map_err(|error| DbErr::Custom(error.to_string()))?;
    let Some(transaction) = update::begin(db).await? else { return Ok(()) };
    story_suggestion::Entity::delete_many().exec(&transaction).await?;
    for group in groups.into_iter().take(KEPT) {
        let row = story_suggestion::ActiveModel {
            id: NotSet,
            // Rounded, so that both databases answer the same text.
            confidence: Set((f64::from(group.confidence) * 100.0).round() / 100.0),
            computed_at: Set(now),
        };
        let suggestion = story_suggestion::Entity::insert(row).exec(&transaction).await?.last_insert_id;
        let members = group.members.iter().take(MEMBERS).zip(1..).map(|(member, position)| {
            story_suggestion_article::ActiveModel {
                suggestion_id: Set(suggestion),
                article_id: Set(ids[*member]),
                position: Set(position),
            }
        });
        story_suggestion_article::Entity::insert_many(members).exec_without_returning(&transaction).await?;
    }
    transaction.commit().await
}
