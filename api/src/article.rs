//! Articles: the object, the look-up by id, slug, uri or url, and the lists that pages cut.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, SimpleObject, dataloader::Loader};
use entity::{
    article::{self, Card, PubStatus as Status},
    article_contributor, article_gallery, article_topic,
    block::Blocks,
    contributor, correction, gallery, place, source, story_article, topic,
};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, FromQueryResult, PartialModelTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, ExprTrait as _, Order, SelectStatement, SimpleExpr},
};

use crate::{
    body::{Body, BodyKey},
    error::{Error, Result},
    gallery::{Gallery, GalleryRow},
    image::Image,
    link::{ById, Children, linked},
    node::Kind,
    page::{Connection, Key, KeyKind, List, PageArgs, bounded},
    place::Place,
    related::{RelatedArticle, RelatedKey},
    scalar::{DateTime, Language, Url},
    section::Section,
    store::{ContextExt as _, Store},
    story::{StoriesOfArticle, Story},
    topic::Topic,
};

/// A news article.
#[derive(Clone)]
pub(crate) struct Article {
    pub(crate) card: Card,
    pub(crate) body: Option<Arc<Blocks>>,
}

impl From<Card> for Article {
    fn from(card: Card) -> Self {
        Self { card, body: None }
    }
}

/// A news article: everything that its page shows.
#[Object]
impl Article {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Article.id(self.card.id)
    }

    /// The identifier that the newsroom or agency gave the item; the same in all its versions.
    async fn uri(&self) -> &str {
        &self.card.uri
    }

    /// Readable key for addresses of pages; unique, and stable when the headline changes.
    async fn slug(&self) -> &str {
        &self.card.slug
    }

    /// Address of the article's public page.
    pub(crate) async fn url(&self, ctx: &Context<'_>) -> Url {
        let template = || ctx.store().settings.article_url.replace("{slug}", &self.card.slug);
        Url(self.card.url.clone().unwrap_or_else(template))
    }

    /// Version of the item; it grows with each change that the newsroom sends.
    async fn version(&self) -> i32 {
        i32::try_from(self.card.version).unwrap_or(i32::MAX)
    }

    /// Whether it may be shown; what the public sees is always `USABLE`.
    async fn status(&self) -> PubStatus {
        self.card.status.into()
    }

    /// The journalistic form: news, background, analysis and so on.
    async fn genre(&self) -> Genre {
        self.card.genre.into()
    }

    /// The language it is written in.
    async fn language(&self) -> Language {
        Language(self.card.language.clone())
    }

    /// The title that readers see.
    async fn headline(&self) -> &str {
        &self.card.headline
    }

    /// A short working title, as newsrooms use it among themselves (`KOREA-ARMISTICE`).
    async fn slugline(&self) -> Option<&str> {
        self.card.slugline.as_deref()
    }

    /// One or two sentences under the headline that sum the article up.
    async fn standfirst(&self) -> Option<&str> {
        self.card.standfirst.as_deref()
    }

    /// The line that names the authors, as the newsroom words it.
    async fn byline(&self) -> Option<&str> {
        self.card.byline.as_deref()
    }

    /// The people who made the article, in the order of the byline.
    async fn contributors(&self, ctx: &Context<'_>) -> Result<Vec<Contributor>> {
        ctx.children::<Contributors>(self.card.id).await
    }

    /// Where and when it was written, as the line before the text says ("MOSCOW, February 8").
    async fn dateline(&self) -> Option<Dateline> {
        let Card { dateline, place_id, .. } = &self.card;
        (dateline.is_some() || place_id.is_some())
            .then(|| Dateline { text: dateline.clone().unwrap_or_default(), place_id: *place_id })
    }

    /// When readers could first see it.
    async fn published_at(&self) -> DateTime {
        DateTime(self.card.published_at)
    }

    /// When it last changed in a way that matters to readers; mended typing errors do not move it.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.card.updated_at)
    }

    /// How urgent the news is, from 1 (flash) to 9; 5 is the normal run of news.
    async fn urgency(&self) -> Option<i32> {
        self.card.urgency
    }

    /// The section that it belongs to.
    async fn section(&self, ctx: &Context<'_>) -> Result<Section> {
        let sections = ctx.store().sections().await?;
        let section = sections.by_id(self.card.section_id).cloned();
        // A foreign key keeps the row; it can only be missing when it was added after the sections were read.
        section.map(Section).ok_or_else(|| sea_orm::DbErr::RecordNotFound("section of an article".to_owned()).into())
    }

    /// What it is about, in editorial order: the first matters most.
    async fn topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(10)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<Topic>> {
        let first = bounded("first", first.unwrap_or(10))?;
        let topics = ctx.children::<Topics>(self.card.id).await?;
        Ok(topics.into_iter().take(first).map(Topic).collect())
    }

    /// The text, in blocks. Long texts have several pages.
    async fn body(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(1)", desc = "Which page of the text, from 1 to `pageCount`.")] page: Option<i32>,
    ) -> Result<Body> {
        let blocks = match &self.body {
            Some(blocks) => Arc::clone(blocks),
            None => ctx.load(BodyKey(self.card.id)).await?.unwrap_or_default(),
        };
        Body::new(blocks, page.unwrap_or(1))
    }

    /// Words in the whole text.
    async fn word_count(&self) -> i32 {
        self.card.word_count
    }

    /// Minutes that it takes to read, at 230 words a minute; at least 1.
    async fn reading_minutes(&self) -> i32 {
        Ord::max((self.card.word_count + 229) / 230, 1)
    }

    /// The picture on top of the article.
    async fn lead_image(&self, ctx: &Context<'_>) -> Result<Option<Image>> {
        let Some(id) = self.card.lead_image_id else { return Ok(None) };
        Image::load(ctx, id).await
    }

    /// Galleries that go with the article.
    async fn galleries(&self, ctx: &Context<'_>) -> Result<Vec<Gallery>> {
        Ok(ctx.children::<Galleries>(self.card.id).await?.into_iter().map(Gallery).collect())
    }

    /// The running stories that it belongs to ("More news on …").
    async fn stories(&self, ctx: &Context<'_>) -> Result<Vec<Story>> {
        Ok(ctx.children::<StoriesOfArticle>(self.card.id).await?.into_iter().map(Story).collect())
    }

    /// What to read next: the editors' choice first, then articles of the same stories, each with the reason.
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(5)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<RelatedArticle>> {
        let key = RelatedKey { article: self.card.id, first: bounded("first", first.unwrap_or(5))? };
        let found = ctx.load(key).await?.unwrap_or_default();
        Ok(RelatedArticle::choose(&self.card, &found, key.first))
    }

    /// The same article in other languages.
    async fn translations(&self, ctx: &Context<'_>) -> Result<Vec<Article>> {
        let key = TranslationsOf(self.card.translation_key.clone().unwrap_or_else(|| self.card.uri.clone()));
        let articles = ctx.load(key).await?.unwrap_or_default();
        Ok(articles.iter().filter(|card| card.id != self.card.id).cloned().map(Into::into).collect())
    }

    /// Who supplied it: an agency, a paper, a feed.
    async fn source(&self, ctx: &Context<'_>) -> Result<Option<Source>> {
        let Some(id) = self.card.source_id else { return Ok(None) };
        let source = ctx.load(ById::<source::Entity>::new(id)).await?;
        Ok(source.map(|row| Source { slug: row.slug, name: row.name, url: row.url.map(Url) }))
    }

    /// What may be done with it, in words.
    async fn usage_terms(&self) -> Option<&str> {
        self.card.usage_terms.as_deref()
    }

    /// The copyright notice to show.
    async fn copyright_notice(&self) -> Option<&str> {
        self.card.copyright_notice.as_deref()
    }

    /// What was wrong in earlier versions, oldest first.
    async fn corrections(&self, ctx: &Context<'_>) -> Result<Vec<Correction>> {
        ctx.children::<Corrections>(self.card.id).await
    }

    /// Addresses that share the article on other services.
    async fn share_links(&self, ctx: &Context<'_>) -> Result<ShareLinks> {
        let url = self.url(ctx).await.map_or_else(|_| String::new(), |url| url.0);
        Ok(ShareLinks::new(&url, &self.card.headline))
    }
}

