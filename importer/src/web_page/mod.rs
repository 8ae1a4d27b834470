//! News web pages: one page is one article. What the page states for machines outweighs what it shows to people, and among that
//! schema.org does (JSON-LD, then microdata), then OpenGraph, then `meta` elements by name.

mod article;
mod body;
mod encoding;
#[cfg(test)]
mod extruct_tests;
mod fill;
mod headline;
mod image;
mod json_ld;
mod markup;
mod media;
mod meta;
mod microdata;
mod page;
mod schema_org;

use std::{cmp::Reverse, collections::HashSet};

use entity::article::PubStatus;
use scraper::{Html, Selector};
use serde_json::Value;
use url::Url;

use self::{
    body::Readable,
    meta::Meta,
    page::Page,
    schema_org::{Graph, Thing, is_same_page},
};
use crate::{
    Defaults, Problem, Reading,
    draft::{Article, Block, Draft},
    html, text,
    time::Origin,
};

/// Bytes of the largest page that is read.
const SIZE: usize = 16 << 20;

/// The longest headline, in characters.
const HEADLINE: usize = 500;

/// JSON-LD blocks of a page that are read.
const BLOCKS: usize = 200;

/// Things that are looked at for the article; a page that states more is a list.
const ARTICLES: usize = 200;

/// More topics than a newsroom gives to an article.
const TOPICS: usize = 50;

/// Whether a document begins as a web page does.
pub fn recognises(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(4096)];
    let start: String = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(&bytes[length..]).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    let start = start.to_ascii_lowercase();
    let mut rest = start.trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<?xml") => "?>",
            _ => break,
        };
        match rest.split_once(end) {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return false,
        }
    }
    let is_tag = |tag: &str| {
        rest.strip_prefix(tag).is_some_and(|rest| rest.starts_with(|next: char| next.is_whitespace() || next == '>'))
    };
    let doctype = rest.strip_prefix("<!doctype").map(str::trim_start).and_then(|name| name.strip_prefix("html"));
    doctype.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        || ["<html", "<head", "<body"].iter().any(|tag| is_tag(tag))
}

/// The article of a web page.
///
/// # Errors
/// When the document is no web page, or too large for one.
pub fn read(bytes: &[u8], defaults: &Defaults) -> Result<Reading, Problem> {
    if bytes.len() > SIZE {
        return Err(Problem::new(format!("a page of {} bytes; the largest that is read has {SIZE}", bytes.len())));
    }
    let mut reading = Reading::default();
    let source = encoding::decode(bytes, defaults, &mut reading);
    let source = html::narrow(&source).into_owned();
    let parsed = markup::document(&source).ok_or_else(|| {
        Problem::new("markup of more than 512 elements in each other or 250,000 nodes in all is not read")
    })?;
    let source = markup::source_of(&parsed, source);
    let html = parsed.html;
    let meta = Meta::new(&html);
    if !source.contains('<') || (meta.titles().is_empty() && !recognises(bytes)) {
        return Err(Problem::new("not a web page: it has neither a doctype nor an `html` element nor a title"));
    }
    let base = meta::base(&html, defaults.base.as_ref()).or_else(|| defaults.base.clone()).or_else(|| {
        let stated = [meta.canonical.clone(), meta.first(&["og:url"])].into_iter().flatten();
        stated.filter_map(|url| Url::parse(&url).ok()).find(Url::has_host)
    });
    let json_ld = json_ld_of(&html, &mut reading);
    let microdata = microdata::items(&html);
    let origin = origin(&meta, base.as_ref(), defaults);
    let mut page = Page { defaults, base, origin, reading: &mut reading };
    match assemble(&Source { html: &html, source: &source, meta, json_ld, microdata }, &mut page) {
        Ok(article) => reading.drafts.push(Draft::Article(Box::new(article))),
        Err(reason) => reading.skip("page", reason),
    }
    Ok(reading)
}

