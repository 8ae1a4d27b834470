//! Stories: running subjects with their articles ("More news on …").

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, ID, Object, dataloader::Loader};
use entity::{story, story_article};
use sea_orm::{
    ActiveEnum as _, ColumnTrait, DbErr, QueryFilter as _, QueryTrait as _,
    sea_query::{Expr, Order, SelectStatement, SimpleExpr},
};

use crate::{
    article::{ArticleFilter, ArticleList, ArticleOrder, PubStatus, Scope},
    cache::{Kind as Changed, Tag},
    error::{Error, Result},
    image::Image,
    link::{Children, Columns, Laid, Small, col, linked, rows_of},
    node::Kind,
    nullability::{Nullable, semantic_non_null},
    owner::Owner,
    page::{Connection, Key, KeyKind, List, MAX_SIZE, PageArgs},
    place::checked_slug,
    scalar::{DateTime, Url},
    store::{ContextExt as _, Store},
};

/// A story.
#[derive(Clone)]
pub(crate) struct Story {
    row: Arc<story::Model>,
    /// The article that it was asked of: its page shows the others.
    beside: Option<i64>,
}

impl From<Arc<story::Model>> for Story {
    fn from(row: Arc<story::Model>) -> Self {
        Self { row, beside: None }
    }
}

impl Story {
    /// The story as the page of one of its articles shows it.
    pub(crate) fn beside(row: Arc<story::Model>, article: i64) -> Self {
        Self { row, beside: Some(article) }
    }
}

/// A running subject that articles are gathered under, chosen by editors.
#[Object(cache_control(max_age = 30))]
impl Story {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Story.id(self.row.id)
    }

    /// Readable key, unique.
    async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// Address of the story's page on your site.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        ctx.store().settings.pages.story.of(&self.row.slug)
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// What it is about, in a few sentences.
    async fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }

    /// Whether it still goes on.
    async fn status(&self) -> StoryStatus {
        self.row.status.into()
    }

    /// Whether it may be shown; the public sees usable ones alone.
    async fn pub_status(&self) -> PubStatus {
        self.row.pub_status.into()
    }

    /// Whose it is: imports of others do not change it, and add no article to it. Null for those who may not see drafts.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Owner> {
        Owner::shown(ctx, &self.row.owner)
    }

    /// The picture that stands for it.
    async fn lead_image(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(
            async {
                let Some(id) = self.row.lead_image_id else { return Ok(None) };
                Image::load(ctx, id).await
            }
            .await,
        )
    }

    /// When editors last changed it.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }

    /// Its published articles: those that the editors pinned in their order, then newest first. Below `Article.stories` they are the others:
    /// the article that the story was asked of is left out. A client that keeps objects by their id passes it as `excluding`, too, so that it
    /// keeps the lists of two pages apart.
    #[graphql(directive = semantic_non_null::apply(None))]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of articles to leave out, such as the one on the page; 100 at most.")] excluding: Option<
            Vec<ID>,
        >,
        #[graphql(desc = "What to list; everything when left out.")] filter: Option<Box<ArticleFilter>>,
        #[graphql(desc = "In which order: pinned first, then newest, when left out.")] order_by: Option<ArticleOrder>,
        #[graphql(desc = "The first so many items: 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<ArticleList>> {
        Some(
            async {
                let mut list =
                    ArticleList::new(Scope::Story(self.row.id), ArticleFilter::resolve(filter, ctx).await?, order_by);
                let excluding = excluding.unwrap_or_default();
                if excluding.len() > MAX_SIZE {
                    return Err(Error::bad_input(
                        "excluding",
                        format!("`excluding` has {} ids, the limit is {MAX_SIZE}", excluding.len()),
                    ));
                }
                list.excluding =
                    excluding.iter().map(|id| Kind::Article.key("excluding", id)).collect::<Result<_>>()?;
                list.beside(self.beside);
                Connection::load(ctx, list, PageArgs { first, after, last, before }).await.map(Some)
            }
            .await,
        )
    }
}

/// Whether a story still goes on.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "story::StoryStatus")]
pub(crate) enum StoryStatus {
    /// Articles are still added.
    Open,
    /// It is told to its end.
    Closed,
}

/// The stories, the last changed first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoryList {
    open: Option<bool>,
}

impl List for StoryList {
    type Row = story::Model;
    type Node = Story;

    fn name(&self) -> String {
        "stories".to_owned()
    }

    fn select(&self, store: &Store) -> SelectStatement {
        let status = |open: bool| if open { story::StoryStatus::Open } else { story::StoryStatus::Closed };
        story::Entity::seen_by(store.sight())
            .apply_if(self.open, |select, open| select.filter(story::Column::Status.eq(status(open))))
            .into_query()
    }

