//! The text of an article: blocks, cut into pages.

use std::{borrow::Cow, collections::HashMap, ops::Range, sync::Arc};

use async_graphql::{Context, Enum, Object, SimpleObject, Union, dataloader::Loader};
use entity::{
    article,
    block::{self, Block as Stored, Blocks, Cell as StoredCell, ListItem as StoredItem, Medium},
    gallery,
};
use importer::html::embed_kind;
use sea_orm::{ColumnTrait as _, DatabaseConnection, QueryFilter as _, QuerySelect as _};

use crate::{
    article::{Article, ArticleKey, By},
    cache::{Kind, Tag},
    error::{Error, Result},
    gallery::{Gallery, GalleryRow},
    image::Image,
    link::{col, is_any},
    nullability::{Nullable, semantic_non_null},
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
        words += block.text().split_whitespace().count();
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

    /// The blocks of the page in their order: text, tables, pictures, sounds, videos, links and embeds keep their place.
    async fn blocks(&self) -> Vec<Block<'_>> {
        self.stored().iter().map(Block::from).collect()
    }

    /// The text of the page without any markup; paragraphs are separated by an empty line. Lists have a line for each item, tables one for each row.
    async fn text(&self) -> String {
        let texts: Vec<_> = self.stored().iter().map(Stored::text).filter(|text| !text.is_empty()).collect();
        texts.join("\n\n")
    }

    /// The page as HTML: text, headings, quotes, lists, tables and links; pictures, galleries, sounds, videos and embeds are in `blocks` alone.
    async fn html(&self) -> Html {
        Html(self.stored().iter().map(html).collect())
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
        Stored::Table { caption, header, rows } => table(caption.as_deref(), header, rows),
        Stored::Image { .. }
        | Stored::Gallery { .. }
        | Stored::Related { .. }
        | Stored::Embed { .. }
        | Stored::Audio(_)
        | Stored::Video(_) => String::new(),
    }
}

fn table(caption: Option<&str>, header: &[Vec<StoredCell>], rows: &[Vec<StoredCell>]) -> String {
    let cell = |cell: &StoredCell| {
        let tag = if cell.header { "th" } else { "td" };
        let span = |name: &str, span: u16| if span > 1 { format!(" {name}=\"{span}\"") } else { String::new() };
        let spans = span("colspan", cell.column_span) + &span("rowspan", cell.row_span);
        format!("<{tag}{spans}>{}</{tag}>", cell.html)
    };
    let part = |tag: &str, rows: &[Vec<StoredCell>]| {
        let rows: String =
            rows.iter().map(|row| format!("<tr>{}</tr>", row.iter().map(cell).collect::<String>())).collect();
        if rows.is_empty() { rows } else { format!("<{tag}>{rows}</{tag}>") }
    };
    let caption = caption.map(|caption| format!("<caption>{}</caption>", escaped(caption))).unwrap_or_default();
    format!("<table>{caption}{}{}</table>\n", part("thead", header), part("tbody", rows))
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
    TableBlock(TableBlock<'t>),
    ImageBlock(ImageBlock),
    GalleryBlock(GalleryBlock),
    AudioBlock(AudioBlock<'t>),
    VideoBlock(VideoBlock<'t>),
    RelatedLink(RelatedLink),
    EmbedBlock(EmbedBlock<'t>),
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

/// A table: read where it is stored.
pub(crate) struct TableBlock<'t> {
    caption: Option<&'t str>,
    header: &'t [Vec<StoredCell>],
    rows: &'t [Vec<StoredCell>],
}

/// A table.
#[Object]
impl<'t> TableBlock<'t> {
    /// What it shows, in a line above or below it.
    async fn caption(&self) -> Option<&'t str> {
        self.caption
    }

    /// The rows on top that name the columns: mostly one, none when nothing names them.
    async fn header(&self) -> Vec<TableRow<'t>> {
        self.header.iter().map(|cells| TableRow { cells }).collect()
    }

    /// The other rows.
    async fn rows(&self) -> Vec<TableRow<'t>> {
        self.rows.iter().map(|cells| TableRow { cells }).collect()
    }
}

/// A row of a table.
pub(crate) struct TableRow<'t> {
    cells: &'t [StoredCell],
}

