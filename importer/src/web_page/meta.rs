//! What a page says of itself outside of schema.org: OpenGraph, named `meta` elements, links, its title and its first heading.

use std::collections::HashMap;

use entity::article::Genre;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::{
    image,
    page::{self, Page},
};
use crate::{
    draft::{Article, Contributor, Image, Term, Topic},
    text,
    wire::MANY,
};

const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.published",
    "dcterms.date",
    "dc.date",
    "dc.date.created",
    "dcterms.created",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "citation_publication_date",
    "citation_online_date",
    "citation_date",
    "shareaholic:article_published_time",
    "analyticsattributes.articledate",
    "article.published",
    "published_time",
    "publish-date",
    "publish_date",
    "publication_date",
    "publisheddate",
    "date_published",
    "datepublished",
    "pubdate",
    "date",
];

const UPDATED: &[&str] = &[
    "article:modified_time",
    "og:article:modified_time",
    "article:modified",
    "og:updated_time",
    "dc.date.modified",
    "dcterms.modified",
    "shareaholic:article_modified_time",
    "article.updated",
    "date_modified",
    "datemodified",
    "last-modified",
    "revision_date",
];

const AUTHORS: &[&str] = &[
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "article:author_name",
    "shareaholic:article_author_name",
    "citation_author",
    "article.author",
    "author",
    "byl",
];

const TOPICS: &[&str] = &[
    "article:tag",
    "og:article:tag",
    "news_keywords",
    "parsely-tags",
    "sailthru.tags",
    "citation_keywords",
    "keywords",
    "dc.subject",
    "dcterms.subject",
];

/// The names and addresses in the head of a page.
pub(super) struct Meta {
    named: HashMap<String, Vec<String>>,
    /// The pictures of OpenGraph, each with what follows it.
    pictures: Vec<Picture>,
    pub(super) canonical: Option<String>,
    license: Option<String>,
    image_src: Option<String>,
    /// What the feeds of the site are called.
    feed: Option<String>,
    pub(super) language: Option<String>,
    pub(super) title: Option<String>,
    /// The only heading of the first level.
    pub(super) heading: Option<String>,
    time: Option<String>,
}

#[derive(Default)]
struct Picture {
    href: String,
    alt: Option<String>,
    width: Option<i32>,
    height: Option<i32>,
}

impl Meta {
    pub(super) fn new(page: &Html) -> Self {
        let mut meta = Self {
            named: HashMap::new(),
            pictures: Vec::new(),
            canonical: None,
            license: None,
            image_src: None,
            feed: None,
            language: page
                .root_element()
                .attr("lang")
                .or_else(|| page.root_element().attr("xml:lang"))
                .map(str::to_owned),
            title: None,
            heading: None,
            time: None,
        };
        let mut headings = 0;
        for node in page.tree.nodes() {
            let Some(element) = ElementRef::wrap(node) else { continue };
            match element.value().name() {
                "meta" => meta.add(element),
                "link" | "a" => meta.link(element),
                // A drawing has titles, too.
                "title" if meta.title.is_none() && !is_within(element, "svg") => meta.title = text_of(element),
                "h1" => {
                    headings += 1;
                    meta.heading = text_of(element).filter(|_| headings == 1);
                }
                "time" if meta.time.is_none() => meta.time = element.attr("datetime").map(str::to_owned),
                _ => {}
            }
        }
        meta
    }

    fn add(&mut self, element: ElementRef<'_>) {
        let content = element.attr("content").or_else(|| element.attr("value"));
        let Some(content) = content.map(str::trim).filter(|content| !content.is_empty()) else {
            return;
        };
        for attribute in ["property", "name", "http-equiv", "itemprop"] {
            let Some(name) = element.attr(attribute) else { continue };
            let name = name.trim().to_lowercase();
            self.picture(&name, content);
            self.named.entry(name).or_default().push(content.to_owned());
        }
    }

    fn picture(&mut self, name: &str, content: &str) {
        let is_new = self.pictures.last().is_none_or(|last| last.href != content);
        match (name, self.pictures.last_mut()) {
            ("og:image" | "og:image:url", _) if is_new => {
                self.pictures.push(Picture { href: content.to_owned(), ..Picture::default() });
            }
            ("og:image:secure_url", None) => {
                self.pictures.push(Picture { href: content.to_owned(), ..Picture::default() });
            }
            ("og:image:width", Some(last)) => last.width = page::pixels(content),
            ("og:image:height", Some(last)) => last.height = page::pixels(content),
            ("og:image:alt", Some(last)) => last.alt = page::plain(content),
            _ => {}
        }
    }