/// Whether an item may be shown (ninjs `pubStatus`).
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Status")]
pub(crate) enum PubStatus {
    /// It may be shown.
    Usable,
    /// It is held back for now.
    Withheld,
    /// It was killed: it must not be used any more.
    Canceled,
}

/// The journalistic form of an article (after the IPTC genre NewsCodes).
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
#[graphql(remote = "article::Genre")]
pub(crate) enum Genre {
    /// News of events.
    Current,
    /// What lies behind events.
    Background,
    /// A story told at length.
    Feature,
    /// Events weighed and explained.
    Analysis,
    /// Questions and answers.
    Interview,
    /// An author's view.
    Opinion,
    /// What newspapers wrote.
    PressReview,
    /// A statement of an organisation, as it was sent.
    PressRelease,
    /// Facts in short.
    Factbox,
    /// The life of someone who died.
    Obituary,
    /// Results, prices and tables.
    Results,
    /// Anything else.
    Other,
}

/// Where and when an article was written.
pub(crate) struct Dateline {
    text: String,
    place_id: Option<i64>,
}

/// Where and when an article was written.
#[Object]
impl Dateline {
    /// The line as the newsroom words it, such as "MOSCOW, February 8".
    async fn text(&self) -> &str {
        &self.text
    }

    /// The place that it names.
    async fn place(&self, ctx: &Context<'_>) -> Result<Option<Place>> {
        let Some(id) = self.place_id else { return Ok(None) };
        Ok(ctx.load(ById::<place::Entity>::new(id)).await?.map(Place))
    }
}