/// Where the times of a page are from, as its language and its address say.
fn origin(meta: &Meta, base: Option<&Url>, defaults: &Defaults) -> Origin {
    let languages = [meta.language.clone(), meta.first(&["content-language"]), meta.first(&["og:locale"])];
    let addresses = meta.canonical.iter().map(String::as_str).chain(base.map(Url::as_str));
    Origin::new(defaults, languages.iter().flatten().map(String::as_str), addresses)
}

/// A page taken apart.
struct Source<'a> {
    html: &'a Html,
    source: &'a str,
    meta: Meta,
    json_ld: Vec<Value>,
    microdata: Vec<Value>,
}

fn json_ld_of(html: &Html, reading: &mut Reading) -> Vec<Value> {
    let selector = Selector::parse("script[type]").expect("a literal");
    let blocks = html.select(&selector).filter(|script| {
        script.attr("type").is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("application/ld+json"))
    });
    let blocks: Vec<String> = blocks.map(|script| script.text().collect()).collect();
    let mut values = Vec::new();
    for (index, block) in blocks.iter().enumerate().take(BLOCKS) {
        values.extend(json_ld::values(block, &format!("JSON-LD block {}", index + 1), reading));
    }
    values
}

/// Whether an address is that of a site rather than of a page in it.
fn is_home(url: &Url) -> bool {
    let is_index = |path: &str| path.is_empty() || path.starts_with("index.") || path.starts_with("default.");
    url.query().is_none() && is_index(url.path().trim_matches('/'))
}

fn is_search(url: &Url) -> bool {
    let in_path = url.path_segments().is_some_and(|mut names| {
        names.any(|name| matches!(name, "search" | "suche" | "recherche" | "buscar" | "busca" | "ricerca" | "szukaj"))
    });
    in_path || url.query_pairs().any(|(name, _)| matches!(&*name, "q" | "query" | "search"))
}

/// The article, or why there is none.
fn assemble(source: &Source<'_>, page: &mut Page<'_>) -> Result<Article, String> {
    let meta = &source.meta;
    let canonical = meta.canonical.as_ref().and_then(|url| page.address(url));
    let address = canonical.clone().or_else(|| page.address(&meta.first(&["og:url"])?));
    let address = address.or_else(|| page.defaults.base.clone());
    let titles = meta.titles();

    let graphs = [("JSON-LD", Graph::new(&source.json_ld)), ("microdata", Graph::new(&source.microdata))];
    let mut articles = graphs.each_ref().map(|(_, graph)| articles_of(graph, address.as_ref(), &titles, page));
    // Teasers are often marked up, too.
    if let Some(headline) = articles[0].first().map(|thing| thing.text("headline")) {
        articles[1].retain(|thing| {
            let other = thing.text("headline").or_else(|| thing.text("name"));
            other.is_none_or(|other| is_title(&other, &titles) || headline.as_ref() == Some(&other))
        });
    }
    let pages: Vec<Thing<'_>> = graphs[0].1.stated().into_iter().filter(|thing| is_page(&thing.types())).collect();
    let has_article = articles.iter().any(|things| !things.is_empty());
    if let Some(address) = &address {
        refuse_listing(address, meta, &articles, &pages, &titles)?;
    }

    let stated_headline = articles.iter().flatten().find_map(|thing| stated_headline(*thing, &titles));
    let mut article = Article::default();
    let mut text = None;
    let (mut played, mut pictures) = (Vec::new(), Vec::new());
    for ((at, _), things) in graphs.iter().zip(&articles) {
        for thing in things {
            played.extend(media::played(*thing, page));
            pictures.extend(image::all(*thing, page));
            fill::fill(&mut article, article::read(*thing, at, page));
            text = text.or_else(|| article::body(*thing));
        }
    }
    fill::fill(&mut article, meta.article(page));
    for thing in pages.iter().take(1) {
        let about_page = article::read(*thing, "JSON-LD WebPage", page);
        fill::fill(&mut article, Article { url: None, uri: String::new(), ..about_page });
    }

    let is_stated = has_article || meta.is_article();
    let found = body::readable(source.html, source.source, page.base.as_ref(), is_stated);
    let is_long = matches!(&found, Readable::Blocks(blocks) if body::words(blocks) >= 150);
    if !is_stated && !is_long {
        return Err(
            "no sign of an article: no schema.org article, no article of OpenGraph, neither time nor author".to_owned()
        );
    }
    article.body = text_of(text, found, page);
    let is_empty = article.body.iter().all(|block| block.text().is_empty());
    media::add(&mut article.body, played);
    media::add_pictures(&mut article, pictures);
    let paid =
        articles.iter().flatten().chain(&pages).find_map(|thing| article::is_paid(*thing)).or_else(|| meta.is_paid());
    if let Some(reason) = paid
        && !article.body.is_empty()
    {
        // Whoever shows the article has its headline, its summary and the address of its page.
        article.body.clear();
        page.reading.warn("body", format!("{reason}: the text is not for everybody and is left out"));
    }

    article.headline = headline_of(stated_headline, &titles, &article, source, address.as_ref())
        .ok_or("an article without a headline: neither schema.org nor `og:title` nor `title` has one")?;
    article.url = canonical
        .filter(|url| !is_home(url))
        .map(without_fragment)
        .or(article.url)
        .or_else(|| page.defaults.base.clone().filter(|base| !is_home(base)).map(without_fragment));
    if article.uri.is_empty() {
        article.uri = article.url.clone().ok_or(
            "an article without identity: no canonical link, no `og:url`, no `@id`; give the address of the page",
        )?;
    }
    finish(&mut article, page);
    if is_empty {
        page.reading.warn("body", "no text was found, neither stated as `articleBody` nor in the page");
    }
    Ok(article)
}

