//! Topics: what articles are about.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, OneofObject, dataloader::Loader};
use entity::{term_status::TermKind, topic, topic_alias, topic_name};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Order, Query, SelectStatement, SimpleExpr},
};

use crate::{
    article::{
        ArticleArgs, ArticleFilter, ArticleList, ArticleOrder, Scope,
        filter::{below, in_range},
    },
    cache::{Kind as Changed, Tag},
    error::{Error, Result},
    link::{Children, Columns, Keyed, Laid, Small, col},
    node::Kind,
    nullability::{Nullable, semantic_non_null},
    page::{Connection, Key, KeyKind, List, PageArgs, union},
    place::checked_slug,
    scalar::{Language, QCode, Url},
    store::{ContextExt as _, Store},
    term,
};

/// A topic.
#[derive(Clone)]
pub(crate) struct Topic(pub(crate) Arc<topic::Model>);

impl From<Arc<topic::Model>> for Topic {
    fn from(row: Arc<topic::Model>) -> Self {
        Self(row)
    }
}

/// Something that articles are about. Topics form a tree: `broader` goes up, `narrower` down.
#[Object(cache_control(max_age = 300))]
impl Topic {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Topic.id(self.0.id)
    }

    /// Readable key, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Address of the topic's page on your site.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        ctx.store().settings.pages.topic.of(&self.0.slug)
    }

    /// Its name: in the language that is asked for, when it has one.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The language of the name. When the topic has none in it, one in a wider form of the language (`pt` for `pt-BR`) is taken, else one in a narrower form (`en-GB` for `en`), else the name that is given when this is left out."
        )]
        language: Option<Language>,
    ) -> Result<String> {
        let Some(range) = language else { return Ok(self.0.name.clone()) };
        let range = importer::language_tag(&range.0).ok_or_else(|| {
            Error::bad_input("language", "`language` is not a language; pass a BCP 47 tag such as `en` or `pt-BR`")
        })?;
        let names = ctx.children::<Names>(self.0.id).await?;
        Ok(look_up(&names, &range).unwrap_or(&self.0.name).to_owned())
    }

    /// Its code in a controlled vocabulary, such as the IPTC Media Topics.
    async fn qcode(&self) -> Option<QCode> {
        self.0.qcode.clone().map(QCode)
    }

    /// The topic above it.
    async fn broader(&self, ctx: &Context<'_>) -> Nullable<Topic> {
        Some(
            async {
                let Some(broader) = self.0.broader_id else { return Ok(None) };
                let broader = ctx.row::<topic::Model>(broader).await?;
                Ok(term::if_known(ctx, TermKind::Topic, broader, |topic| topic.id).await?.map(Topic))
            }
            .await,
        )
    }

    /// The topics right below it.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn narrower(&self, ctx: &Context<'_>) -> Nullable<Vec<Topic>> {
        Some(
            async {
                let narrower = ctx.children::<Narrower>(self.0.id).await?;
                let known = term::known(ctx, TermKind::Topic, narrower.iter().cloned(), |topic| topic.id).await?;
                Ok(Some(known.into_iter().map(Topic).collect()))
            }
            .await,
        )
    }

    /// The published articles about it, newest first.
    #[graphql(directive = semantic_non_null::apply(None))]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether articles about any topic below it are listed, too; no when left out.")]
        include_narrower: Option<bool>,
        #[graphql(desc = "What to list; everything when left out.")] filter: Option<Box<ArticleFilter>>,
        #[graphql(desc = "In which order: `NEWEST` when left out.")] order_by: Option<ArticleOrder>,
        #[graphql(desc = "The first so many items: 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Nullable<Connection<ArticleList>> {
        Some(
            async {
                let page = PageArgs { first, after, last, before };
                if !include_narrower.unwrap_or_default() {
                    return ArticleArgs { filter, order_by, page }
                        .connection(ctx, Scope::Topic(self.0.id))
                        .await
                        .map(Some);
                }
                let filter = ArticleFilter::resolve(filter, ctx).await?;
                let family = ctx.load(FamilyOf(self.0.id)).await?.unwrap_or_default();
                Connection::load(ctx, ArticleList::new(Scope::Family(self.0.id, family), filter, order_by), page)
                    .await
                    .map(Some)
            }
            .await,
        )
    }
}

