//! Loading an article by any of its keys, and what belongs to it.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::{
    article::{self, Card},
    article_gallery, article_place, article_topic,
    block::Blocks,
    cells::Cells,
    correction, gallery,
    owner::Owner,
    place, topic,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult, PartialModelTrait as _,
    QueryFilter as _, QueryOrder as _, QueryResult, QuerySelect as _, QueryTrait as _,
    sea_query::{ExprTrait as _, SelectStatement, SimpleExpr},
};

use super::{Address, Article, Correction};
use crate::{
    cache::{Kind, Tag},
    error::{Error, Result},
    gallery::GalleryRow,
    link::{Children, Columns, Laid, Small, col, linked, rows_of},
    scalar::DateTime,
    store::{Lookup, Store},
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
    Page(Address),
}

impl By {
    /// PostgreSQL has no NUL in texts, so no key has one.
    pub(super) fn checked(&self) -> Result<()> {
        match self {
            Self::Slug(key) | Self::Uri(key) if key.contains('\0') => Err(nul()),
            Self::Page(address) if address.pages.iter().any(|page| page.contains('\0')) => Err(nul()),
            _ => Ok(()),
        }
    }

    /// What changes when another article is found by the key, or one for the first time.
    fn tags(&self) -> Vec<Tag> {
        match self {
            Self::Id(id) => vec![Tag::id(Kind::Article, *id)],
            Self::Slug(slug) => vec![Tag::key(Kind::ArticleSlug, slug)],
            Self::Uri(uri) => vec![Tag::key(Kind::ArticleUri, uri)],
            Self::Page(address) => {
                let pages = address.pages.iter().map(|page| Tag::key(Kind::ArticleUrl, page));
                pages.chain(address.slug.iter().map(|slug| Tag::key(Kind::ArticleSlug, slug))).collect()
            }
        }
    }

    /// What finds the articles that any of these can mean.
    pub(crate) fn condition<'k>(keys: impl Iterator<Item = &'k Self>) -> Condition {
        use article::Column as A;
        let (mut ids, mut texts) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
        let [slugs, uris, urls] = &mut texts;
        for key in keys {
            match key {
                Self::Id(id) => ids.push(*id),
                Self::Slug(slug) => slugs.push(slug.as_str()),
                Self::Uri(uri) => uris.push(uri.as_str()),
                Self::Page(address) => {
                    urls.extend(address.pages.iter().map(String::as_str));
                    slugs.extend(address.slug.as_deref());
                }
            }
        }
        let mut any = Condition::any();
        if !ids.is_empty() {
            any = any.add(A::Id.is_in(ids));
        }
        for (column, texts) in [A::Slug, A::Uri, A::Url].into_iter().zip(texts) {
            if !texts.is_empty() {
                any = any.add(column.is_in(texts));
            }
        }
        any
    }

    /// How surely it means the article: the lower, the surer; `None` when it means another.
    fn finds(&self, card: &Card) -> Option<usize> {
        let is_meant = match self {
            Self::Id(id) => card.id == *id,
            Self::Slug(slug) => card.slug == *slug,
            Self::Uri(uri) => card.uri == *uri,
            Self::Page(address) => return address.rank_of(card),
        };
        is_meant.then_some(0)
    }
}

fn nul() -> Error {
    Error::bad_input("by", "`by` holds a NUL character; no key of an article does")
}

impl Lookup for ArticleKey {
    type Value = Article;

    fn tags(&self, found: Option<&Article>) -> Vec<Tag> {
        let row = found.map(|article| Tag::id(Kind::Article, article.card.id));
        self.by.tags().into_iter().chain(row).collect()
    }

    fn weight(&self, found: &Article) -> usize {
        found.card.weight() + found.body.as_ref().map_or(0, |body| body.weight())
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, Article>> {
        use article::Column as A;
        let any = By::condition(keys.iter().map(|key| &key.by));
        let with_body = keys.iter().any(|key| key.with_body);
        let mut select = Card::select_cols(article::Entity::seen_by(store.sight_by_key()).select_only()).filter(any);
        if with_body {
            select = select.column(A::Body);
        }
        let mut articles: HashMap<Self, (usize, Article)> = HashMap::new();
        for row in db.query_all(&select.into_query()).await? {
            let card = Arc::new(Card::read(&mut Cells::new(&row, 0))?);
            let body = with_body.then(|| row.try_get_by_index::<Blocks>(Card::WIDTH)).transpose()?;
            let body = body.map(|blocks| Arc::new(blocks.into()));
            for (key, rank) in keys.iter().filter_map(|key| Some((key, key.by.finds(&card)?))) {
                if articles.get(key).is_none_or(|(other, _)| rank < *other) {
                    let body = body.clone().filter(|_| key.with_body);
                    articles.insert(key.clone(), (rank, Article { card: Arc::clone(&card), body }));
                }
            }
        }
        Ok(articles.into_iter().map(|(key, (_, article))| (key, article)).collect())
    }
}

/// The topics of an article, in editorial order.
pub(crate) struct Topics;

impl Children for Topics {
    type Row = topic::Model;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(row: &topic::Model) -> Option<Tag> {
        Some(Tag::id(Kind::Topic, row.id))
    }