/// A row of a table.
#[Object]
impl<'t> TableRow<'t> {
    /// Its cells from the start of the line. Cells that take several rows or columns stand once.
    async fn cells(&self) -> Vec<TableCell<'t>> {
        self.cells.iter().map(TableCell).collect()
    }
}

/// A cell of a table.
pub(crate) struct TableCell<'t>(&'t StoredCell);

/// A cell of a table.
#[Object]
impl<'t> TableCell<'t> {
    /// Without markup.
    async fn text(&self) -> &'t str {
        &self.0.text
    }

    /// With links and emphasis.
    async fn html(&self) -> Html {
        Html(self.0.html.clone())
    }

    /// Does it name its row or its column (`th`)?
    async fn is_header(&self) -> bool {
        self.0.header
    }

    /// How many columns it takes, mostly 1.
    async fn column_span(&self) -> i32 {
        self.0.column_span.into()
    }

    /// How many rows it takes, mostly 1.
    async fn row_span(&self) -> i32 {
        self.0.row_span.into()
    }
}

/// A sound between paragraphs.
pub(crate) struct AudioBlock<'t>(Cow<'t, Medium>);

/// A sound between paragraphs: a file that is played in the page.
#[Object]
impl AudioBlock<'_> {
    /// Address of the file.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn url(&self) -> Option<Url> {
        Some(Url(self.0.url.clone()))
    }

    /// Media type of the file, such as `audio/mpeg`.
    async fn media_type(&self) -> Option<&str> {
        self.0.media_type.as_deref()
    }

    /// How long it is, in seconds.
    async fn duration_seconds(&self) -> Option<f64> {
        self.0.duration_seconds
    }

    /// Its title.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// The line to show under it.
    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref()
    }

    /// The picture to show beside it, such as the cover of a podcast.
    async fn poster(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(poster(ctx, self.0.poster_id).await)
    }
}

/// A video between paragraphs.
pub(crate) struct VideoBlock<'t>(Cow<'t, Medium>);

/// A video between paragraphs: a file that is played in the page. Videos in players of other sites are an `EmbedBlock`.
#[Object]
impl VideoBlock<'_> {
    /// Address of the file.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn url(&self) -> Option<Url> {
        Some(Url(self.0.url.clone()))
    }

    /// Media type of the file, such as `video/mp4`.
    async fn media_type(&self) -> Option<&str> {
        self.0.media_type.as_deref()
    }

    /// How long it is, in seconds.
    async fn duration_seconds(&self) -> Option<f64> {
        self.0.duration_seconds
    }

    /// Width in pixels.
    async fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// Height in pixels.
    async fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// Its title.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// The line to show under it.
    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref()
    }

    /// The picture to show until it is played.
    async fn poster(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(poster(ctx, self.0.poster_id).await)
    }
}

async fn poster(ctx: &Context<'_>, id: Option<i64>) -> Result<Option<Image>> {
    let Some(id) = id else { return Ok(None) };
    Image::load(ctx, id).await
}

/// A picture between paragraphs.
pub(crate) struct ImageBlock {
    image_id: i64,
}

