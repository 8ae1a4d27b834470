//! Articles: the object, and the root fields that find one or list many.

mod address;
pub(crate) mod filter;
mod list;
mod load;
mod removed;
mod share;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, OneofObject, SimpleObject};
use entity::{
    article::{self, Card, PubStatus as Status},
    place, source,
};

pub(crate) use self::{
    address::Address,
    filter::{ArticleFilter, Filter},
    list::{ArticleList, ArticleOrder, Scope},
    load::{ArticleKey, By, Topics},
    removed::REMOVALS_KEPT,
};
use self::{
    load::{Corrections, Galleries, Places, Translated, TranslationsOf},
    removed::RemovedList,
    share::ShareLinks,
};
use crate::{
    body::{Body, BodyKey, Text},
    contributor::{ArticleContributor, Contributors},
    error::{Error, Result},
    gallery::Gallery,
    image::Image,
    node::Kind,
    nullability::{Nullable, semantic_non_null},
    owner::Owner,
    page::{Connection, PageArgs, bounded},
    place::Place,
    ranking::{self, RankingWindow},
    related::{Reasons, RelatedArticle, RelatedKey, RelatedReason},
    scalar::{DateTime, Language, Url},
    section::Section,
    source::Source,
    store::ContextExt as _,
    story::{StoriesOfArticle, Story},
    topic::Topic,
};

/// A news article.
#[derive(Clone)]
pub(crate) struct Article {
    pub(crate) card: Arc<Card>,
    pub(crate) body: Option<Arc<Text>>,
}

impl From<Arc<Card>> for Article {
    fn from(card: Arc<Card>) -> Self {
        Self { card, body: None }
    }
}