    fn from(store: &Store) -> SelectStatement {
        linked(store, topic::Column::Id, article_topic::Column::TopicId, rows_of(topic::Entity))
    }

    fn owner() -> impl ColumnTrait {
        article_topic::Column::ArticleId
    }

    fn order() -> Vec<SimpleExpr> {
        [article_topic::Column::Position, article_topic::Column::TopicId].map(col).into()
    }
}

/// The places that an article is about, in editorial order.
pub(super) struct Places;

impl Children for Places {
    type Row = place::Model;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(row: &place::Model) -> Option<Tag> {
        Some(Tag::id(Kind::Place, row.id))
    }

    fn from(store: &Store) -> SelectStatement {
        linked(store, place::Column::Id, article_place::Column::PlaceId, rows_of(place::Entity))
    }

    fn owner() -> impl ColumnTrait {
        article_place::Column::ArticleId
    }

    fn order() -> Vec<SimpleExpr> {
        [article_place::Column::Position, article_place::Column::PlaceId].map(col).into()
    }
}

/// The published galleries of an article, in editorial order.
pub(super) struct Galleries;

impl Children for Galleries {
    type Row = GalleryRow;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn row_tag(row: &GalleryRow) -> Option<Tag> {
        Some(Tag::id(Kind::Gallery, row.id))
    }

    fn from(store: &Store) -> SelectStatement {
        let galleries = gallery::Entity::seen_by(store.sight()).select_only().into_query();
        linked(store, gallery::Column::Id, article_gallery::Column::GalleryId, galleries)
    }

    fn owner() -> impl ColumnTrait {
        article_gallery::Column::ArticleId
    }

    fn order() -> Vec<SimpleExpr> {
        [article_gallery::Column::Position, article_gallery::Column::GalleryId].map(col).into()
    }
}

/// The corrections of an article, oldest first.
pub(super) struct Corrections;

impl Children for Corrections {
    type Row = Correction;

    fn tag(article: i64) -> Tag {
        Tag::id(Kind::ArticleParts, article)
    }

    fn owner() -> impl ColumnTrait {
        correction::Column::ArticleId
    }

    fn order() -> Vec<SimpleExpr> {
        [correction::Column::Position, correction::Column::Id].map(col).into()
    }

    fn arrange(rows: &mut [Arc<Correction>]) {
        rows.sort_by_key(|row| row.corrected_at.0);
    }
}

impl Small for Correction {
    fn columns(_: &Store) -> Columns {
        use correction::Column as C;
        Columns::default().texts([C::Text]).times([C::CorrectedAt])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self { text: row.text(0)?, corrected_at: DateTime(row.time(0)?) })
    }

    fn weight(&self) -> usize {
        size_of_val(self) + self.text.len()
    }
}

/// The published articles that are translations of each other: those that share a key, and the original, whose `uri` it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TranslationsOf(pub(super) String);

/// An article of a group of translations.
#[derive(Clone)]
pub(super) struct Translated {
    pub(super) card: Arc<Card>,
    owner: Owner,
}

impl FromQueryResult for Translated {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let owner: String = row.try_get(prefix, "whose")?;
        Ok(Self { card: Arc::new(Card::from_query_result(row, prefix)?), owner: Owner::stored(&owner) })
    }
}

impl Translated {
    /// Those that stand beside an article of the group: the newsroom's, those of its own owner, and those of the owner of the original. What
    /// somebody else calls a translation is none.
    pub(super) fn beside<'g>(group: &'g [Self], article: i64, original: &str) -> impl Iterator<Item = &'g Self> {
        let known = group.iter().filter(|one| one.card.id == article || one.card.uri == original);
        let trusted: Vec<&Owner> = known.map(|one| &one.owner).chain([&Owner::Newsroom]).collect();
        group.iter().filter(move |one| one.card.id != article && trusted.contains(&&one.owner))
    }
}

impl Loader<TranslationsOf> for Store {
    type Value = Vec<Translated>;
    type Error = Error;

    async fn load(&self, keys: &[TranslationsOf]) -> Result<HashMap<TranslationsOf, Vec<Translated>>> {
        use article::Column as A;
        let texts = || keys.iter().map(|key| key.0.as_str());
        let found = Card::select_cols(article::Entity::seen_by(self.sight()).select_only())
            .expr_as(article::Entity::owner(), "whose")
            .filter(A::TranslationKey.is_in(texts()).or(A::Uri.is_in(texts())))
            .order_by_asc(A::Language)
            .order_by_asc(A::Id)
            .into_model::<Translated>()
            .all(self.reading(keys.iter().map(|key| Tag::key(Kind::ArticleUri, &key.0))))
            .await?;
        self.note(found.iter().map(|one| Tag::id(Kind::Article, one.card.id)));
        let mut translations: HashMap<TranslationsOf, Vec<Translated>> = HashMap::new();
        for one in found {
            let key = TranslationsOf(one.card.translation_key.clone().unwrap_or_else(|| one.card.uri.clone()));
            translations.entry(key).or_default().push(one);
        }
        Ok(translations)
    }
}
