//! Contributors: the authors, photographers and others who make articles.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};
use entity::{article_contributor, contributor, term_status::TermKind};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, Order, SelectStatement, SimpleExpr},
};

use crate::{
    article::{ArticleArgs, ArticleFilter, ArticleList, ArticleOrder, Scope},
    cache::{Kind as Changed, Tag},
    error::Result,
    image::Image,
    link::{Children, Columns, Keyed, Laid, Small, col, linked, rows_of},
    node::Kind,
    nullability::{Nullable, semantic_non_null},
    page::{Connection, Key, KeyKind, List, PageArgs},
    place::checked_slug,
    scalar::Url,
    store::{ContextExt as _, Store},
    term,
};

/// A contributor.
#[derive(Clone)]
pub(crate) struct Contributor(pub(crate) Arc<contributor::Model>);

impl From<Arc<contributor::Model>> for Contributor {
    fn from(row: Arc<contributor::Model>) -> Self {
        Self(row)
    }
}

/// Someone who makes articles: an author, a photographer, an editor. What they did for an article is in `Article.contributors`.
#[Object(cache_control(max_age = 300))]
impl Contributor {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Contributor.id(self.0.id)
    }

    /// Readable key, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Name as readers see it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The `uri` that the newsroom or agency gave the person, for `contributor(by:)`; null for those who are known by their names alone.
    async fn identifier(&self) -> Option<&str> {
        self.0.uri.as_deref()
    }

    /// Who they are, in a few sentences.
    async fn biography(&self) -> Option<&str> {
        self.0.biography.as_deref()
    }

    /// Their portrait.
    async fn image(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(
            async {
                let Some(id) = self.0.image_id else { return Ok(None) };
                Image::load(ctx, id).await
            }
            .await,
        )
    }

    /// Their pages elsewhere, such as a profile or a home page.
    async fn links(&self) -> Vec<Url> {
        let given: Vec<String> =
            self.0.links.as_deref().and_then(|links| serde_json::from_str(links).ok()).unwrap_or_default();
        // Feeds and pages know people by the address of a page.
        let own = self.0.uri.clone().filter(|uri| uri.starts_with("https://") || uri.starts_with("http://"));
        let own = own.filter(|own| !given.contains(own));
        own.into_iter().chain(given).map(Url).collect()
    }

    /// Address of the contributor's page on your site.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        ctx.store().settings.pages.contributor.of(&self.0.slug)
    }

    /// The published articles that the contributor made, in whatever role, newest first.
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
        Some(ArticleArgs { filter, order_by, page }.connection(ctx, Scope::Contributor(self.0.id)).await.map(Some))
    }
}

/// Someone who made an article, with what they did for it.
#[derive(Clone)]
pub(crate) struct ArticleContributor {
    role: Option<String>,
    contributor: Arc<contributor::Model>,
}

/// Someone who made an article, with what they did for it.
#[Object]
impl ArticleContributor {
    /// The person, with a page and other articles.
    async fn contributor(&self) -> Contributor {
        Arc::clone(&self.contributor).into()
    }

    /// Readable key of the person, unique.
    async fn slug(&self) -> &str {
        &self.contributor.slug
    }

    /// Name of the person as readers see it.
    async fn name(&self) -> &str {
        &self.contributor.name
    }

    /// What they did for the article, such as `author` or `photographer`.
    async fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }
}

/// How to find one contributor: exactly one of the keys.
#[derive(OneofObject)]
pub(crate) enum ContributorBy {
    /// Global id, as a field `id` answered it.
    Id(ID),
    /// Readable key.
    Slug(String),
    /// The newsroom's or agency's identifier of the person, as `identifier` answers it.
    Uri(String),
}

/// The contributors in the order of their slugs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ContributorList {
    /// Has passed [`checked_slug`].
    query: Option<String>,
}

impl List for ContributorList {
    type Row = contributor::Model;
    type Node = Contributor;

    fn name(&self) -> String {
        "contributors".to_owned()
    }

    fn select(&self, store: &Store) -> SelectStatement {
        use contributor::Column as C;
        term::listed::<contributor::Entity>(store, TermKind::Contributor, [C::Id, C::Name], self.query.as_deref())
    }

    fn tags(&self) -> Vec<Tag> {
        term::list_tags(Changed::Contributors)
    }

    fn weight(row: &contributor::Model) -> usize {
        Small::weight(row)
    }

    fn row_tag(_: &contributor::Model) -> Option<Tag> {
        None
    }

