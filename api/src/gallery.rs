//! Galleries: photos, infographics and videos in order.

use std::{hash::Hash, sync::Arc};

use async_graphql::{Context, Enum, ID, Object};
use entity::{gallery, gallery_item, section, visibility::Sight};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Select,
    entity::prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait as _, Order, Query, SelectStatement, SimpleExpr, SubQueryStatement},
};

use crate::{
    article::{ArticleArgs, ArticleFilter, ArticleList, ArticleOrder, Scope},
    cache::{Kind as Changed, Tag},
    error::{Error, Result},
    image::Image,
    link::{Columns, Laid, Small, col},
    node::Kind,
    nullability::{Nullable, semantic_non_null},
    owner::Owner,
    page::{Connection, Key, KeyKind, List, PageArgs},
    place::checked_slug,
    scalar::{DateTime, Url},
    section::Section,
    store::{ContextExt as _, Store},
};

/// A gallery, with the number of its items.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct GalleryRow {
    pub(crate) id: i64,
    pub(crate) uri: String,
    slug: String,
    title: String,
    summary: Option<String>,
    kind: gallery::GalleryKind,
    section_id: Option<i64>,
    lead_image_id: Option<i64>,
    published_at: DateTimeUtc,
    owner: String,
    item_count: i64,
}

impl GalleryRow {
    /// The number of items of a gallery that `sight` reaches.
    fn item_count(sight: Sight) -> SimpleExpr {
        let items = Query::select()
            .expr(Expr::col((gallery_item::Entity, gallery_item::Column::Position)).count())
            .from(gallery_item::Entity)
            .and_where(gallery_item::Entity::is_seen_by(sight))
            .and_where(
                Expr::col((gallery_item::Entity, gallery_item::Column::GalleryId))
                    .equals((gallery::Entity, gallery::Column::Id)),
            )
            .take();
        SimpleExpr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(items)))
    }

    /// `select` with the columns of this row.
    pub(crate) fn select(select: Select<gallery::Entity>, sight: Sight) -> Select<gallery::Entity> {
        select
            .select_only()
            .columns([
                gallery::Column::Id,
                gallery::Column::Uri,
                gallery::Column::Slug,
                gallery::Column::Title,
                gallery::Column::Summary,
                gallery::Column::Kind,
                gallery::Column::SectionId,
                gallery::Column::LeadImageId,
                gallery::Column::PublishedAt,
                gallery::Column::Owner,
            ])
            .expr_as(Self::item_count(sight), "item_count")
    }
}

impl Small for GalleryRow {
    fn columns(store: &Store) -> Columns {
        use gallery::Column as G;
        Columns::default()
            .ints([col(G::Id), col(G::SectionId), col(G::LeadImageId), Self::item_count(store.sight())])
            .texts([G::Uri, G::Slug, G::Title, G::Summary, G::Kind, G::Owner])
            .times([G::PublishedAt])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.int(0)?,
            uri: row.text(0)?,
            slug: row.text(1)?,
            title: row.text(2)?,
            summary: row.some_text(3)?,
            kind: gallery::GalleryKind::try_from_value(&row.text(4)?)?,
            section_id: row.some_int(1)?,
            lead_image_id: row.some_int(2)?,
            published_at: row.time(0)?,
            owner: row.text(5)?,
            item_count: row.int(3)?,
        })
    }

    fn weight(&self) -> usize {
        let texts = [&self.uri, &self.slug, &self.title, &self.owner].map(String::len).into_iter().sum::<usize>();
        size_of_val(self) + texts + self.summary.as_ref().map_or(0, String::len)
    }
}

/// A gallery.
#[derive(Clone)]
pub(crate) struct Gallery(pub(crate) Arc<GalleryRow>);

impl From<Arc<GalleryRow>> for Gallery {
    fn from(row: Arc<GalleryRow>) -> Self {
        Self(row)
    }
}