/// A news article: everything that its page shows.
#[Object(cache_control(max_age = 30))]
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

    /// Whether it may be shown; what the public sees is always `USABLE`. Holders of a token with the scope `read:drafts` see also what is
    /// `WITHHELD` in all lists, and what was `CANCELED` when they ask for it by its key.
    async fn pub_status(&self) -> PubStatus {
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
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn contributors(&self, ctx: &Context<'_>) -> Nullable<Vec<ArticleContributor>> {
        Some(
            async {
                Ok(Some(ctx.children::<Contributors>(self.card.id).await?.iter().map(|row| (**row).clone()).collect()))
            }
            .await,
        )
    }

    /// Where and when it was written, as the line before the text says ("MOSCOW, February 8").
    async fn dateline(&self) -> Option<Dateline> {
        let Card { dateline, place_id, .. } = &*self.card;
        (dateline.is_some() || place_id.is_some())
            .then(|| Dateline { text: dateline.clone().unwrap_or_default(), place_id: *place_id })
    }

    /// When readers could first see it.
    async fn published_at(&self) -> DateTime {
        DateTime(self.card.published_at)
    }

    /// When it last changed in a way that matters to readers, by the source's clock; mended typing errors do not move it, other numbers and
    /// names do. Show this one to readers.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.card.updated_at)
    }

    /// When anything of it last changed here, or when it became visible: by the server's clock, typing errors included. Poll with this one
    /// (`filter: { modified: { from: … } }`, `orderBy: RECENTLY_MODIFIED`).
    async fn modified_at(&self) -> DateTime {
        DateTime(self.card.modified_at.unwrap_or(self.card.updated_at))
    }

    /// Until when it is held back from the public; null when nothing holds it, and always for the public itself.
    async fn embargoed_until(&self, ctx: &Context<'_>) -> Option<DateTime> {
        self.card.embargoed_until.filter(|_| ctx.store().viewer.reads_drafts()).map(DateTime)
    }

    /// When it leaves the public's sight by itself; null when it stays, and always for the public itself.
    async fn expires_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        self.card.expires_at.filter(|_| ctx.store().viewer.reads_drafts()).map(DateTime)
    }

    /// Whose it is: imports of others do not change it. Null for those who may not see drafts.
    async fn owner(&self, ctx: &Context<'_>) -> Nullable<Owner> {
        Some(Owner::of_article(ctx, self.card.id).await)
    }

    /// How urgent the news is, from 1 (flash) to 9; 5 is the normal run of news.
    async fn urgency(&self) -> Option<i32> {
        self.card.urgency
    }

    /// The section that it belongs to.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn section(&self, ctx: &Context<'_>) -> Nullable<Section> {
        Some(
            async {
                let sections = ctx.store().sections().await?;
                let section = sections.by_id(self.card.section_id).cloned();
                // A foreign key keeps the row; it can only be missing when it was added after the sections were read.
                let section =
                    section.ok_or_else(|| sea_orm::DbErr::RecordNotFound("section of an article".to_owned()))?;
                Ok(Some(Section(section)))
            }
            .await,
        )
    }

    /// What it is about, in editorial order: the first matters most.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(10)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<Topic>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(10))?;
                let topics = ctx.children::<Topics>(self.card.id).await?;
                Ok(Some(topics.iter().take(first).cloned().map(Topic).collect()))
            }
            .await,
        )
    }

    /// The places that it is about, in editorial order; where it was written is in `dateline`.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn places(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(10)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
    ) -> Nullable<Vec<Place>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(10))?;
                Ok(Some(ctx.children::<Places>(self.card.id).await?.iter().take(first).cloned().map(Place).collect()))
            }
            .await,
        )
    }

    /// The text, in blocks. Long texts have several pages.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn body(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(1)", desc = "Which page of the text, from 1 to `pageCount`.")] page: Option<i32>,
    ) -> Nullable<Body> {
        Some(
            async {
                let text = match &self.body {
                    Some(text) => Arc::clone(text),
                    None => ctx.look_up(BodyKey(self.card.id)).await?.unwrap_or_default(),
                };
                Body::new(text, page.unwrap_or(1)).map(Some)
            }
            .await,
        )
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
    async fn lead_image(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(
            async {
                let Some(id) = self.card.lead_image_id else { return Ok(None) };
                Image::load(ctx, id).await
            }
            .await,
        )
    }

    /// Galleries that go with the article.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn galleries(&self, ctx: &Context<'_>) -> Nullable<Vec<Gallery>> {
        Some(
            async { Ok(Some(ctx.children::<Galleries>(self.card.id).await?.iter().cloned().map(Gallery).collect())) }
                .await,
        )
    }

    /// The running stories that it belongs to ("More news on …"); their `articles` are the others of each story.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn stories(&self, ctx: &Context<'_>) -> Nullable<Vec<Story>> {
        Some(
            async {
                let stories = ctx.children::<StoriesOfArticle>(self.card.id).await?;
                Ok(Some(stories.iter().cloned().map(|row| Story::beside(row, self.card.id)).collect()))
            }
            .await,
        )
    }

    /// What to read next, each with the reason: the editors' choice first, then articles of the same stories, then those that share rare
    /// topics or are alike in their text. Never the article itself, another language of it or a copy of one before. News of the last
    /// moments is compared in the background, and has its related articles a few seconds later.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(5)", desc = "How many at most: 1 to 100.")] first: Option<i32>,
        #[graphql(
            default,
            desc = "Leave out the articles of its stories, for pages that show these under `stories`? Others take their places."
        )]
        excluding_stories: bool,
        #[graphql(
            desc = "Only articles that are related for one of these reasons; for any when left out. One with several is named by the first of them."
        )]
        reasons: Option<Vec<RelatedReason>>,
    ) -> Nullable<Vec<RelatedArticle>> {
        Some(
            async {
                let first = bounded("first", first.unwrap_or(5))?;
                let reasons = Reasons::new(reasons, excluding_stories);
                let stories = ctx.children::<StoriesOfArticle>(self.card.id).await?;
                let stories = stories.iter().map(|story| story.id).collect();
                let found = ctx.look_up(RelatedKey { article: self.card.id, stories, first, reasons }).await?;
                let related = RelatedArticle::choose(&self.card, &found.unwrap_or_default(), first);
                ctx.store().note(related.iter().map(RelatedArticle::tag));
                Ok(Some(related))
            }
            .await,
        )
    }

    /// The same article in other languages.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn translations(&self, ctx: &Context<'_>) -> Nullable<Vec<Article>> {
        Some(
            async {
                let key = TranslationsOf(self.card.translation_key.clone().unwrap_or_else(|| self.card.uri.clone()));
                let articles = ctx.load(key.clone()).await?.unwrap_or_default();
                let shown = Translated::beside(&articles, self.card.id, &key.0);
                Ok(Some(shown.map(|translated| Arc::clone(&translated.card).into()).collect()))
            }
            .await,
        )
    }

    /// Who supplied it: an agency, a paper, a feed.
    async fn source(&self, ctx: &Context<'_>) -> Nullable<Source> {
        Some(
            async {
                let Some(id) = self.card.source_id else { return Ok(None) };
                Ok(ctx.row::<source::Model>(id).await?.map(Source))
            }
            .await,
        )
    }

    /// What may be done with it, in words.
    async fn usage_terms(&self) -> Option<&str> {
        self.card.usage_terms.as_deref()
    }

    /// The copyright notice to show.
    async fn copyright_notice(&self) -> Option<&str> {
        self.card.copyright_notice.as_deref()
    }

    /// How the text came to be, as a code of IPTC's digital source types, such as `trainedAlgorithmicMedia` for one that a model wrote:
    /// <https://cv.iptc.org/newscodes/digitalsourcetype/>. Null when nobody has said so.
    async fn digital_source_type(&self) -> Option<&str> {
        self.card.digital_source_type.as_deref()
    }

    /// What was wrong in earlier versions, oldest first.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn corrections(&self, ctx: &Context<'_>) -> Nullable<Vec<Correction>> {
        Some(
            async {
                Ok(Some(ctx.children::<Corrections>(self.card.id).await?.iter().map(|row| (**row).clone()).collect()))
            }
            .await,
        )
    }

    /// Its place among the most read of the whole newsroom, from 1; null when it is not in the list.
    async fn rank(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The span of time in which reads count.")] window: RankingWindow,
    ) -> Nullable<i32> {
        Some(ranking::rank(ctx, self.card.id, window).await)
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
    async fn place(&self, ctx: &Context<'_>) -> Nullable<Place> {
        Some(
            async {
                let Some(id) = self.place_id else { return Ok(None) };
                Ok(ctx.row::<place::Model>(id).await?.map(Place))
            }
            .await,
        )
    }
}

