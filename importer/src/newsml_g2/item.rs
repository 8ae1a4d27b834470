//! `newsItem`: texts, pictures, graphics, videos and sounds.

use std::collections::{HashMap, HashSet};

use entity::{article::PubStatus, gallery::GalleryKind};

use super::{
    catalog::Catalog,
    content::{self, Body},
};
use crate::{
    Defaults, Reading,
    draft::{Article, Block, Draft, Gallery, GalleryItem, Image, Restriction},
    html::Inline,
    text, wire,
    xml::{Element as _, Node},
};

/// How much of a description stands in for a title.
const TITLE: usize = 100;

/// An item, or a part of one that stands alone.
pub(super) struct Item<'d, 'r> {
    pub(super) node: Node<'d>,
    pub(super) uri: String,
    pub(super) meta: Option<Node<'d>>,
    pub(super) content: Option<Node<'d>>,
    pub(super) catalog: Catalog,
    pub(super) defaults: &'r Defaults,
    pub(super) language: Option<String>,
    pub(super) asserts: HashMap<String, Node<'d>>,
}

impl<'d, 'r> Item<'d, 'r> {
    pub(super) fn new(node: Node<'d>, uri: String, catalog: &Catalog, defaults: &'r Defaults) -> Self {
        let catalog = catalog.with(node);
        let part = |name: &str| if node.is(name) { Some(node) } else { node.one(name) };
        let content = part("contentMeta");
        let tag = content.and_then(|meta| meta.all("language").find_map(|language| language.attr("tag")));
        let language = tag.or_else(|| node.language()).or(defaults.language.as_deref()).and_then(text::folded);
        // Concepts belong to all texts and not to the language of the item that carries them.
        let is_vocabulary = matches!(node.tag_name().name(), "conceptItem" | "knowledgeItem");
        let language = if is_vocabulary { defaults.language.clone() } else { language };
        let mut asserts = HashMap::new();
        for assert in node.all("assert") {
            if let Some(code) = catalog.key(assert) {
                asserts.entry(code).or_insert(assert);
            }
        }
        Self { node, uri, meta: part("itemMeta"), content, catalog, defaults, language, asserts }
    }

    /// The name of a place in the item, for notes.
    pub(super) fn at(&self, element: &str) -> String {
        format!("{} {element}", self.uri).trim_start().to_owned()
    }

    /// Its version.
    pub(super) fn version(&self) -> Option<i64> {
        self.node.attr("version")?.parse().ok()
    }

    /// Its class, such as `text`: what it says, else what its files are.
    fn class(&self, body: &Body) -> String {
        let class = self.meta.and_then(|meta| meta.one("itemClass"));
        let class = class.and_then(|class| self.catalog.bare(class, "qcode")).unwrap_or_default();
        if ["text", "composite", "picture", "graphic", "animated", "video", "audio"].contains(&&*class) {
            return class;
        }
        let has = |kind: &str| body.files.iter().any(|file| file.is(kind));
        let kinds = [("image/", "picture"), ("video/", "video"), ("audio/", "audio")];
        let kind = kinds.iter().find(|(kind, _)| body.blocks.is_empty() && has(kind));
        kind.map_or("text", |(_, class)| class).to_owned()
    }
}

/// Reads a news item.
pub(super) fn read(item: &Item<'_, '_>, reading: &mut Reading) {
    let status = item.status(reading);
    let mut article = Article { uri: item.uri.clone(), status, ..Article::default() };
    let body = content::read(item, &mut article, reading);
    if status != PubStatus::Usable && is_bare(item, &body) {
        return reading.drafts.push(restriction(item, status));
    }
    match &*item.class(&body) {
        "picture" | "graphic" => image(item, status, &body, reading),
        "video" | "animated" => video(item, status, &body, reading),
        class => text_item(item, article, body, class == "audio", reading),
    }
}

/// Whether an item holds nothing but what is to be done with it.
fn is_bare(item: &Item<'_, '_>, body: &Body) -> bool {
    body.blocks.is_empty() && body.files.is_empty() && item.headline().or_else(|| item.title()).is_none()
}

/// What an item says of itself alone.
pub(super) fn restriction(item: &Item<'_, '_>, status: PubStatus) -> Draft {
    Draft::Restriction(Box::new(Restriction {
        version: item.version(),
        updated_at: item.time("versionCreated", &mut Reading::default()),
        embargoed_until: item.embargoed_until(),
        expires_at: item.expires_at(),
        ..Restriction::new(item.uri.clone(), status)
    }))
}