fn without_fragment(mut url: Url) -> String {
    url.set_fragment(None);
    url.into()
}

fn is_page(types: &[String]) -> bool {
    types.iter().any(|name| name.ends_with("page")) && article::rank(types).is_none()
}

/// The articles that a graph states and that are the one of this page; none when it states several and says of none that it is
/// this page.
fn articles_of<'g>(graph: &'g Graph<'g>, address: Option<&Url>, titles: &[String], page: &Page<'_>) -> Vec<Thing<'g>> {
    let mut ranked: Vec<(bool, bool, u8, Thing<'g>)> = Vec::new();
    for thing in graph.stated().into_iter().take(ARTICLES) {
        let Some(rank) = article::rank(&thing.types()) else { continue };
        let own = article::address(thing, page).and_then(|url| Url::parse(&url).ok());
        let is_here = own.zip(address).is_some_and(|(own, address)| is_same_page(&own, address));
        let headline = thing.text("headline").or_else(|| thing.text("name"));
        let is_title = headline.is_some_and(|headline| is_title(&headline, titles));
        ranked.push((is_here, is_title, rank, thing));
    }
    ranked.sort_by_key(|(is_here, is_title, rank, _)| Reverse((*is_here, *is_title, *rank)));
    if let [only] = ranked[..] {
        return vec![only.3];
    }
    ranked.into_iter().filter(|(is_here, is_title, ..)| *is_here || *is_title).map(|(.., thing)| thing).collect()
}

/// Whether a title of the page is `headline`, or begins with it as titles do that have the name of the site behind it.
fn is_title(headline: &str, titles: &[String]) -> bool {
    titles.iter().any(|title| title == headline || (headline.chars().count() > 10 && title.starts_with(headline)))
}