/// Something that was wrong in an article and has been put right.
#[derive(Clone, SimpleObject)]
pub(crate) struct Correction {
    /// What was wrong, and what is right.
    text: String,
    /// When it was put right.
    corrected_at: DateTime,
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
    /// Address of the article's public page, as `url` answers it or an address bar has it: `http` or `https`, the case of the host, a slash at
    /// the end and a fragment make no difference, nor does a query unless the page is stored with one. An address that an article is stored with
    /// goes before one that is made of a slug.
    Url(Url),
}

/// The arguments that every list of articles takes.
pub(crate) struct ArticleArgs {
    pub(crate) filter: Option<Box<ArticleFilter>>,
    pub(crate) order_by: Option<ArticleOrder>,
    pub(crate) page: PageArgs,
}

impl ArticleArgs {
    pub(crate) async fn connection(self, ctx: &Context<'_>, scope: Scope) -> Result<Connection<ArticleList>> {
        let filter = ArticleFilter::resolve(self.filter, ctx).await?;
        Connection::load(ctx, ArticleList::new(scope, filter, self.order_by), self.page).await
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
    ) -> Nullable<Article> {
        Some(
            async {
                let by = match by {
                    ArticleBy::Id(id) => By::Id(Kind::Article.key("by", &id)?),
                    ArticleBy::Slug(slug) => By::Slug(slug),
                    ArticleBy::Uri(uri) => By::Uri(uri),
                    ArticleBy::Url(url) => By::Page(Address::new(&url.0, &ctx.store().settings.article_url)),
                };
                by.checked()?;
                ctx.look_up(ArticleKey { by, with_body: ctx.look_ahead().field("body").exists() }).await
            }
            .await,
        )
    }

    /// Published articles, newest first.
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
        Some(
            async {
                let page = PageArgs { first, after, last, before };
                ArticleArgs { filter, order_by, page }.connection(ctx, Scope::All).await.map(Some)
            }
            .await,
        )
    }

    /// Articles that the public could see and cannot see any more: killed, held back, deleted or expired. The first one to leave comes first, so
    /// `pageInfo.endCursor` is where to go on at the next poll. A list of `articles` never holds them.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn removed_articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only those that left after this moment, such as that of the last poll; 30 days back at most."
        )]
        since: DateTime,
        #[graphql(desc = "The first so many items: 1 to 100; 20 when it is left out.")] first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<String>,
    ) -> Nullable<Connection<RemovedList>> {
        Some(
            async {
                let days = REMOVALS_KEPT.num_days();
                if since.0 < ctx.store().now - REMOVALS_KEPT {
                    let message = format!(
                        "`since` is more than {days} days back, which is as long as removals are kept; load the articles anew"
                    );
                    return Err(Error::bad_input("since", message));
                }
                Connection::load(ctx, RemovedList::new(since.0), PageArgs::forward(first, after)).await.map(Some)
            }
            .await,
        )
    }
}