fn text_item(item: &Item<'_, '_>, mut article: Article, body: Body, is_sound: bool, reading: &mut Reading) {
    let inner = std::mem::take(&mut article.headline);
    let headline = item.headline().or_else(|| text::folded(&inner)).or_else(|| item.title());
    article.headline = headline.unwrap_or_default();
    if !wire::has_headline(&mut article) {
        return reading.skip(&item.uri, "has no headline");
    }
    article.version = item.version();
    article.language = item.language.clone().or(article.language);
    article.genre = item.genre();
    article.slugline = item.line("slugline");
    let summary = item.description(&["summary", "standfirst", "abstract", "", "synthe"]);
    let below = article.standfirst.take();
    article.standfirst = summary.or_else(|| item.sub_headline()).or_else(|| below.clone());
    article.byline = item.line("by").or(article.byline);
    article.dateline = item.line("dateline").or(article.dateline);
    article.located =
        item.content.and_then(|meta| meta.all("located").find_map(|at| item.place(at))).or(article.located);
    article.published_at = item.published_at(reading);
    article.updated_at = item.time("versionCreated", reading);
    article.embargoed_until = item.embargoed_until();
    article.expires_at = item.expires_at();
    article.urgency = item.urgency();
    article.digital_source_type = item.digital_source_type();
    (article.topics, article.places) = item.subjects(reading);
    let contributors = item.contributors();
    if !contributors.is_empty() {
        article.contributors = contributors;
    }
    article.source = item.source().or(article.source);
    let inner = article.usage_terms.take();
    article.usage_terms = item.usage_terms(reading);
    inner.into_iter().for_each(|terms| wire::add_terms(&mut article.usage_terms, &terms));
    article.copyright_notice = item.copyright_notice().or(article.copyright_notice);
    if let Some(credit) = item.line("creditline") {
        wire::add_credit(&mut article, &credit);
    }
    wire::spell_places(&mut article);
    let (related, elsewhere) = item.see_also();
    article.related = related;
    article.translation_of = item.translation_of();
    article.stories = item.stories();
    article.corrections = item.corrections(reading);
    article.url = body.files.iter().find(|file| file.is("text/html")).map(|file| file.href.clone());
    article.body = body.blocks;
    // What a text has under its own headline, when the item says something else there.
    if let Some(below) = below.filter(|below| article.standfirst.as_ref().is_some_and(|line| !line.contains(below))) {
        let is_said = article.body.iter().any(|block| block.text().contains(&below));
        if !is_said {
            article.body.insert(0, Block::Paragraph { html: Inline::from_text(&below) });
        }
    }
    article.body.extend(elsewhere);
    // Files that are neither seen nor heard, such as a PDF.
    let others =
        body.files.iter().filter(|file| !["image/", "video/", "audio/", "text/"].iter().any(|kind| file.is(kind)));
    let others = others.filter(|file| file.has_kind()).map(|file| Block::embed(file.href.clone(), None, None));
    article.body.extend(others);
    let played = if is_sound {
        body.files.iter().find(|file| !file.is("image/") && !file.is("text/"))
    } else {
        body.files.iter().find(|file| file.is("audio/"))
    };
    article.body.extend(content::video(&body.files).filter(|_| !is_sound).and_then(|video| {
        let file = body.files.iter().find(|file| file.href == video.href).filter(|file| file.is("video/"))?;
        Some(Block::Video(file.medium()))
    }));
    article.body.extend(played.map(|file| Block::Audio(file.medium())));
    let mut image = Image::default();
    for file in body.files.iter().filter(|file| file.is("image/")).take(wire::MANY) {
        wire::add_file(&mut image, file.rendition());
    }
    if image.renditions.is_empty() {
        image.renditions.extend(content::icon(item));
    }
    let is_in_text = |file: &crate::draft::Rendition| {
        let images = article.body.iter().filter_map(|block| match block {
            Block::Image { image } => Some(image),
            _ => None,
        });
        images.flat_map(|image| &image.renditions).any(|placed| placed.href == file.href)
    };
    if let Some(first) = image.renditions.first()
        && !image.renditions.iter().any(is_in_text)
    {
        image.uri = first.href.clone();
        wire::measure(&mut image);
        article.lead_image = Some(image);
    }
    let draft = wire::finish(article, reading);
    reading.drafts.push(draft);
}