    fn tags(&self) -> Vec<Tag> {
        // A story is seen when one of its articles is.
        [Changed::Stories, Changed::Articles, Changed::Links].map(Tag::all).to_vec()
    }

    fn weight(row: &story::Model) -> usize {
        Small::weight(row)
    }

    fn row_tag(_: &story::Model) -> Option<Tag> {
        None
    }

    fn order(&self) -> Vec<Key> {
        vec![
            Key::new(Expr::col((story::Entity, story::Column::UpdatedAt)), Order::Desc, KeyKind::Time),
            Key::new(Expr::col((story::Entity, story::Column::Id)), Order::Desc, KeyKind::Int),
        ]
    }
}

/// The root fields of stories.
#[derive(Default)]
pub(crate) struct StoryQuery;

#[Object]
impl StoryQuery {
    /// Running stories, the last changed first.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn stories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only stories that still go on, or only those that are told; all when left out.")]
        status: Option<StoryStatus>,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<StoryList>> {
        Some(
            async {
                let open = status.map(|status| status == StoryStatus::Open);
                Connection::load(ctx, StoryList { open }, PageArgs::forward(first, after)).await.map(Some)
            }
            .await,
        )
    }

    /// One story; null when none has the slug.
    async fn story(&self, ctx: &Context<'_>, #[graphql(desc = "Its readable key.")] slug: String) -> Nullable<Story> {
        Some(
            async {
                let slug = checked_slug("slug", slug)?;
                let store = ctx.store();
                let found = story::Entity::seen_by(store.sight()).filter(story::Column::Slug.eq(slug.as_str()));
                let found = found.one(store.reading([Tag::key(Changed::StorySlug, &slug)])).await?;
                match &found {
                    Some(story) => store.note(seen_by(story.id)),
                    // It may be there, without an article that is seen.
                    None => store.note([Tag::all(Changed::Articles), Tag::all(Changed::Links)]),
                }
                Ok(found.map(|row| Arc::new(row).into()))
            }
            .await,
        )
    }
}

/// What decides whether a story is seen, and how.
fn seen_by(story: i64) -> [Tag; 2] {
    [Tag::id(Changed::Story, story), Tag::id(Changed::StoryArticles, story)]
}

/// The story that has a key, if the viewer may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoryKey(pub(crate) i64);

impl Loader<StoryKey> for Store {
    type Value = Arc<story::Model>;
    type Error = Error;

    async fn load(&self, keys: &[StoryKey]) -> Result<HashMap<StoryKey, Arc<story::Model>>> {
        let db = self.reading(keys.iter().flat_map(|key| seen_by(key.0)));
        let ids = keys.iter().map(|key| key.0);
        let rows = story::Entity::seen_by(self.sight()).filter(story::Column::Id.is_in(ids)).all(db).await?;
        Ok(rows.into_iter().map(|row| (StoryKey(row.id), Arc::new(row))).collect())
    }
}

/// The stories of an article, oldest first.
pub(crate) struct StoriesOfArticle;

impl Children for StoriesOfArticle {
    type Row = story::Model;

    fn tag(article: i64) -> Tag {
        Tag::id(Changed::ArticleParts, article)
    }

    fn row_tag(row: &story::Model) -> Option<Tag> {
        Some(Tag::id(Changed::Story, row.id))
    }

    fn from(store: &Store) -> SelectStatement {
        let mut stories = linked(store, story::Column::Id, story_article::Column::StoryId, rows_of(story::Entity));
        stories.and_where(story::Entity::is_reached(store.sight()));
        stories
    }

    fn owner() -> impl ColumnTrait {
        story_article::Column::ArticleId
    }

    fn order() -> Vec<SimpleExpr> {
        vec![col(story::Column::Id)]
    }
}

impl Small for story::Model {
    fn columns(_: &Store) -> Columns {
        use story::Column as S;
        Columns::default()
            .ints([col(S::Id), col(S::Version), col(S::LeadImageId)])
            .texts([S::Uri, S::Slug, S::Title, S::Summary, S::Status, S::Digest, S::Owner, S::PubStatus])
            .times([S::UpdatedAt])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.int(0)?,
            uri: row.text(0)?,
            slug: row.text(1)?,
            version: row.int(1)?,
            title: row.text(2)?,
            summary: row.some_text(3)?,
            status: story::StoryStatus::try_from_value(&row.text(4)?)?,
            lead_image_id: row.some_int(2)?,
            updated_at: row.time(0)?,
            digest: row.some_text(5)?,
            owner: row.text(6)?,
            pub_status: entity::visibility::PubStatus::try_from_value(&row.text(7)?)?,
        })
    }

    fn weight(&self) -> usize {
        let texts = [&self.uri, &self.slug, &self.title, &self.owner].map(String::len).into_iter().sum::<usize>();
        size_of_val(self) + texts + self.summary.as_ref().map_or(0, String::len) + 70
    }
}