/// Photos, infographics or videos that are shown one after the other.
#[Object(cache_control(max_age = 60))]
impl Gallery {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Gallery.id(self.0.id)
    }

    /// Readable key, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Whose it is: imports of others do not change it. Null for those who may not see drafts.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Owner> {
        Owner::shown(ctx, &self.0.owner)
    }

    /// Address of the gallery's page on your site.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        ctx.store().settings.pages.gallery.of(&self.0.slug)
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it shows, in a sentence or two.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// Photos, infographics or videos.
    async fn kind(&self) -> GalleryKind {
        self.0.kind.into()
    }

    /// Number of items whose pictures may be shown.
    async fn item_count(&self) -> i32 {
        i32::try_from(self.0.item_count).unwrap_or(i32::MAX)
    }

    /// The picture that stands for it.
    async fn lead_image(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(
            async {
                let Some(id) = self.0.lead_image_id else { return Ok(None) };
                Image::load(ctx, id).await
            }
            .await,
        )
    }

    /// When readers could first see it.
    async fn published_at(&self) -> DateTime {
        DateTime(self.0.published_at)
    }

    /// The section that it belongs to.
    async fn section(&self, ctx: &Context<'_>) -> Nullable<Section> {
        Some(
            async {
                let Some(id) = self.0.section_id else { return Ok(None) };
                Ok(ctx.store().sections().await?.by_id(id).cloned().map(Section))
            }
            .await,
        )
    }

    /// Its items in order.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<GalleryItemList>> {
        Some(
            Connection::load(ctx, GalleryItemList { gallery: self.0.id }, PageArgs::forward(first, after))
                .await
                .map(Some),
        )
    }

    /// The published articles that it goes with, newest first.
    #[graphql(directive = semantic_non_null::apply(None))]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to list; everything when left out.")] filter: Option<Box<ArticleFilter>>,
        #[graphql(desc = "In which order: `NEWEST` when left out.")] order_by: Option<ArticleOrder>,
        #[graphql(desc = "The first so many items: 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<ArticleList>> {
        let page = PageArgs { first, after, last, before };
        Some(ArticleArgs { filter, order_by, page }.connection(ctx, Scope::Gallery(self.0.id)).await.map(Some))
    }
}

/// What a gallery shows.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
#[graphql(remote = "gallery::GalleryKind")]
pub(crate) enum GalleryKind {
    /// Photographs and drawings.
    Photo,
    /// Charts and maps.
    Infographic,
    /// Videos.
    Video,
}

/// The published galleries, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GalleryList {
    kind: Option<GalleryKind>,
    section: Option<String>,
}

impl List for GalleryList {
    type Row = GalleryRow;
    type Node = Gallery;

    fn name(&self) -> String {
        "galleries".to_owned()
    }

    fn select(&self, store: &Store) -> SelectStatement {
        let section = |slug: &str| {
            let ids = section::Entity::find()
                .select_only()
                .column(section::Column::Id)
                .filter(section::Column::Slug.eq(slug));
            gallery::Column::SectionId.in_subquery(ids.into_query())
        };
        GalleryRow::select(gallery::Entity::seen_by(store.sight()), store.sight())
            .apply_if(self.kind, |select, kind| {
                select.filter(gallery::Column::Kind.eq(gallery::GalleryKind::from(kind)))
            })
            .apply_if(self.section.as_deref(), |select, slug| select.filter(section(slug)))
            .into_query()
    }

    fn tags(&self) -> Vec<Tag> {
        let section = self.section.iter().map(|_| Tag::all(Changed::Sections));
        section.chain([Tag::all(Changed::Galleries)]).collect()
    }

    fn weight(row: &GalleryRow) -> usize {
        row.weight()
    }

    fn row_tag(row: &GalleryRow) -> Option<Tag> {
        Some(Tag::id(Changed::Gallery, row.id))
    }

    fn order(&self) -> Vec<Key> {
        vec![
            Key::new(Expr::col((gallery::Entity, gallery::Column::PublishedAt)), Order::Desc, KeyKind::Time),
            Key::new(Expr::col((gallery::Entity, gallery::Column::Id)), Order::Desc, KeyKind::Int),
        ]
    }
}

/// An item of a gallery.
#[derive(Clone)]
pub(crate) struct GalleryItem(Arc<gallery_item::Model>);

impl From<Arc<gallery_item::Model>> for GalleryItem {
    fn from(row: Arc<gallery_item::Model>) -> Self {
        Self(row)
    }
}