/// Someone who made an article.
#[derive(Clone, FromQueryResult, SimpleObject)]
pub(crate) struct Contributor {
    /// Readable key, unique.
    slug: String,
    /// Name as readers see it.
    name: String,
    /// What they did, such as `author` or `photographer`.
    role: Option<String>,
}

/// Who supplied an item.
#[derive(Clone, SimpleObject)]
pub(crate) struct Source {
    /// Readable key, unique.
    slug: String,
    /// Name as readers see it.
    name: String,
    /// Its home page.
    url: Option<Url>,
}

/// Something that was wrong in an article and has been put right.
#[derive(Clone, SimpleObject)]
pub(crate) struct Correction {
    /// What was wrong, and what is right.
    text: String,
    /// When it was put right.
    corrected_at: DateTime,
}

/// Addresses that share an article on other services.
#[derive(SimpleObject)]
pub(crate) struct ShareLinks {
    /// Opens a new mail.
    email: Url,
    /// Shares on Facebook.
    facebook: Url,
    /// Shares on LinkedIn.
    linkedin: Url,
    /// Shares in Telegram.
    telegram: Url,
    /// Shares on VK.
    vk: Url,
    /// Shares in WhatsApp.
    whatsapp: Url,
    /// Shares on X.
    x: Url,
}

impl ShareLinks {
    fn new(url: &str, headline: &str) -> Self {
        let link = |base: &str, query: &[(&str, &str)]| {
            let mut link = url::Url::parse(base).expect("the bases below are addresses");
            // `+` for a space is a form's notation, which mail programs show as it is.
            let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            link.set_query(Some(&encoded.replace('+', "%20")));
            Url(link.into())
        };
        Self {
            email: link("mailto:", &[("subject", headline), ("body", url)]),
            facebook: link("https://www.facebook.com/sharer/sharer.php", &[("u", url)]),
            linkedin: link("https://www.linkedin.com/sharing/share-offsite/", &[("url", url)]),
            telegram: link("https://t.me/share/url", &[("url", url), ("text", headline)]),
            vk: link("https://vk.com/share.php", &[("url", url), ("title", headline)]),
            whatsapp: link("https://wa.me/", &[("text", &format!("{headline} {url}"))]),
            x: link("https://x.com/intent/post", &[("url", url), ("text", headline)]),
        }
    }
}