/// Home pages, results of searches and lists are no articles.
fn refuse_listing(
    address: &Url,
    meta: &Meta,
    articles: &[Vec<Thing<'_>>; 2],
    pages: &[Thing<'_>],
    titles: &[String],
) -> Result<(), String> {
    let listing = pages.iter().find(|thing| article::is_listing(&thing.types()));
    if let Some(listing) = listing.filter(|_| articles.iter().all(Vec::is_empty)) {
        return Err(format!("a page of the type {}, not an article", listing.types().join(", ")));
    }
    let is_article = meta.kind().is_some_and(|kind| kind.contains("article"));
    let is_one = |things: &Vec<Thing<'_>>| {
        let headlines: HashSet<Option<String>> = things.iter().map(|thing| thing.text("headline")).collect();
        headlines.len() == 1 && headlines.iter().flatten().any(|headline| is_title(headline, titles))
    };
    if is_article || articles.iter().any(is_one) {
        return Ok(());
    }
    if is_home(address) {
        return Err("the home page of a site, not an article".to_owned());
    }
    if articles.iter().all(Vec::is_empty) && is_search(address) {
        return Err("results of a search, not an article".to_owned());
    }
    Ok(())
}

/// The text as it is stated, unless the page shows the same with links and pictures.
fn text_of(stated: Option<String>, found: Readable, page: &mut Page<'_>) -> Vec<Block> {
    let stated = stated.map(|text| body::blocks(&text, page.base.as_ref())).filter(|blocks| !blocks.is_empty());
    let shown = match found {
        Readable::Blocks(blocks) => Some(blocks).filter(|blocks| !blocks.is_empty()),
        Readable::Nothing => None,
        Readable::TooLarge => {
            page.reading.warn("body", "the page is too large or too deep to search it for its text");
            None
        }
    };
    match (stated, shown) {
        (Some(stated), Some(shown)) => body::same(&stated, shown).unwrap_or(stated),
        (stated, shown) => stated.or(shown).unwrap_or_default(),
    }
}

/// The headline of a schema.org article; some put a description there and the headline into the name.
fn stated_headline(thing: Thing<'_>, titles: &[String]) -> Option<String> {
    let name = thing.text("name");
    let Some(headline) = thing.text("headline") else { return name };
    let is_description = headline.starts_with(char::is_lowercase);
    Some(name.filter(|name| is_description && is_title(name, titles)).unwrap_or(headline))
}

fn headline_of(
    stated: Option<String>,
    titles: &[String],
    article: &Article,
    source: &Source<'_>,
    address: Option<&Url>,
) -> Option<String> {
    let host = address.and_then(Url::host_str).unwrap_or_default().trim_start_matches("www.").to_owned();
    let mut site = source.meta.site();
    site.extend(source.meta.feed().map(str::to_owned));
    site.extend(article.source.as_ref().map(|source| source.name.clone()));
    site.extend(host.split_once('.').map(|(label, _)| label.to_owned()));
    site.push(host);
    let site: Vec<&str> = site.iter().map(String::as_str).collect();
    let others: Vec<&str> = titles.iter().map(String::as_str).collect();
    let of_page = || Some(article.headline.clone()).filter(|name| !name.is_empty());
    let title = stated.or_else(|| titles.first().cloned()).or_else(of_page)?;
    let title: String = title.chars().take(HEADLINE).collect();
    Some(headline::clean(&title, &others, &site))
}

fn finish(article: &mut Article, page: &mut Page<'_>) {
    if let (Some(published), Some(updated)) = (article.published_at, article.updated_at)
        && updated < published
    {
        page.reading.warn("dateModified", "the modification is before the publication");
    }
    // Of many pages the last change is all that is known.
    article.published_at = article.published_at.or(article.updated_at);
    if article.published_at.is_none() && article.status == PubStatus::Usable {
        article.status = PubStatus::Withheld;
        page.reading.warn("datePublished", "no time found: the article is held back, as it may be of any time");
    }
    if article.language.is_none() {
        article.language.clone_from(&page.defaults.language);
    }
    let section = article.section.as_ref().map(|section| section.name.to_lowercase());
    let mut known: HashSet<String> = section.into_iter().collect();
    article.topics.retain(|topic| known.insert(topic.name.to_lowercase()));
    article.topics.truncate(TOPICS);
    // Pages often show the headline once more on top of the text.
    if let Some(Block::Heading { text, .. }) = article.body.first()
        && text::folded(text) == text::folded(&article.headline)
    {
        article.body.remove(0);
    }
}

#[cfg(test)]
mod tests;