/// A picture or video of a gallery, in its place.
#[Object]
impl GalleryItem {
    /// Its place, from 1.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// The line to show under it here; the picture's own when the gallery gives none.
    async fn caption(&self, ctx: &Context<'_>) -> Nullable<String> {
        Some(
            async {
                if self.0.caption.is_some() {
                    return Ok(self.0.caption.clone());
                }
                Ok(self.find(ctx).await?.caption(ctx).await.ok().flatten().map(ToOwned::to_owned))
            }
            .await,
        )
    }

    /// The picture, or the poster of the video.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn image(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(self.find(ctx).await.map(Some))
    }

    /// The video's file; null for pictures.
    async fn video(&self) -> Option<Video> {
        Some(Video {
            url: Url(self.0.media_url.clone()?),
            media_type: self.0.media_type.clone(),
            duration_seconds: self.0.duration_seconds,
        })
    }
}

impl GalleryItem {
    async fn find(&self, ctx: &Context<'_>) -> Result<Image> {
        // A foreign key keeps the row.
        Image::listed(ctx, self.0.image_id)
            .await?
            .ok_or_else(|| sea_orm::DbErr::RecordNotFound("image of a gallery".to_owned()).into())
    }
}

/// The file of a video.
#[derive(async_graphql::SimpleObject)]
pub(crate) struct Video {
    /// Its address.
    url: Url,
    /// Its IANA media type, such as `video/mp4`.
    media_type: Option<String>,
    /// Its length in seconds.
    duration_seconds: Option<f64>,
}

/// The items of a gallery in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GalleryItemList {
    gallery: i64,
}

impl List for GalleryItemList {
    type Row = gallery_item::Model;
    type Node = GalleryItem;

    fn name(&self) -> String {
        format!("gallery:{}", self.gallery)
    }

    fn select(&self, store: &Store) -> SelectStatement {
        let seen = gallery_item::Entity::is_seen_by(store.sight());
        gallery_item::Entity::find().filter(gallery_item::Column::GalleryId.eq(self.gallery)).filter(seen).into_query()
    }

    fn tags(&self) -> Vec<Tag> {
        vec![Tag::id(Changed::Gallery, self.gallery)]
    }

    fn weight(row: &gallery_item::Model) -> usize {
        size_of_val(row) + row.caption.as_ref().map_or(0, String::len) + 100
    }

    fn row_tag(_: &gallery_item::Model) -> Option<Tag> {
        None
    }

    fn order(&self) -> Vec<Key> {
        vec![Key::new(Expr::col((gallery_item::Entity, gallery_item::Column::Position)), Order::Asc, KeyKind::SmallInt)]
    }
}

/// The root fields of galleries.
#[derive(Default)]
pub(crate) struct GalleryQuery;

#[Object]
impl GalleryQuery {
    /// Published galleries, newest first.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn galleries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only photos, infographics or videos; all when left out.")] kind: Option<GalleryKind>,
        #[graphql(desc = "Only galleries of the section with this slug.")] section: Option<String>,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<GalleryList>> {
        Some(
            async {
                let section = section.map(|slug| checked_slug("section", slug)).transpose()?;
                Connection::load(ctx, GalleryList { kind, section }, PageArgs::forward(first, after)).await.map(Some)
            }
            .await,
        )
    }

    /// One gallery; null when there is none that the public may see.
    async fn gallery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its readable key.")] slug: String,
    ) -> Nullable<Gallery> {
        Some(
            async {
                let slug = checked_slug("slug", slug)?;
                let tag = Tag::key(Changed::GallerySlug, &slug);
                find(ctx, gallery::Column::Slug.eq(slug), tag).await
            }
            .await,
        )
    }
}

/// The published gallery for which `condition` holds; `tag` changes when it is another one.
pub(crate) async fn find(ctx: &Context<'_>, condition: SimpleExpr, tag: Tag) -> Result<Option<Gallery>> {
    let store = ctx.store();
    let select = GalleryRow::select(gallery::Entity::seen_by(store.sight_by_key()).filter(condition), store.sight());
    let found = select.into_model::<GalleryRow>().one(store.reading([tag])).await.map_err(Error::from)?;
    store.note(found.iter().map(|row| Tag::id(Changed::Gallery, row.id)));
    Ok(found.map(|row| Gallery(Arc::new(row))))
}
