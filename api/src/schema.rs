//! The root of the schema: a line for each concept.

use async_graphql::{Context, EmptySubscription, ID, MergedObject, Object, SDLExportOptions, SchemaBuilder};
use entity::{gallery, place, topic};
use sea_orm::ColumnTrait as _;

use crate::{
    article::{ArticleKey, ArticleQuery, By},
    cache::{Kind as Changed, Tag},
    curation::CurationQuery,
    error::{Error, Result},
    facet::FilterQuery,
    feed::FeedQuery,
    feeds::SourceFeedQuery,
    gallery::GalleryQuery,
    image::Image,
    node::{self, Global, Kind, Node},
    page::MAX_SIZE,
    place::{Place, PlaceQuery},
    ranking::RankingQuery,
    reads::ReadMutation,
    related::SuggestionQuery,
    search::{SearchQuery, SuggestQuery},
    section::{Section, SectionQuery},
    store::ContextExt as _,
    story::{StoryKey, StoryQuery},
    topic::{Topic, TopicQuery},
};

/// Newsgraph's schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Everything that can be asked for.
#[derive(Default, MergedObject)]
pub struct Query(
    NodeQuery,
    ArticleQuery,
    FeedQuery,
    FilterQuery,
    SearchQuery,
    SuggestQuery,
    SectionQuery,
    TopicQuery,
    StoryQuery,
    GalleryQuery,
    RankingQuery,
    CurationQuery,
    PlaceQuery,
    SuggestionQuery,
    SourceFeedQuery,
);

/// Everything that can be changed.
#[derive(Default, MergedObject)]
pub struct Mutation(ReadMutation);

/// The schema, before it is decided how documents are validated.
pub fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
}

/// The schema, ready to execute requests, each of which it validates.
pub fn build() -> Schema {
    builder().finish()
}

/// The schema in the schema definition language, as it is kept in `schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by();
    build().sdl_with_options(options.use_space_ident().indent_width(2))
}

/// The root fields that find any object by its id.
#[derive(Default)]
struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object that has a global id; null when there is none that the public may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id, as a field `id` answered it.")] id: ID,
    ) -> Result<Option<Node>> {
        find(ctx, node::parse("id", &id)?).await
    }

    /// The objects that have these global ids, in their order; null in the place of each that there is not.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, 100 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_SIZE {
            return Err(Error::bad_input("ids", format!("`ids` has {} ids, the limit is {MAX_SIZE}", ids.len())));
        }
        let ids = ids.iter().map(|id| node::parse("ids", id)).collect::<Result<Vec<_>>>()?;
        futures_util::future::try_join_all(ids.into_iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, Global { kind, key, mark }: Global) -> Result<Option<Node>> {
    Ok(match kind {
        Kind::Article => ctx.look_up(ArticleKey { by: By::Id(key), with_body: false }).await?.map(Node::Article),
        Kind::Section => ctx.store().sections().await?.by_id(key).cloned().map(|row| Node::Section(Section(row))),
        Kind::Topic => ctx.row::<topic::Model>(key).await?.map(|row| Node::Topic(Topic(row))),
        Kind::Story => ctx.load(StoryKey(key)).await?.map(|row| Node::Story(row.into())),
        Kind::Gallery => {
            let tag = Tag::id(Changed::Gallery, key);
            crate::gallery::find(ctx, gallery::Column::Id.eq(key), tag).await?.map(Node::Gallery)
        }
        Kind::Image => Image::load(ctx, key).await?.filter(|image| Some(image.mark()) == mark).map(Node::Image),
        Kind::Place => ctx.row::<place::Model>(key).await?.map(|row| Node::Place(Place(row))),
    })
}