/// How to find one article: exactly one of the keys.
#[derive(OneofObject)]
pub(crate) enum ArticleBy {
    /// Global id, as a field `id` answered it.
    Id(ID),
    /// Readable key, as in the address of a page.
    Slug(String),
    /// The newsroom's or agency's identifier of the item.
    Uri(String),
    /// Address of the article's public page.
    Url(Url),
}

/// The order of a list of articles; equal times are told apart by the item.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq, Hash)]
pub(crate) enum ArticleOrder {
    /// Latest publication first.
    #[default]
    Newest,
    /// Earliest publication first.
    Oldest,
    /// Latest significant update first.
    RecentlyUpdated,
}

/// What articles to list; what is given must all hold, and of each list one value must. Slugs that nothing has match nothing.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash)]
pub(crate) struct ArticleFilter {
    /// Slugs of sections.
    sections: Option<Vec<String>>,
    /// Slugs of topics.
    topics: Option<Vec<String>>,
    /// Slugs of stories.
    stories: Option<Vec<String>>,
    /// Slugs of the places of datelines.
    places: Option<Vec<String>>,
    /// Journalistic forms.
    genres: Option<Vec<Genre>>,
    /// Languages.
    languages: Option<Vec<Language>>,
    /// Slugs of sources.
    sources: Option<Vec<String>>,
    /// At least this urgent: 1 is the most urgent, 9 takes all that have an urgency.
    urgency_at_most: Option<i32>,
    /// With (true) or without (false) a gallery.
    has_gallery: Option<bool>,
    /// Published in this span of time.
    published: Option<DateTimeRange>,
}

/// A span of time; either end may be left open.
#[derive(Clone, Debug, InputObject, PartialEq, Eq, Hash)]
pub(crate) struct DateTimeRange {
    /// Its start, inclusive.
    from: Option<DateTime>,
    /// Its end, exclusive.
    to: Option<DateTime>,
}

/// Most values that one list of a filter takes.
const MAX_FILTER_VALUES: usize = 100;

impl ArticleFilter {
    /// The filter, if its values make sense.
    pub(crate) fn checked(filter: Option<Self>) -> Result<Self> {
        let filter = filter.unwrap_or_default();
        let lists = [&filter.sections, &filter.topics, &filter.stories, &filter.places, &filter.sources];
        for values in lists.into_iter().flatten() {
            if values.len() > MAX_FILTER_VALUES {
                return Err(Error::bad_input(
                    "filter",
                    format!("a list of `filter` has {} values, the limit is {MAX_FILTER_VALUES}", values.len()),
                ));
            }
            if values.iter().any(|value| value.contains('\0')) {
                return Err(Error::bad_input("filter", "a value of `filter` holds a NUL character; no slug does"));
            }
        }
        if let Some(urgency) = filter.urgency_at_most.filter(|urgency| !(1..=9).contains(urgency)) {
            return Err(Error::bad_input("filter", format!("`urgencyAtMost` is {urgency}; pass 1 (flash) to 9")));
        }
        Ok(filter)
    }

