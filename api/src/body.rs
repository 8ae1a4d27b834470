//! The text of an article: blocks, cut into pages.

use std::{borrow::Cow, collections::HashMap, ops::Range, sync::Arc};

use async_graphql::{Context, Object, SimpleObject, Union, dataloader::Loader};
use entity::{
    article,
    block::{Block as Stored, Blocks, ListItem as StoredItem},
    gallery,
};
use sea_orm::{ColumnTrait as _, DatabaseConnection, QueryFilter as _, QuerySelect as _};

use crate::{
    article::{Article, ArticleKey, By},
    cache::{Kind, Tag},
    error::{Error, Result},
    gallery::{Gallery, GalleryRow},
    image::Image,
    link::{col, is_any},
    scalar::{Html, Url},
    store::{ContextExt as _, Lookup, Store},
};

/// A page ends with the block that brings it to this many words.
const WORDS_PER_PAGE: usize = 1_000;

/// The text of an article, and where its pages are.
pub(crate) struct Text {
    pub(crate) blocks: Blocks,
    pages: Vec<Range<usize>>,
}

impl From<Blocks> for Text {
    fn from(blocks: Blocks) -> Self {
        Self { pages: pages(&blocks.0), blocks }
    }
}

impl Default for Text {
    fn default() -> Self {
        Blocks::default().into()
    }
}

impl Text {
    /// About the bytes of memory that it takes.
    pub(crate) fn weight(&self) -> usize {
        self.blocks.weight() + size_of_val(&*self.pages)
    }
}

/// A page of an article's text.
pub(crate) struct Body {
    text: Arc<Text>,
    page: usize,
}

impl Body {
    pub(crate) fn new(text: Arc<Text>, page: i32) -> Result<Self> {
        let pages = text.pages.len();
        let index = usize::try_from(page).ok().and_then(|page| page.checked_sub(1)).filter(|page| *page < pages);
        let index = index.ok_or_else(|| {
            Error::bad_input("page", format!("`page` is {page}; this text has the pages 1 to {pages}"))
        })?;
        Ok(Self { text, page: index })
    }

    fn stored(&self) -> &[Stored] {
        &self.text.blocks.0[self.text.pages[self.page].clone()]
    }
}

fn pages(blocks: &[Stored]) -> Vec<Range<usize>> {
    let mut pages = Vec::new();
    let (mut start, mut words) = (0, 0);
    for (index, block) in blocks.iter().enumerate() {
        words += plain(block).split_whitespace().count();
        if words >= WORDS_PER_PAGE {
            pages.push(start..index + 1);
            (start, words) = (index + 1, 0);
        }
    }
    if start < blocks.len() || pages.is_empty() {
        pages.push(start..blocks.len());
    }
    pages
}

/// The text of an article, a page of it at a time.
#[Object]
impl Body {
    /// Which page this is, from 1.
    async fn page(&self) -> usize {
        self.page + 1
    }

    /// Number of pages. Pages hold about 1,000 words and end with a whole block.
    async fn page_count(&self) -> usize {
        self.text.pages.len()
    }

    /// The blocks of the page in their order: text, pictures, links and embeds keep their place.
    async fn blocks(&self) -> Vec<Block<'_>> {
        self.stored().iter().map(Block::from).collect()
    }

    /// The text of the page without any markup; paragraphs are separated by an empty line.
    async fn text(&self) -> String {
        let texts: Vec<_> = self.stored().iter().map(plain).filter(|text| !text.is_empty()).collect();
        texts.join("\n\n")
    }

    /// The page as HTML: text, headings, quotes, lists and links; pictures, galleries and embeds are in `blocks` alone.
    async fn html(&self) -> Html {
        Html(self.stored().iter().map(html).collect())
    }
}

fn plain(block: &Stored) -> Cow<'_, str> {
    match block {
        Stored::Paragraph { text, .. } | Stored::Heading { text, .. } | Stored::Quote { text, .. } => text.into(),
        Stored::List { items, .. } => items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join("\n").into(),
        Stored::Image { .. } | Stored::Gallery { .. } | Stored::Related { .. } | Stored::Embed { .. } => "".into(),
    }
}

