//! Loading an article by any of its keys, and what belongs to it.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::{
    article::{self, Card},
    article_contributor, article_gallery, article_place, article_topic,
    block::Blocks,
    contributor, correction, gallery, place, topic,
};
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseConnection, EntityTrait as _, FromQueryResult as _, PartialModelTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, sea_query::ExprTrait as _,
};

use super::{Article, Contributor, Correction};
use crate::{
    cache::{Kind, Tag},
    error::{Error, Result},
    gallery::GalleryRow,
    link::{Children, linked},
    scalar::DateTime,
    store::Store,
};

/// One article, with or without its body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ArticleKey {
    pub(crate) by: By,
    pub(crate) with_body: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum By {
    Id(i64),
    Slug(String),
    Uri(String),
    Url(String),
}

impl By {
    /// The article whose page is `url`: by its slug when the address is made from `template`.
    pub(crate) fn from_url(template: &str, url: String) -> Self {
        let slug = template.split_once("{slug}").and_then(|(head, tail)| url.strip_prefix(head)?.strip_suffix(tail));
        match slug {
            Some(slug) if !slug.is_empty() && !slug.contains('/') => Self::Slug(slug.to_owned()),
            _ => Self::Url(url),
        }
    }

    /// PostgreSQL has no NUL in texts, so no key has one.
    pub(super) fn checked(&self) -> Result<()> {
        match self {
            Self::Slug(key) | Self::Uri(key) | Self::Url(key) if key.contains('\0') => {
                Err(Error::bad_input("by", "`by` holds a NUL character; no key of an article does"))
            }
            _ => Ok(()),
        }
    }

    /// What changes when another article is found by the key, or one for the first time.
    fn tag(&self) -> Tag {
        match self {
            Self::Id(id) => Tag::id(Kind::Article, *id),
            Self::Slug(slug) => Tag::key(Kind::ArticleSlug, slug),
            Self::Uri(uri) => Tag::key(Kind::ArticleUri, uri),
            Self::Url(url) => Tag::key(Kind::ArticleUrl, url),
        }
    }

    fn finds(&self, card: &Card) -> bool {
        match self {
            Self::Id(id) => card.id == *id,
            Self::Slug(slug) => card.slug == *slug,
            Self::Uri(uri) => card.uri == *uri,
            Self::Url(url) => card.url.as_ref() == Some(url),
        }
    }
}

impl Loader<ArticleKey> for Store {
    type Value = Article;
    type Error = Error;

    async fn load(&self, keys: &[ArticleKey]) -> Result<HashMap<ArticleKey, Article>> {
        use article::Column as A;
        let mut any = Condition::any();
        for key in keys {
            any = any.add(match &key.by {
                By::Id(id) => A::Id.eq(*id),
                By::Slug(slug) => A::Slug.eq(slug.as_str()),
                By::Uri(uri) => A::Uri.eq(uri.as_str()),
                By::Url(url) => A::Url.eq(url.as_str()),
            });
        }
        let with_body = keys.iter().any(|key| key.with_body);
        let mut select = Card::select_cols(article::Entity::seen_by(self.sight_by_key()).select_only()).filter(any);
        if with_body {
            select = select.column(A::Body);
        }
        let mut articles = HashMap::new();
        let db = self.reading(keys.iter().map(|key| key.by.tag()));
        for row in sea_orm::ConnectionTrait::query_all(db, &select.into_query()).await? {
            let card = Card::from_query_result(&row, "")?;
            self.note([Tag::id(Kind::Article, card.id)]);
            let body = if with_body { Some(Arc::new(row.try_get::<Blocks>("", "body")?)) } else { None };
            for key in keys.iter().filter(|key| key.by.finds(&card)) {
                articles
                    .insert(key.clone(), Article { card: card.clone(), body: body.clone().filter(|_| key.with_body) });
            }
        }
        Ok(articles)
    }
}

/// The topics of an article, in editorial order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Topics;

impl Children for Topics {
    type Row = topic::Model;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(row: &topic::Model) -> Option<Tag> {
        Some(Tag::id(Kind::Topic, row.id))
    }