/// How to find one topic: exactly one of the keys.
#[derive(OneofObject)]
pub(crate) enum TopicBy {
    /// Global id, as a field `id` answered it.
    Id(ID),
    /// Readable key.
    Slug(String),
    /// Code in a controlled vocabulary; that of a retired concept finds the topic that replaces it.
    Qcode(QCode),
}

/// The topics in the order of their slugs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TopicList {
    /// Has passed [`checked_slug`].
    query: Option<String>,
}

impl List for TopicList {
    type Row = topic::Model;
    type Node = Topic;

    fn name(&self) -> String {
        "topics".to_owned()
    }

    fn select(&self, store: &Store) -> SelectStatement {
        use topic::Column as C;
        term::listed::<topic::Entity>(store, TermKind::Topic, [C::Id, C::Name], self.query.as_deref())
    }

    fn tags(&self) -> Vec<Tag> {
        term::list_tags(Changed::Topics)
    }

    fn weight(row: &topic::Model) -> usize {
        Small::weight(row)
    }

    fn row_tag(_: &topic::Model) -> Option<Tag> {
        None
    }

    fn order(&self) -> Vec<Key> {
        vec![Key::new(Expr::col((topic::Entity, topic::Column::Slug)), Order::Asc, KeyKind::Text)]
    }
}

/// The root fields of topics.
#[derive(Default)]
pub(crate) struct TopicQuery;

#[Object]
impl TopicQuery {
    /// Topics in the order of their slugs.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only topics whose name has this in it.")] query: Option<String>,
        #[graphql(desc = "How many at most: 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<TopicList>> {
        Some(
            async {
                let query = query.map(|query| checked_slug("query", query)).transpose()?;
                Connection::load(ctx, TopicList { query }, PageArgs::forward(first, after)).await.map(Some)
            }
            .await,
        )
    }

    /// One topic, by exactly one of its keys; null when there is none.
    async fn topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to find it: exactly one key.")] by: TopicBy,
    ) -> Nullable<Topic> {
        Some(
            async {
                let (condition, tags) = match by {
                    TopicBy::Id(id) => {
                        let id = Kind::Topic.key("by", &id)?;
                        (topic::Column::Id.eq(id), vec![Tag::id(Changed::Topic, id)])
                    }
                    TopicBy::Slug(slug) => {
                        let slug = checked_slug("by", slug)?;
                        let tag = Tag::key(Changed::TopicSlug, &slug);
                        (topic::Column::Slug.eq(slug), vec![tag])
                    }
                    TopicBy::Qcode(code) => has_code(&checked_slug("by", code.0)?),
                };
                let found = topic::Entity::find().filter(condition).one(ctx.store().reading(tags)).await?;
                ctx.store().note(found.iter().map(|topic| Tag::id(Changed::Topic, topic.id)));
                let found = term::if_known(ctx, TermKind::Topic, found, |topic| topic.id).await?;
                Ok(found.map(|row| Topic(Arc::new(row))))
            }
            .await,
        )
    }
}

/// The topic that has a code, or that replaces the concept that had it; and what changes when it is another one.
fn has_code(code: &str) -> (SimpleExpr, Vec<Tag>) {
    let current = importer::current_media_topic(code).map_or(code.to_owned(), |(current, _)| current);
    let heir = topic_alias::Entity::find()
        .select_only()
        .column(topic_alias::Column::TopicId)
        .filter(topic_alias::Column::Qcode.eq(code))
        .into_query();
    let tags = [&*current, code].map(|code| Tag::key(Changed::TopicQcode, code));
    (topic::Column::Qcode.eq(current).or(topic::Column::Id.in_subquery(heir)), tags.into())
}

/// The name in the language that fits `range` best: by look-up as RFC 4647 has it, else in a narrower form of what was looked up.
fn look_up<'n>(names: &'n [Arc<topic_name::Model>], range: &str) -> Option<&'n str> {
    let ranges: Vec<&str> = std::iter::successors(Some(range), |range| wider(range)).collect();
    let exact = ranges.iter().find_map(|range| names.iter().find(|name| name.language.eq_ignore_ascii_case(range)));
    let narrower = || ranges.iter().find_map(|range| names.iter().find(|name| in_range(&name.language, range)));
    exact.or_else(narrower).map(|name| name.name.as_str())
}

/// A language range without its last part, and without a single letter that introduced it.
fn wider(range: &str) -> Option<&str> {
    let (wider, _) = range.rsplit_once('-')?;
    match wider.rsplit_once('-') {
        Some((wider, single)) if single.len() == 1 => Some(wider),
        _ => Some(wider),
    }
}