/// A picture between paragraphs.
#[Object]
impl ImageBlock {
    /// The picture; null when it has been withdrawn since.
    async fn image(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(Image::load(ctx, self.image_id).await)
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
    async fn gallery(&self, ctx: &Context<'_>) -> Nullable<Gallery> {
        Some(async { Ok(ctx.load(GalleryByUri(self.uri.clone())).await?.map(Gallery)) }.await)
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
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn title(&self) -> Option<&str> {
        Some(&self.title)
    }

    /// Its address; null when the article is not public.
    async fn url(&self, ctx: &Context<'_>) -> Nullable<Url> {
        Some(
            async {
                if let Some(url) = &self.url {
                    return Ok(Some(Url(url.clone())));
                }
                let Some(article) = self.find(ctx).await? else { return Ok(None) };
                Ok(article.url(ctx).await.ok())
            }
            .await,
        )
    }

    /// The article, when it is one of this newsroom's and public.
    async fn article(&self, ctx: &Context<'_>) -> Nullable<Article> {
        Some(self.find(ctx).await)
    }
}

impl RelatedLink {
    async fn find(&self, ctx: &Context<'_>) -> Result<Option<Article>> {
        let Some(uri) = self.article_uri.clone() else { return Ok(None) };
        ctx.load(ArticleKey { by: By::Uri(uri), with_body: false }).await
    }
}

/// Something of another site.
pub(crate) struct EmbedBlock<'t> {
    url: &'t str,
    provider: Option<&'t str>,
    title: Option<&'t str>,
    kind: Option<block::EmbedKind>,
    size: (Option<i32>, Option<i32>),
    poster_id: Option<i64>,
}

/// Something of another site, such as a post or a video in its player.
#[Object]
impl EmbedBlock<'_> {
    /// Its address.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn url(&self) -> Option<Url> {
        Some(Url(self.url.to_owned()))
    }

    /// Name of the site.
    async fn provider(&self) -> Option<&str> {
        self.provider
    }

    /// Its title.
    async fn title(&self) -> Option<&str> {
        self.title
    }

    /// What it is, so that a page can leave room for it before it is loaded.
    async fn kind(&self) -> EmbedKind {
        self.kind.unwrap_or_else(|| embed_kind(self.url)).into()
    }

    /// Width that it wants, in pixels.
    async fn width(&self) -> Option<i32> {
        self.size.0
    }

    /// Height that it wants, in pixels.
    async fn height(&self) -> Option<i32> {
        self.size.1
    }

    /// The picture to show until it is loaded.
    async fn poster(&self, ctx: &Context<'_>) -> Nullable<Image> {
        Some(poster(ctx, self.poster_id).await)
    }
}

/// What something of another site is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "block::EmbedKind")]
pub(crate) enum EmbedKind {
    /// A video in a player of its site.
    Video,
    /// A sound in a player of its site.
    Audio,
    /// A post of a social network.
    Post,
    /// A chart or a table.
    Chart,
    /// A map.
    Map,
    /// Anything else.
    Other,
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
            Stored::Table { caption, header, rows } => {
                Self::TableBlock(TableBlock { caption: caption.as_deref(), header, rows })
            }
            Stored::Audio(medium) => Self::AudioBlock(AudioBlock(Cow::Borrowed(medium))),
            Stored::Video(medium) => Self::VideoBlock(VideoBlock(Cow::Borrowed(medium))),
            Stored::Embed { url, provider, title, kind, width, height, poster_id } => {
                // Earlier versions kept files so.
                if let Some(is_sound) = is_file(url) {
                    let medium = Medium { url: url.clone(), title: title.clone(), ..Medium::default() };
                    let medium = Cow::Owned(medium);
                    return if is_sound {
                        Self::AudioBlock(AudioBlock(medium))
                    } else {
                        Self::VideoBlock(VideoBlock(medium))
                    };
                }
                Self::EmbedBlock(EmbedBlock {
                    url,
                    provider: provider.as_deref(),
                    title: title.as_deref(),
                    kind: *kind,
                    size: (*width, *height),
                    poster_id: *poster_id,
                })
            }
        }
    }
}

/// Whether an address is that of a file that browsers play; true for a sound.
fn is_file(url: &str) -> Option<bool> {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match path.rsplit('.').next().unwrap_or_default() {
        "mp3" | "m4a" | "oga" | "opus" | "wav" | "flac" => Some(true),
        "mp4" | "m4v" | "webm" | "ogv" => Some(false),
        _ => None,
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