    async fn rows(_: &Store, db: &DatabaseConnection, articles: Vec<i64>) -> Result<Vec<(i64, topic::Model)>> {
        use article_topic::Column as Link;
        linked(db, topic::Entity::find(), topic::Column::Id, [Link::ArticleId, Link::TopicId, Link::Position], articles)
            .await
    }
}

/// The places that an article is about, in editorial order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Places;

impl Children for Places {
    type Row = place::Model;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(row: &place::Model) -> Option<Tag> {
        Some(Tag::id(Kind::Place, row.id))
    }

    async fn rows(_: &Store, db: &DatabaseConnection, articles: Vec<i64>) -> Result<Vec<(i64, place::Model)>> {
        use article_place::Column as Link;
        let columns = [Link::ArticleId, Link::PlaceId, Link::Position];
        linked(db, place::Entity::find(), place::Column::Id, columns, articles).await
    }
}

/// The published galleries of an article, in editorial order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Galleries;

impl Children for Galleries {
    type Row = GalleryRow;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(row: &GalleryRow) -> Option<Tag> {
        Some(Tag::id(Kind::Gallery, row.id))
    }

    async fn rows(store: &Store, db: &DatabaseConnection, articles: Vec<i64>) -> Result<Vec<(i64, GalleryRow)>> {
        use article_gallery::Column as Link;
        let galleries = GalleryRow::select(gallery::Entity::seen_by(store.sight()));
        linked(db, galleries, gallery::Column::Id, [Link::ArticleId, Link::GalleryId, Link::Position], articles).await
    }
}

/// The people who made an article, in the order of the byline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Contributors;

impl Children for Contributors {
    type Row = Contributor;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(row: &Contributor) -> Option<Tag> {
        Some(Tag::id(Kind::Contributor, row.id))
    }

    async fn rows(_: &Store, db: &DatabaseConnection, articles: Vec<i64>) -> Result<Vec<(i64, Contributor)>> {
        use article_contributor::Column as Link;
        let people = contributor::Entity::find().column(Link::Role);
        linked(db, people, contributor::Column::Id, [Link::ArticleId, Link::ContributorId, Link::Position], articles)
            .await
    }
}

/// The corrections of an article, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Corrections;

impl Children for Corrections {
    type Row = Correction;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(_: &Correction) -> Option<Tag> {
        None
    }

    async fn rows(_: &Store, db: &DatabaseConnection, articles: Vec<i64>) -> Result<Vec<(i64, Correction)>> {
        let rows = correction::Entity::find()
            .filter(correction::Column::ArticleId.is_in(articles))
            .order_by_asc(correction::Column::Position)
            .all(db)
            .await?;
        let correction =
            |row: correction::Model| Correction { text: row.text, corrected_at: DateTime(row.corrected_at) };
        Ok(rows.into_iter().map(|row| (row.article_id, correction(row))).collect())
    }
}

/// The published articles that are translations of each other: those that share a key, and the original, whose `uri` it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TranslationsOf(pub(super) String);

impl Loader<TranslationsOf> for Store {
    type Value = Vec<Card>;
    type Error = Error;

    async fn load(&self, keys: &[TranslationsOf]) -> Result<HashMap<TranslationsOf, Vec<Card>>> {
        use article::Column as A;
        let texts = || keys.iter().map(|key| key.0.as_str());
        let cards = Card::select_cols(article::Entity::seen_by(self.sight()).select_only())
            .filter(A::TranslationKey.is_in(texts()).or(A::Uri.is_in(texts())))
            .order_by_asc(A::Language)
            .order_by_asc(A::Id)
            .into_model::<Card>()
            .all(self.reading(keys.iter().map(|key| Tag::key(Kind::ArticleUri, &key.0))))
            .await?;
        self.note(cards.iter().map(|card| Tag::id(Kind::Article, card.id)));
        let mut translations: HashMap<TranslationsOf, Vec<Card>> = HashMap::new();
        for card in cards {
            let key = TranslationsOf(card.translation_key.clone().unwrap_or_else(|| card.uri.clone()));
            translations.entry(key).or_default().push(card);
        }
        Ok(translations)
    }
}
