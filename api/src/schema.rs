//! The root of the schema: a line for each concept.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, EmptySubscription, ID, MergedObject, Object, ObjectType, OutputType,
    Positioned, SDLExportOptions, SchemaBuilder, ServerResult, Value, parser::types::Field, registry::Registry,
    resolver_utils::resolve_container,
};
use entity::{contributor, gallery, place, term_status::TermKind, topic};
use sea_orm::ColumnTrait as _;

use crate::{
    article::{ArticleKey, ArticleQuery, By},
    cache::{Kind as Changed, Tag},
    contributor::{Contributor, ContributorQuery},
    curation::CurationQuery,
    error::{Error, Result},
    facet::FilterQuery,
    feed::FeedQuery,
    feeds::SourceFeedQuery,
    gallery::GalleryQuery,
    image::Image,
    node::{self, Global, Kind, Node},
    nullability::{Nullable, semantic_non_null},
    page::MAX_SIZE,
    place::{Place, PlaceQuery},
    ranking::RankingQuery,
    reads::ReadMutation,
    related::SuggestionQuery,
    search::{SearchQuery, SuggestQuery},
    section::{Section, SectionQuery},
    source::SourceQuery,
    store::ContextExt as _,
    story::{StoryKey, StoryQuery},
    term,
    topic::{Topic, TopicQuery},
};

/// Newsgraph's schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Everything that can be asked for: each field is nullable, and one that fails, for whatever reason, leaves the others standing. The engine
/// would let a value of an argument that it cannot read fail all of them.
#[derive(Default)]
pub struct Query(RootFields);

impl OutputType for Query {
    fn type_name() -> Cow<'static, str> {
        <RootFields as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <RootFields as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl ContainerType for Query {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        Ok(self.0.resolve_field(ctx).await.unwrap_or_else(|error| {
            ctx.add_error(error);
            Some(Value::Null)
        }))
    }
}

impl ObjectType for Query {}

#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
struct RootFields(
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
    ContributorQuery,
    SourceQuery,
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
    ) -> Nullable<Node> {
        Some(
            async {
                let id = node::parse("id", &id)?;
                find(ctx, id).await
            }
            .await,
        )
    }

    /// The objects that have these global ids, in their order; null in the place of each that there is not. An id that is none is an error
    /// of its own place.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, 100 at most.")] ids: Vec<ID>,
    ) -> Nullable<Vec<Nullable<Node>>> {
        Some(
            async {
                if ids.len() > MAX_SIZE {
                    return Err(Error::bad_input(
                        "ids",
                        format!("`ids` has {} ids, the limit is {MAX_SIZE}", ids.len()),
                    ));
                }
                let found = ids.iter().map(async |id| match node::parse("ids", id) {
                    Ok(id) => Some(find(ctx, id).await),
                    Err(error) => Some(Err(error)),
                });
                Ok(Some(futures_util::future::join_all(found).await))
            }
            .await,
        )
    }
}

async fn find(ctx: &Context<'_>, Global { kind, key, mark }: Global) -> Result<Option<Node>> {
    Ok(match kind {
        Kind::Article => ctx.look_up(ArticleKey { by: By::Id(key), with_body: false }).await?.map(Node::Article),
        Kind::Section => {
            let sections = ctx.store().sections().await?;
            sections.known().find(|row| row.id == key).cloned().map(|row| Node::Section(Section(row)))
        }
        Kind::Topic => {
            let row = ctx.row::<topic::Model>(key).await?;
            term::if_known(ctx, TermKind::Topic, row, |row| row.id).await?.map(|row| Node::Topic(Topic(row)))
        }
        Kind::Story => ctx.load(StoryKey(key)).await?.map(|row| Node::Story(row.into())),
        Kind::Gallery => {
            let tag = Tag::id(Changed::Gallery, key);
            crate::gallery::find(ctx, gallery::Column::Id.eq(key), tag).await?.map(Node::Gallery)
        }
        Kind::Image => Image::load(ctx, key).await?.filter(|image| Some(image.mark()) == mark).map(Node::Image),
        Kind::Place => {
            let row = ctx.row::<place::Model>(key).await?;
            term::if_known(ctx, TermKind::Place, row, |row| row.id).await?.map(|row| Node::Place(Place(row)))
        }
        Kind::Contributor => {
            let row = ctx.row::<contributor::Model>(key).await?;
            let row = term::if_known(ctx, TermKind::Contributor, row, |row| row.id).await?;
            row.map(|row| Node::Contributor(Contributor(row)))
        }
    })
}