    fn link(&mut self, element: ElementRef<'_>) {
        let (Some(relation), Some(href)) = (element.attr("rel"), element.attr("href")) else { return };
        let is_feed = element.attr("type").is_some_and(|kind| kind.contains("rss") || kind.contains("atom"));
        if is_feed && self.feed.is_none() {
            let title = element.attr("title").and_then(|title| title.rsplit_once(" »"));
            self.feed = title.and_then(|(site, _)| page::name(site));
        }
        let is_link = element.value().name() == "link";
        for relation in relation.split_whitespace() {
            let kept = match relation.to_ascii_lowercase().as_str() {
                "license" => &mut self.license,
                "canonical" if is_link => &mut self.canonical,
                "image_src" if is_link => &mut self.image_src,
                _ => continue,
            };
            kept.get_or_insert_with(|| href.trim().to_owned());
        }
    }

    fn all(&self, name: &str) -> &[String] {
        self.named.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first of these that says something.
    pub(super) fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().flat_map(|name| self.all(name)).find_map(|content| page::plain(content))
    }

    /// `og:type`, in lower case.
    pub(super) fn kind(&self) -> Option<String> {
        self.first(&["og:type"]).map(|kind| kind.to_lowercase())
    }

    /// Says that there is an article: by its type, a time or an author.
    pub(super) fn is_article(&self) -> bool {
        let kind = self.kind().is_some_and(|kind| kind.contains("article") || kind == "blog" || kind == "news");
        kind || [PUBLISHED, AUTHORS, &["citation_title"]].iter().any(|names| self.first(names).is_some())
    }

    /// Why its text is not for everybody, where it says so.
    pub(super) fn is_paid(&self) -> Option<String> {
        let tier = self.first(&["article:content_tier", "og:article:content_tier"])?;
        tier.eq_ignore_ascii_case("locked").then(|| format!("article:content_tier is `{tier}`"))
    }

    /// The page's titles, most trusted first.
    pub(super) fn titles(&self) -> Vec<String> {
        let names = [
            "og:title",
            "dc.title",
            "dcterms.title",
            "parsely-title",
            "sailthru.title",
            "citation_title",
            "twitter:title",
            "headline",
        ];
        let mut titles: Vec<String> = names.iter().filter_map(|name| self.first(&[name])).collect();
        titles.extend(self.title.clone());
        titles.extend(self.heading.clone());
        titles
    }

    /// What the site is called.
    pub(super) fn site(&self) -> Vec<String> {
        [
            "og:site_name",
            "application-name",
            "dc.publisher",
            "dcterms.publisher",
            "publisher",
            "apple-mobile-web-app-title",
        ]
        .iter()
        .filter_map(|name| page::name(&self.first(&[name])?))
        .collect()
    }

    /// What its feeds say the site is called: a name to know it by, though not one to show.
    pub(super) fn feed(&self) -> Option<&str> {
        self.feed.as_deref()
    }