impl Keyed for topic::Model {
    const KIND: Changed = Changed::Topic;

    fn key() -> impl ColumnTrait {
        topic::Column::Id
    }
}

impl Small for topic::Model {
    fn columns(_: &Store) -> Columns {
        use topic::Column as T;
        Columns::default().ints([col(T::Id), col(T::BroaderId)]).texts([T::Slug, T::Name, T::Qcode])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.int(0)?,
            slug: row.text(0)?,
            name: row.text(1)?,
            // Imports alone look at these.
            name_key: None,
            name_claim: None,
            qcode: row.some_text(2)?,
            broader_id: row.some_int(1)?,
        })
    }

    fn weight(&self) -> usize {
        size_of_val(self) + self.slug.len() + self.name.len() + self.qcode.as_ref().map_or(0, String::len)
    }
}

/// The names of a topic in several languages, in the order of their tags.
struct Names;

impl Children for Names {
    type Row = topic_name::Model;

    fn tag(topic: i64) -> Tag {
        Tag::id(Changed::Topic, topic)
    }

    fn owner() -> impl ColumnTrait {
        topic_name::Column::TopicId
    }

    fn arrange(names: &mut [Arc<topic_name::Model>]) {
        names.sort_by(|one, other| one.language.cmp(&other.language));
    }
}

impl Small for topic_name::Model {
    fn columns(_: &Store) -> Columns {
        use topic_name::Column as N;
        Columns::default().ints([col(N::Id), col(N::TopicId)]).texts([N::Language, N::Name])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self { id: row.int(0)?, topic_id: row.int(1)?, language: row.text(0)?, name: row.text(1)? })
    }

    fn weight(&self) -> usize {
        size_of_val(self) + self.language.len() + self.name.len()
    }
}

/// The topics right below a topic, in the order of their names.
struct Narrower;

impl Children for Narrower {
    type Row = topic::Model;

    fn tag(_: i64) -> Tag {
        Tag::all(Changed::TopicTree)
    }

    fn row_tag(row: &topic::Model) -> Option<Tag> {
        Some(Tag::id(Changed::Topic, row.id))
    }

    fn owner() -> impl ColumnTrait {
        topic::Column::BroaderId
    }

    fn arrange(topics: &mut [Arc<topic::Model>]) {
        topics.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    }
}

/// A topic and all below it, as loaders find them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FamilyOf(i64);

impl Loader<FamilyOf> for Store {
    type Value = Vec<i64>;
    type Error = Error;

    async fn load(&self, keys: &[FamilyOf]) -> Result<HashMap<FamilyOf, Vec<i64>>> {
        let family = |key: &FamilyOf| {
            let own = topic::Entity::find().select_only().column(topic::Column::Id).filter(topic::Column::Id.eq(key.0));
            let family = below(own.into_query());
            Query::select().column("id").expr_as(Expr::val(key.0), "head").from_subquery(family, "family_of").take()
        };
        let mut families: HashMap<FamilyOf, Vec<i64>> = HashMap::new();
        if let Some(statement) = union(keys.iter().map(family)) {
            for row in self.reading([Tag::all(Changed::TopicTree)]).query_all(&statement).await? {
                families.entry(FamilyOf(row.try_get("", "head")?)).or_default().push(row.try_get("", "id")?);
            }
        }
        Ok(families)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_from_the_narrowest_language_to_the_widest() {
        let names = [("de", "Kunst"), ("en-GB", "Arts"), ("pt", "Artes"), ("pt-PT", "Artes (PT)"), ("zh-Hans", "艺术")];
        let names = names.map(|(language, name)| topic_name::Model {
            id: 0,
            topic_id: 1,
            language: language.to_owned(),
            name: name.to_owned(),
        });
        let names = names.map(Arc::new);
        for (range, expected) in [
            ("de", Some("Kunst")),
            ("de-AT", Some("Kunst")),
            ("pt-BR", Some("Artes")),
            ("pt-PT", Some("Artes (PT)")),
            ("en", Some("Arts")),
            ("en-US", Some("Arts")),
            ("zh-Hans-CN-x-news", Some("艺术")),
            ("zh", Some("艺术")),
            ("fr", None),
        ] {
            assert_eq!(look_up(&names, range), expected, "{range}");
        }
        assert_eq!(wider("zh-Hant-x-private"), Some("zh-Hant"));
    }
}