fn html(block: &Stored) -> String {
    match block {
        Stored::Paragraph { html, .. } => format!("<p>{html}</p>\n"),
        Stored::Heading { level, text } => format!("<h{level}>{}</h{level}>\n", escaped(text)),
        Stored::Quote { html, cite, .. } => {
            let cite = cite.as_ref().map(|cite| format!("<footer>{}</footer>", escaped(cite))).unwrap_or_default();
            format!("<blockquote><p>{html}</p>{cite}</blockquote>\n")
        }
        Stored::List { ordered, items } => {
            let tag = if *ordered { "ol" } else { "ul" };
            let items: String = items.iter().map(|item| format!("<li>{}</li>", item.html)).collect();
            format!("<{tag}>{items}</{tag}>\n")
        }
        Stored::Related { url: Some(url), title, .. } => {
            format!("<p><a href=\"{}\">{}</a></p>\n", escaped(url), escaped(title))
        }
        Stored::Image { .. } | Stored::Gallery { .. } | Stored::Related { .. } | Stored::Embed { .. } => String::new(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A piece of an article's text.
#[derive(Union)]
pub(crate) enum Block<'t> {
    Paragraph(Paragraph<'t>),
    Heading(Heading),
    Quote(Quote),
    ListBlock(ListBlock),
    ImageBlock(ImageBlock),
    GalleryBlock(GalleryBlock),
    RelatedLink(RelatedLink),
    EmbedBlock(EmbedBlock),
}

/// A paragraph of text: what most of a body is, so it is not copied.
pub(crate) struct Paragraph<'t> {
    text: &'t str,
    html: &'t str,
}

/// A paragraph of text.
#[Object]
impl<'t> Paragraph<'t> {
    /// Without markup.
    async fn text(&self) -> &'t str {
        self.text
    }

    /// With links and emphasis.
    async fn html(&self) -> Html {
        Html(self.html.to_owned())
    }
}

/// A heading inside the text.
#[derive(SimpleObject)]
pub(crate) struct Heading {
    /// 2 for the highest, to 6; 1 would be the headline.
    level: i32,
    /// Its text.
    text: String,
}

/// A quotation that stands apart from the text.
#[derive(SimpleObject)]
pub(crate) struct Quote {
    /// Without markup.
    text: String,
    /// With links and emphasis.
    html: Html,
    /// Who or what is quoted.
    cite: Option<String>,
}

/// A list.
#[derive(SimpleObject)]
pub(crate) struct ListBlock {
    /// Numbered, or with bullets?
    ordered: bool,
    /// Its items.
    items: Vec<ListItem>,
}

/// An item of a list.
#[derive(SimpleObject)]
pub(crate) struct ListItem {
    /// Without markup.
    text: String,
    /// With links and emphasis.
    html: Html,
}

/// A picture between paragraphs.
pub(crate) struct ImageBlock {
    image_id: i64,
}

/// A picture between paragraphs.
#[Object]
impl ImageBlock {
    /// The picture; null when it has been withdrawn since.
    async fn image(&self, ctx: &Context<'_>) -> Result<Option<Image>> {
        Image::load(ctx, self.image_id).await
    }
}

/// A gallery between paragraphs.
pub(crate) struct GalleryBlock {
    uri: String,
}

/// A gallery between paragraphs.
#[Object]
impl GalleryBlock {
    /// The gallery; null when it has been withdrawn since or has not arrived yet.
    async fn gallery(&self, ctx: &Context<'_>) -> Result<Option<Gallery>> {
        Ok(ctx.load(GalleryByUri(self.uri.clone())).await?.map(Gallery))
    }
}

/// A link to another article between paragraphs.
pub(crate) struct RelatedLink {
    article_uri: Option<String>,
    url: Option<String>,
    title: String,
}

/// A link to another article between paragraphs.
#[Object]
impl RelatedLink {
    /// The text of the link.
    async fn title(&self) -> &str {
        &self.title
    }

    /// Its address; null when the article is not public.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
        if let Some(url) = &self.url {
            return Ok(Some(Url(url.clone())));
        }
        let Some(article) = self.find(ctx).await? else { return Ok(None) };
        Ok(article.url(ctx).await.ok())
    }

    /// The article, when it is one of this newsroom's and public.
    async fn article(&self, ctx: &Context<'_>) -> Result<Option<Article>> {
        self.find(ctx).await
    }
}

impl RelatedLink {
    async fn find(&self, ctx: &Context<'_>) -> Result<Option<Article>> {
        let Some(uri) = self.article_uri.clone() else { return Ok(None) };
        ctx.load(ArticleKey { by: By::Uri(uri), with_body: false }).await
    }
}