/// A picture with its rights, without its files.
fn picture(item: &Item<'_, '_>) -> Image {
    let makers = || {
        let names: Vec<_> = item.contributors().into_iter().filter(|maker| is_maker(maker.role.as_deref())).collect();
        let names: Vec<_> = names.into_iter().map(|maker| maker.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    Image {
        uri: item.uri.clone(),
        version: item.version(),
        alt: item.description(&["alttext", "alt"]),
        caption: item.description(&["caption", "summary", "", "synthe"]).or_else(|| item.headline()),
        credit: item.line("creditline").or_else(makers),
        copyright_notice: item.copyright_notice(),
        usage_terms: item.usage_terms(&mut Reading::default()),
        digital_source_type: item.digital_source_type(),
        embargoed_until: item.embargoed_until(),
        expires_at: item.expires_at(),
        ..Image::default()
    }
}

fn is_maker(role: Option<&str>) -> bool {
    role.is_some_and(|role| ["author", "photographer", "artist", "illustrator", "graphic"].contains(&role))
}

fn image(item: &Item<'_, '_>, status: PubStatus, body: &Body, reading: &mut Reading) {
    let mut image = picture(item);
    image.status = Some(status).filter(|status| *status != PubStatus::Usable);
    for file in body.files.iter().take(wire::MANY) {
        wire::add_file(&mut image, file.rendition());
    }
    if image.renditions.is_empty() && status != PubStatus::Canceled {
        reading.warn(item.at("remoteContent"), "no file of the picture has an address that can be opened");
    }
    wire::measure(&mut image);
    reading.drafts.push(Draft::Image(Box::new(image)));
}

fn video(item: &Item<'_, '_>, status: PubStatus, body: &Body, reading: &mut Reading) {
    let headline = item.headline().or_else(|| item.title()).or_else(|| item.line("slugline"));
    let summary = item.description(&["summary", "caption", "", "synthe", "dopesheet"]);
    let title = headline.or_else(|| {
        let title = shortened(summary.as_deref()?);
        reading.warn(item.at("headline"), "is missing; the description stands in for it");
        Some(title)
    });
    let is_canceled = status == PubStatus::Canceled;
    let title = title.or_else(|| is_canceled.then(|| item.uri.clone()));
    let Some(title) = title else { return reading.skip(&item.uri, "has no headline") };
    let video = content::video(&body.files);
    if video.is_none() && !is_canceled {
        return reading.skip(&item.uri, "has no file with an address that can be opened");
    }
    let mut poster = picture(item);
    (poster.caption, poster.version) = (None, None);
    let mut hrefs = HashSet::new();
    let pictures = body.files.iter().filter(|file| file.is("image/")).map(content::File::rendition);
    for file in pictures.take(wire::MANY).chain(content::icon(item)).filter(|file| hrefs.insert(file.href.clone())) {
        wire::add_file(&mut poster, file);
    }
    poster.uri = match poster.renditions.first() {
        Some(file) => file.href.clone(),
        None => format!("{}#poster", item.uri),
    };
    wire::measure(&mut poster);
    let gallery = Gallery {
        uri: item.uri.clone(),
        version: item.version(),
        slug: None,
        title,
        summary,
        kind: GalleryKind::Video,
        status,
        section: None,
        lead_image: None,
        published_at: item.published_at(reading),
        updated_at: item.time("versionCreated", reading),
        embargoed_until: item.embargoed_until(),
        expires_at: item.expires_at(),
        items: video
            .map(|video| GalleryItem { image: poster, caption: None, video: Some(video) })
            .into_iter()
            .collect(),
    };
    reading.drafts.push(Draft::Gallery(Box::new(gallery)));
}

/// The first words of a text.
fn shortened(text: &str) -> String {
    let text = text.trim_start_matches(['-', ' ']);
    if text.chars().count() <= TITLE {
        return text.to_owned();
    }
    let start: String = text.chars().take(TITLE).collect();
    let words = start.rsplit_once(' ').map_or(&*start, |(words, _)| words);
    format!("{}\u{2026}", words.trim_end_matches([' ', '-', ',', ';', ':']))
}