    fn apply(&self, mut select: Select<article::Entity>) -> Select<article::Entity> {
        use article::Column as A;
        if let Some(slugs) = &self.sections {
            let ids =
                slugs_of::<entity::section::Entity>(entity::section::Column::Id, entity::section::Column::Slug, slugs);
            select = select.filter(A::SectionId.in_subquery(ids));
        }
        if let Some(slugs) = &self.places {
            select = select.filter(A::PlaceId.in_subquery(slugs_of::<place::Entity>(
                place::Column::Id,
                place::Column::Slug,
                slugs,
            )));
        }
        if let Some(slugs) = &self.sources {
            select = select.filter(A::SourceId.in_subquery(slugs_of::<source::Entity>(
                source::Column::Id,
                source::Column::Slug,
                slugs,
            )));
        }
        if let Some(slugs) = &self.topics {
            let topics = slugs_of::<topic::Entity>(topic::Column::Id, topic::Column::Slug, slugs);
            let articles = article_topic::Entity::find()
                .select_only()
                .column(article_topic::Column::ArticleId)
                .filter(article_topic::Column::TopicId.in_subquery(topics));
            select = select.filter(A::Id.in_subquery(articles.into_query()));
        }
        if let Some(slugs) = &self.stories {
            let stories =
                slugs_of::<entity::story::Entity>(entity::story::Column::Id, entity::story::Column::Slug, slugs);
            let articles = story_article::Entity::find()
                .select_only()
                .column(story_article::Column::ArticleId)
                .filter(story_article::Column::StoryId.in_subquery(stories));
            select = select.filter(A::Id.in_subquery(articles.into_query()));
        }
        if let Some(genres) = &self.genres {
            select = select.filter(A::Genre.is_in(genres.iter().map(|genre| article::Genre::from(*genre))));
        }
        if let Some(languages) = &self.languages {
            select = select.filter(A::Language.is_in(languages.iter().map(|language| language.0.clone())));
        }
        if let Some(urgency) = self.urgency_at_most {
            select = select.filter(A::Urgency.lte(urgency));
        }
        if let Some(with) = self.has_gallery {
            let galleries =
                article_gallery::Entity::find().select_only().column(article_gallery::Column::ArticleId).into_query();
            select = select.filter(if with { A::Id.in_subquery(galleries) } else { A::Id.not_in_subquery(galleries) });
        }
        if let Some(DateTimeRange { from, to }) = &self.published {
            select = select.apply_if(*from, |select, from| select.filter(A::PublishedAt.gte(from.0)));
            select = select.apply_if(*to, |select, to| select.filter(A::PublishedAt.lt(to.0)));
        }
        select
    }
}

fn slugs_of<E: sea_orm::EntityTrait>(id: E::Column, slug: E::Column, slugs: &[String]) -> SelectStatement {
    E::find().select_only().column(id).filter(slug.is_in(slugs.iter().cloned())).into_query()
}

/// A list of published articles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ArticleList {
    pub(crate) scope: Scope,
    pub(crate) filter: ArticleFilter,
    pub(crate) order: ArticleOrder,
    /// Left out.
    pub(crate) excluding: Vec<i64>,
}

/// Whose articles a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    All,
    /// Of the feed; the same as all, but with cursors of its own.
    Feed,
    Section(i64),
    Topic(i64),
    /// Pinned ones first.
    Story(i64),
}

impl ArticleList {
    pub(crate) fn new(scope: Scope, filter: Option<ArticleFilter>, order: Option<ArticleOrder>) -> Result<Self> {
        Ok(Self {
            scope,
            filter: ArticleFilter::checked(filter)?,
            order: order.unwrap_or_default(),
            excluding: Vec::new(),
        })
    }
}

impl List for ArticleList {
    type Row = Card;
    type Node = Article;

    fn name(&self) -> String {
        format!("{:?}:{:?}", self.scope, self.order)
    }

    fn select(&self, store: &Store) -> SelectStatement {
        let mut select = self.filter.apply(Card::select_cols(article::Entity::published(store.now).select_only()));
        if !self.excluding.is_empty() {
            select = select.filter(article::Column::Id.is_not_in(self.excluding.iter().copied()));
        }
        let of_article = |id: SimpleExpr| id.equals((article::Entity, article::Column::Id));
        match self.scope {
            Scope::All | Scope::Feed => select.into_query(),
            Scope::Section(id) => select.filter(article::Column::SectionId.eq(id)).into_query(),
            Scope::Topic(id) => {
                let joined = of_article(Expr::col((article_topic::Entity, article_topic::Column::ArticleId)));
                select
                    .filter(article_topic::Column::TopicId.eq(id))
                    .into_query()
                    .inner_join(article_topic::Entity, joined)
                    .take()
            }
            Scope::Story(id) => {
                let joined = of_article(Expr::col((story_article::Entity, story_article::Column::ArticleId)));
                select
                    .filter(story_article::Column::StoryId.eq(id))
                    .into_query()
                    .inner_join(story_article::Entity, joined)
                    .take()
            }
        }
    }