    /// The article that the head of the page describes, without a headline.
    pub(super) fn article(&self, page: &mut Page<'_>) -> Article {
        let mut time = |names: &[&str]| {
            names.iter().find_map(|name| self.all(name).iter().take(4).find_map(|content| page.time(name, content)))
        };
        let published_at = time(PUBLISHED);
        let updated_at = time(UPDATED);
        let expires_at = time(&["article:expiration_time"]);
        let published_at = published_at.or_else(|| page.time("time", self.time.as_ref()?));
        let (byline, contributors) = self.authors();
        let topics = TOPICS.iter().map(|name| self.all(name).iter().flat_map(|content| page::keywords(content)));
        let topics = topics.map(Iterator::collect::<Vec<_>>).find(|topics| !topics.is_empty()).unwrap_or_default();
        let languages = self.language.iter();
        let languages = languages.chain(
            ["og:locale", "content-language", "dc.language", "dcterms.language"].iter().flat_map(|name| self.all(name)),
        );
        let is_opinion = self.first(&["article:opinion"]).is_some_and(|opinion| opinion == "true");
        Article {
            url: self.first(&["og:url"]).and_then(|url| page.address(&url)).map(String::from),
            genre: is_opinion.then_some(Genre::Opinion),
            language: { languages }.find_map(|tag| page::language(tag)),
            standfirst: self.first(&[
                "og:description",
                "description",
                "dc.description",
                "dcterms.description",
                "dcterms.abstract",
                "sailthru.description",
                "twitter:description",
            ]),
            byline,
            published_at,
            updated_at,
            expires_at,
            section: ["article:section", "og:article:section", "parsely-section", "section"]
                .iter()
                .find_map(|name| page::name(&self.first(&[name])?))
                .map(|name| Term { name, ..Term::default() }),
            topics: topics.into_iter().map(|name| Topic { name, ..Topic::default() }).collect(),
            contributors,
            source: self.site().into_iter().next().map(|name| Term { name, ..Term::default() }),
            usage_terms: self
                .license
                .as_ref()
                .and_then(|license| page.address(license))
                .map(String::from)
                .or_else(|| self.first(&["dcterms.license", "dc.rights.license"])),
            copyright_notice: self.first(&["copyright", "dc.rights", "dcterms.rights", "rights"]),
            lead_image: self.image(page),
            ..Article::default()
        }
    }

    fn authors(&self) -> (Option<String>, Vec<Contributor>) {
        for name in AUTHORS {
            let lines: Vec<String> = self.all(name).iter().filter_map(|line| page::name(line)).collect();
            let mut contributors: Vec<Contributor> = Vec::new();
            for line in &lines {
                let line = match line.split_once(", ") {
                    Some((family, given)) if *name == "citation_author" && !given.contains(',') => {
                        format!("{given} {family}")
                    }
                    _ => line.clone(),
                };
                let found = match *name {
                    "author" | "dc.creator" | "dcterms.creator" => page::listed_authors(&line),
                    _ => page::authors(&line),
                };
                for contributor in found {
                    if contributors.len() < MANY && !contributors.contains(&contributor) {
                        contributors.push(contributor);
                    }
                }
            }
            if !contributors.is_empty() {
                let byline = lines.iter().map(|line| page::without_by(line)).collect::<Vec<_>>().join(", ");
                return (Some(byline).filter(|_| *name != "citation_author"), contributors);
            }
        }
        // What X shows under a link; WordPress puts the author there.
        let label = self.first(&["twitter:label1"]).unwrap_or_default().to_lowercase();
        let written_by = ["written by", "verfasst von", "geschrieben von", "écrit par", "escrito por", "scritto da"];
        let line = self.first(&["twitter:data1"]).filter(|_| written_by.contains(&label.as_str()));
        let line = line.and_then(|line| page::name(&line));
        let contributors = line.iter().flat_map(|line| page::authors(line)).collect();
        (line, contributors)
    }

    fn image(&self, page: &Page<'_>) -> Option<Image> {
        for picture in &self.pictures {
            if let Some(url) = page.address(&picture.href) {
                let mut image = image::plain(url);
                image::with_size(&mut image, picture.width, picture.height);
                image.alt.clone_from(&picture.alt);
                return Some(image);
            }
        }
        let names = ["twitter:image", "twitter:image:src", "parsely-image-url", "sailthru.image.full", "thumbnail"];
        let named = names.iter().flat_map(|name| self.all(name));
        let url = named.chain(&self.image_src).find_map(|address| page.address(address))?;
        let mut image = image::plain(url);
        image.alt = self.first(&["twitter:image:alt"]);
        Some(image)
    }
}

/// The base of relative addresses that a page states.
pub(super) fn base(page: &Html, address: Option<&Url>) -> Option<Url> {
    let selector = Selector::parse("base[href]").expect("a literal");
    let href = page.select(&selector).next().and_then(|element| element.attr("href")).map(str::trim);
    let stated = href.and_then(|href| match address {
        Some(address) => address.join(href).ok(),
        None => Url::parse(href).ok(),
    });
    stated.filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn text_of(element: ElementRef<'_>) -> Option<String> {
    text::folded(&element.text().collect::<String>())
}

fn is_within(element: ElementRef<'_>, name: &str) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|ancestor| ancestor.value().name() == name)
}