/// Something of another site, such as a video or a post.
#[derive(SimpleObject)]
pub(crate) struct EmbedBlock {
    /// Its address.
    url: Url,
    /// Name of the site.
    provider: Option<String>,
    /// Its title.
    title: Option<String>,
}

impl<'t> From<&'t Stored> for Block<'t> {
    fn from(block: &'t Stored) -> Self {
        let html = |html: &String| Html(html.clone());
        match block {
            Stored::Paragraph { html, text } => Self::Paragraph(Paragraph { text, html }),
            Stored::Heading { level, text } => Self::Heading(Heading { level: (*level).into(), text: text.clone() }),
            Stored::Quote { html: markup, text, cite } => {
                Self::Quote(Quote { text: text.clone(), html: html(markup), cite: cite.clone() })
            }
            Stored::List { ordered, items } => {
                let item = |item: &StoredItem| ListItem { text: item.text.clone(), html: html(&item.html) };
                Self::ListBlock(ListBlock { ordered: *ordered, items: items.iter().map(item).collect() })
            }
            Stored::Image { image_id } => Self::ImageBlock(ImageBlock { image_id: *image_id }),
            Stored::Gallery { gallery_uri } => Self::GalleryBlock(GalleryBlock { uri: gallery_uri.clone() }),
            Stored::Related { article_uri, url, title } => Self::RelatedLink(RelatedLink {
                article_uri: article_uri.clone(),
                url: url.clone(),
                title: title.clone(),
            }),
            Stored::Embed { url, provider, title } => {
                Self::EmbedBlock(EmbedBlock { url: Url(url.clone()), provider: provider.clone(), title: title.clone() })
            }
        }
    }
}

/// The body of an article that was loaded without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BodyKey(pub(crate) i64);

impl Lookup for BodyKey {
    type Value = Arc<Text>;

    fn tags(&self, _: Option<&Arc<Text>>) -> Vec<Tag> {
        vec![Tag::id(Kind::Article, self.0)]
    }

    fn weight(&self, found: &Arc<Text>) -> usize {
        found.weight()
    }

    async fn find(store: &Store, db: &DatabaseConnection, keys: &[Self]) -> Result<HashMap<Self, Arc<Text>>> {
        let rows: Vec<(i64, Blocks)> = article::Entity::seen_by(store.sight_by_key())
            .select_only()
            .columns([article::Column::Id, article::Column::Body])
            .filter(is_any(store.backend(), col(article::Column::Id), keys.iter().map(|key| key.0)))
            .into_tuple()
            .all(db)
            .await?;
        Ok(rows.into_iter().map(|(id, body)| (Self(id), Arc::new(body.into()))).collect())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct GalleryByUri(String);

impl Loader<GalleryByUri> for Store {
    type Value = Arc<GalleryRow>;
    type Error = Error;

    async fn load(&self, keys: &[GalleryByUri]) -> Result<HashMap<GalleryByUri, Arc<GalleryRow>>> {
        let uris = keys.iter().map(|key| key.0.as_str());
        let rows = GalleryRow::select(
            gallery::Entity::seen_by(self.sight()).filter(gallery::Column::Uri.is_in(uris)),
            self.sight(),
        )
        .into_model::<GalleryRow>()
        .all(self.reading(keys.iter().map(|key| Tag::key(Kind::GalleryUri, &key.0))))
        .await?;
        self.note(rows.iter().map(|row| Tag::id(Kind::Gallery, row.id)));
        Ok(rows.into_iter().map(|row| (GalleryByUri(row.uri.clone()), Arc::new(row))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(words: usize) -> Stored {
        let text = vec!["word"; words].join(" ");
        Stored::Paragraph { html: text.clone(), text }
    }

    fn cuts(blocks: &[Stored]) -> Vec<(usize, usize)> {
        pages(blocks).into_iter().map(|page| (page.start, page.end)).collect()
    }

    #[test]
    fn an_empty_text_has_one_empty_page() {
        assert_eq!(cuts(&[]), [(0, 0)]);
    }

    #[test]
    fn a_page_ends_with_the_block_that_fills_it() {
        let blocks = [paragraph(600), paragraph(600), paragraph(10)];
        assert_eq!(cuts(&blocks), [(0, 2), (2, 3)]);
        assert_eq!(cuts(&blocks[..2]), [(0, 2)]);
    }
}