    fn order(&self) -> Vec<Key> {
        let direction = if self.order == ArticleOrder::Oldest { Order::Asc } else { Order::Desc };
        let (time, id): (SimpleExpr, SimpleExpr) = match (self.scope, self.order) {
            (_, ArticleOrder::RecentlyUpdated) => {
                (column(article::Entity, article::Column::UpdatedAt), column(article::Entity, article::Column::Id))
            }
            // The link tables repeat the time, so that their index gives the order.
            (Scope::Topic(_), _) => (
                column(article_topic::Entity, article_topic::Column::PublishedAt),
                column(article_topic::Entity, article_topic::Column::ArticleId),
            ),
            (Scope::Story(_), _) => (
                column(story_article::Entity, story_article::Column::PublishedAt),
                column(story_article::Entity, story_article::Column::ArticleId),
            ),
            _ => (column(article::Entity, article::Column::PublishedAt), column(article::Entity, article::Column::Id)),
        };
        let mut keys = vec![Key::new(time, direction.clone(), KeyKind::Time), Key::new(id, direction, KeyKind::Int)];
        if matches!((self.scope, self.order), (Scope::Story(_), ArticleOrder::Newest)) {
            let pinned = column(story_article::Entity, story_article::Column::PinnedPosition);
            keys.insert(0, Key::new(pinned, Order::Asc, KeyKind::SmallInt));
        }
        keys
    }
}

fn column<E: sea_orm::EntityTrait>(entity: E, column: E::Column) -> SimpleExpr {
    Expr::col((entity, column))
}

/// The arguments that every list of articles takes.
pub(crate) struct ArticleArgs {
    pub(crate) filter: Option<ArticleFilter>,
    pub(crate) order_by: Option<ArticleOrder>,
    pub(crate) page: PageArgs,
}

impl ArticleArgs {
    pub(crate) async fn connection(self, ctx: &Context<'_>, scope: Scope) -> Result<Connection<ArticleList>> {
        Connection::load(ctx, ArticleList::new(scope, self.filter, self.order_by)?, self.page).await
    }
}

/// The root fields of articles.
#[derive(Default)]
pub(crate) struct ArticleQuery;