    fn order(&self) -> Vec<Key> {
        vec![Key::new(Expr::col((contributor::Entity, contributor::Column::Slug)), Order::Asc, KeyKind::Text)]
    }
}

/// The root fields of contributors.
#[derive(Default)]
pub(crate) struct ContributorQuery;

#[Object]
impl ContributorQuery {
    /// Authors, photographers and others who made published articles, in the order of their slugs.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn contributors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only contributors whose name has this in it.")] query: Option<String>,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<ContributorList>> {
        Some(
            async {
                let query = query.map(|query| checked_slug("query", query)).transpose()?;
                Connection::load(ctx, ContributorList { query }, PageArgs::forward(first, after)).await.map(Some)
            }
            .await,
        )
    }

    /// One contributor, by exactly one of the keys; null when there is none.
    async fn contributor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to find the contributor: exactly one key.")] by: ContributorBy,
    ) -> Nullable<Contributor> {
        Some(find(ctx, by).await)
    }
}

async fn find(ctx: &Context<'_>, by: ContributorBy) -> Result<Option<Contributor>> {
    use contributor::Column as C;
    let (condition, tag) = match by {
        ContributorBy::Id(id) => {
            let id = Kind::Contributor.key("by", &id)?;
            (C::Id.eq(id), Tag::id(Changed::Contributor, id))
        }
        ContributorBy::Slug(slug) => {
            let slug = checked_slug("by", slug)?;
            let tag = Tag::key(Changed::ContributorSlug, &slug);
            (C::Slug.eq(slug), tag)
        }
        ContributorBy::Uri(uri) => {
            let uri = checked_slug("by", uri)?;
            let tag = Tag::key(Changed::ContributorUri, &uri);
            (C::Uri.eq(uri), tag)
        }
    };
    let found = contributor::Entity::find().filter(condition).one(ctx.store().reading([tag])).await?;
    ctx.store().note(found.iter().map(|row| Tag::id(Changed::Contributor, row.id)));
    let found = term::if_known(ctx, TermKind::Contributor, found, |row| row.id).await?;
    Ok(found.map(|row| Contributor(Arc::new(row))))
}

impl Keyed for contributor::Model {
    const KIND: Changed = Changed::Contributor;

    fn key() -> impl ColumnTrait {
        contributor::Column::Id
    }
}

/// How many texts a row has.
const TEXTS: usize = 5;

impl Small for contributor::Model {
    fn columns(_: &Store) -> Columns {
        use contributor::Column as C;
        let texts: [C; TEXTS] = [C::Slug, C::Name, C::Uri, C::Biography, C::Links];
        Columns::default().ints([col(C::Id), col(C::ImageId)]).texts(texts)
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.int(0)?,
            slug: row.text(0)?,
            name: row.text(1)?,
            // Imports alone look at these.
            name_key: None,
            name_claim: None,
            uri: row.some_text(2)?,
            biography: row.some_text(3)?,
            links: row.some_text(4)?,
            image_id: row.some_int(1)?,
        })
    }

    fn weight(&self) -> usize {
        let optional = [&self.uri, &self.biography, &self.links].into_iter().flatten().map(String::len);
        size_of_val(self) + self.slug.len() + self.name.len() + optional.sum::<usize>()
    }
}

/// The people who made an article, in the order of the byline.
pub(crate) struct Contributors;

impl Children for Contributors {
    type Row = ArticleContributor;

    fn tag(article: i64) -> Tag {
        Tag::id(Changed::ArticleParts, article)
    }

    fn row_tag(row: &ArticleContributor) -> Option<Tag> {
        Some(Tag::id(Changed::Contributor, row.contributor.id))
    }

    fn from(store: &Store) -> SelectStatement {
        linked(store, contributor::Column::Id, article_contributor::Column::ContributorId, rows_of(contributor::Entity))
    }

    fn owner() -> impl ColumnTrait {
        article_contributor::Column::ArticleId
    }

    fn order() -> Vec<SimpleExpr> {
        [article_contributor::Column::Position, article_contributor::Column::ContributorId].map(col).into()
    }
}

/// The columns of the person, and that of the link.
impl Small for ArticleContributor {
    fn columns(store: &Store) -> Columns {
        contributor::Model::columns(store).texts([article_contributor::Column::Role])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self { role: row.some_text(TEXTS)?, contributor: Arc::new(contributor::Model::read(row)?) })
    }

    fn weight(&self) -> usize {
        size_of_val(self) + Small::weight(&*self.contributor) + self.role.as_ref().map_or(0, String::len)
    }
}