#[Object]
impl ArticleQuery {
    /// One article, by exactly one of its keys; null when there is none that the public may see.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to find it: exactly one key.")] by: ArticleBy,
    ) -> Result<Option<Article>> {
        let by = match by {
            ArticleBy::Id(id) => By::Id(Kind::Article.key("by", &id)?),
            ArticleBy::Slug(slug) => By::Slug(slug),
            ArticleBy::Uri(uri) => By::Uri(uri),
            ArticleBy::Url(url) => By::from_url(&ctx.store().settings.article_url, url.0),
        };
        by.checked()?;
        Ok(ctx.load(ArticleKey { by, with_body: ctx.look_ahead().field("body").exists() }).await?)
    }

    /// Published articles, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to list; everything when left out.")] filter: Option<ArticleFilter>,
        #[graphql(desc = "In which order: `NEWEST` when left out.")] order_by: Option<ArticleOrder>,
        #[graphql(desc = "The first so many items: 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<ArticleList>> {
        let page = PageArgs { first, after, last, before };
        ArticleArgs { filter, order_by, page }.connection(ctx, Scope::All).await
    }
}

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
    fn from_url(template: &str, url: String) -> Self {
        let slug = template.split_once("{slug}").and_then(|(head, tail)| url.strip_prefix(head)?.strip_suffix(tail));
        match slug {
            Some(slug) if !slug.is_empty() && !slug.contains('/') => Self::Slug(slug.to_owned()),
            _ => Self::Url(url),
        }
    }

    /// PostgreSQL has no NUL in texts, so no key has one.
    fn checked(&self) -> Result<()> {
        match self {
            Self::Slug(key) | Self::Uri(key) | Self::Url(key) if key.contains('\0') => {
                Err(Error::bad_input("by", "`by` holds a NUL character; no key of an article does"))
            }
            _ => Ok(()),
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
        let mut select = Card::select_cols(article::Entity::published(self.now).select_only()).filter(any);
        if with_body {
            select = select.column(A::Body);
        }
        let mut articles = HashMap::new();
        for row in sea_orm::ConnectionTrait::query_all(&self.db, &select.into_query()).await? {
            let card = Card::from_query_result(&row, "")?;
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
struct Topics;

impl Children for Topics {
    type Row = topic::Model;

    async fn rows(store: &Store, articles: Vec<i64>) -> Result<Vec<(i64, topic::Model)>> {
        use article_topic::Column as Link;
        linked(
            store,
            topic::Entity::find(),
            topic::Column::Id,
            [Link::ArticleId, Link::TopicId, Link::Position],
            articles,
        )
        .await
    }
}

/// The published galleries of an article, in editorial order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Galleries;

impl Children for Galleries {
    type Row = GalleryRow;

    async fn rows(store: &Store, articles: Vec<i64>) -> Result<Vec<(i64, GalleryRow)>> {
        use article_gallery::Column as Link;
        let galleries = GalleryRow::select(gallery::Entity::published(store.now));
        linked(store, galleries, gallery::Column::Id, [Link::ArticleId, Link::GalleryId, Link::Position], articles)
            .await
    }
}

/// The people who made an article, in the order of the byline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Contributors;

impl Children for Contributors {
    type Row = Contributor;

    async fn rows(store: &Store, articles: Vec<i64>) -> Result<Vec<(i64, Contributor)>> {
        use article_contributor::Column as Link;
        let people = contributor::Entity::find().column(Link::Role);
        linked(store, people, contributor::Column::Id, [Link::ArticleId, Link::ContributorId, Link::Position], articles)
            .await
    }
}

/// The corrections of an article, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Corrections;

impl Children for Corrections {
    type Row = Correction;

    async fn rows(store: &Store, articles: Vec<i64>) -> Result<Vec<(i64, Correction)>> {
        let rows = correction::Entity::find()
            .filter(correction::Column::ArticleId.is_in(articles))
            .order_by_asc(correction::Column::Position)
            .all(&store.db)
            .await?;
        let correction =
            |row: correction::Model| Correction { text: row.text, corrected_at: DateTime(row.corrected_at) };
        Ok(rows.into_iter().map(|row| (row.article_id, correction(row))).collect())
    }
}

/// The published articles that are translations of each other: those that share a key, and the original, whose `uri` it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct TranslationsOf(String);

impl Loader<TranslationsOf> for Store {
    type Value = Vec<Card>;
    type Error = Error;

    async fn load(&self, keys: &[TranslationsOf]) -> Result<HashMap<TranslationsOf, Vec<Card>>> {
        use article::Column as A;
        let texts = || keys.iter().map(|key| key.0.as_str());
        let cards = Card::select_cols(article::Entity::published(self.now).select_only())
            .filter(A::TranslationKey.is_in(texts()).or(A::Uri.is_in(texts())))
            .order_by_asc(A::Language)
            .order_by_asc(A::Id)
            .into_model::<Card>()
            .all(&self.db)
            .await?;
        let mut translations: HashMap<TranslationsOf, Vec<Card>> = HashMap::new();
        for card in cards {
            let key = TranslationsOf(card.translation_key.clone().unwrap_or_else(|| card.uri.clone()));
            translations.entry(key).or_default().push(card);
        }
        Ok(translations)
    }
}
