//! Feeds in XML. RSS and Atom borrow from each other and from the same modules, so one reader knows all of it: each field is looked
//! for by all names that it has, the most exact first.

use std::rc::Rc;

use url::Url;

use super::{
    channel::describe,
    construct::text_of,
    entry::{Category, Entry, Feed, Removed},
    media,
    person::Person,
    xml::{self, Element, Space},
};
use crate::{
    draft::{Place, Term},
    reading::Problem,
    text,
};

/// Reads a feed in XML.
pub(super) fn read(source: &str, base: Option<&Url>) -> Result<Feed, Problem> {
    let mut document = xml::parse(source)?;
    document.root.set_base(base_of(&document.root, base).map(Rc::new).as_ref());
    let root = &document.root;
    let mut feed = match (root.space, root.name.as_str()) {
        (Space::Atom, "feed") => of_channel(root, vec![root]),
        (Space::Atom, "entry") => Feed { entries: vec![entry(root, 0)], ..Feed::default() },
        // Items stand in the channel, or beside it in RDF.
        (_, "rss" | "rdf") => {
            let channel = root.elements().find(|element| element.name == "channel").unwrap_or(root);
            let mut holders: Vec<&Element> = root.elements().filter(|element| element.name == "channel").collect();
            holders.push(root);
            of_channel(channel, holders)
        }
        (_, "channel") if root.attribute("href").is_none() && root.attribute("base").is_none() => {
            of_channel(root, vec![root])
        }
        (_, name) => return Err(Problem::at(format!("line {}, <{name}>", root.line), refusal(name))),
    };
    if root.name == "rdf" && !super::is_rss_in_rdf(source) {
        return Err(Problem::at("<rdf:RDF>", "RDF, but not RSS: nothing in it is of an RSS namespace"));
    }
    feed.warnings = document.warnings;
    Ok(feed)
}

/// What addresses without an `xml:base` are relative to: in RSS the page of the channel, else where the feed is.
fn base_of(root: &Element, address: Option<&Url>) -> Option<Url> {
    let channel = root.elements().find(|element| element.name == "channel").unwrap_or(root);
    let absolute = |text: String| Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let home = channel.all(Space::Rss, "link").find_map(Element::text).and_then(absolute);
    let links = || {
        let mut links: Vec<&Element> = channel.all(Space::Atom, "link").collect();
        links.sort_by_key(|link| relation(link) != "self");
        links.into_iter().find_map(|link| absolute(link.attribute("href")?.to_owned()))
    };
    home.or_else(|| address.cloned()).or_else(links)
}

fn refusal(root: &str) -> &'static str {
    match root {
        "urlset" | "sitemapindex" => {
            "a sitemap, not a feed: it lists addresses without articles; pass the address of an RSS, Atom or JSON feed"
        }
        "html" | "head" | "body" => {
            "a web page, not a feed: its feed is in `<link rel=\"alternate\" type=\"application/rss+xml\">`"
        }
        "opml" => "a list of feeds (OPML), not a feed: import the feeds that it names in `xmlUrl`",
        "channel" => "a channel of CDF, which is not supported; pass the address of an RSS, Atom or JSON feed",
        "newsitem" | "newsmessage" | "packageitem" | "newsml" | "nitf" => {
            "an agency format, not a feed: import it as NewsML-G2, NewsML 1 or NITF"
        }
        _ => "not a feed: the root is none of `rss`, `feed`, `entry` and `rdf:RDF`",
    }
}

fn of_channel(channel: &Element, holders: Vec<&Element>) -> Feed {
    let is_item = |element: &&Element| {
        matches!((element.space, element.name.as_str()), (Space::Rss, "item") | (Space::Atom, "entry" | "item"))
    };
    let items = holders.iter().flat_map(|holder| holder.elements().filter(is_item));
    let removed = holders.iter().flat_map(|holder| holder.all(Space::Tombstone, "deleted-entry"));
    let removed = removed.filter_map(|entry| {
        Some(Removed { id: entry.attribute("ref")?.to_owned(), when: entry.attribute("when").map(str::to_owned) })
    });
    Feed {
        removed: removed.collect(),
        entries: items.enumerate().map(|(index, item)| entry(item, index)).collect(),
        // RSS has an editor of the channel, who did not write its items.
        authors: channel.all(Space::Atom, "author").filter_map(person).collect(),
        channel: describe(channel),
        warnings: Vec::new(),
    }
}

/// The relation of a link, in lower case; it may be written as an address of the registry.
pub(super) fn relation(link: &Element) -> String {
    let relation = link.attribute("rel").unwrap_or("alternate").to_ascii_lowercase();
    let name = relation.split_once("://www.iana.org/assignments/").map_or(relation.as_str(), |(_, path)| {
        let name = path.trim_end_matches('/').rsplit(['/', '#']).next().unwrap_or(path);
        if path.starts_with("relation/") || path.starts_with("link-relations/") { name } else { &relation }
    });
    name.to_owned()
}

/// The page of a channel or an item for readers of a language.
pub(super) fn page(element: &Element, language: Option<&str>) -> Option<String> {
    let of_rss = element.all(Space::Rss, "link").find_map(|link| {
        let address = link.text().or_else(|| link.attribute("href").map(str::to_owned))?;
        link.address(&address)
    });
    of_rss.or_else(|| {
        let mut links: Vec<&Element> =
            element.all(Space::Atom, "link").filter(|link| relation(link) == "alternate").collect();
        // The page for readers, in the language of the item.
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        let strangeness = |link: &&Element| {
            let kind = link.attribute("type").unwrap_or("text/html").to_ascii_lowercase();
            let other = match (link.attribute("hreflang"), language) {
                (Some(own), Some(language)) if own.eq_ignore_ascii_case(language) => 0,
                (Some(own), Some(language)) if primary(own) == primary(language) => 1,
                (None, _) => 2,
                _ => 3,
            };
            (!kind.contains("html"), other)
        };
        links.sort_by_key(strangeness);
        let href = |link: &&Element| link.attribute("href").map(str::to_owned).or_else(|| link.text());
        links.iter().find_map(|link| link.address(&href(link)?))
    })
}

fn person(element: &Element) -> Option<Person> {
    let child = |names: &[&str]| {
        names.iter().find_map(|name| element.elements().find(|child| child.name == **name).and_then(Element::text))
    };
    let uri = child(&["uri", "url", "homepage"]);
    let name = child(&["name"]).or_else(|| {
        // A name in the element itself, as in RSS.
        if element.space == Space::Atom && element.elements().next().is_some() { None } else { element.text() }
    });
    Some(Person { name: name?, uri: uri.and_then(|uri| element.address(&uri)) })
}

fn entry(item: &Element, index: usize) -> Entry {
    let texts =
        |names: &[(Space, &str)]| names.iter().find_map(|(space, name)| item.all(*space, name).find_map(text_of));
    let words = |names: &[(Space, &str)]| names.iter().find_map(|(space, name)| item.text_of(*space, name));
    let plain = |names: &[(Space, &str)]| texts(names).and_then(|text| text.plain());
    let valid = media::Period::of(item);
    let (media, warnings) = media::of_element(item);
    let mut entry = Entry {
        at: format!("item {} (line {})", index + 1, item.line),
        title: texts(&[(Space::Rss, "title"), (Space::Atom, "title"), (Space::Dc, "title")])
            .or_else(|| texts(&[(Space::Media, "title"), (Space::Itunes, "title")])),
        content: texts(&[
            (Space::Content, "encoded"),
            (Space::Atom, "content"),
            (Space::Yandex, "full-text"),
            (Space::Rss, "encoded"),
            (Space::Rss, "fullitem"),
            (Space::Rss, "body"),
            (Space::Xhtml, "body"),
            (Space::Xhtml, "div"),
        ]),
        summary: texts(&[
            (Space::Rss, "description"),
            (Space::Atom, "summary"),
            (Space::Dc, "description"),
            (Space::DcTerms, "abstract"),
            (Space::Itunes, "summary"),
            (Space::Itunes, "subtitle"),
        ])
        .or_else(|| {
            let holder = item.first(Space::Media, "group").unwrap_or(item);
            text_of(holder.first(Space::Media, "description")?)
        }),
        published: words(&[
            (Space::Rss, "pubdate"),
            (Space::Atom, "published"),
            (Space::Atom, "issued"),
            (Space::Dc, "date"),
            (Space::DcTerms, "issued"),
            (Space::Prism, "publicationdate"),
            (Space::Atom, "pubdate"),
            (Space::Rss, "published"),
            (Space::DcTerms, "created"),
            (Space::Atom, "created"),
        ]),
        updated: words(&[
            (Space::Atom, "updated"),
            (Space::Atom, "modified"),
            (Space::DcTerms, "modified"),
            (Space::Prism, "modificationdate"),
            (Space::Rss, "updated"),
        ]),
        embargoed: words(&[(Space::Prism, "embargodate")])
            .or_else(|| valid.start.clone())
            .or_else(|| words(&[(Space::DcTerms, "available")])),
        expires: words(&[(Space::Rss, "expirationdate"), (Space::Prism, "expirationdate"), (Space::Prism, "killdate")])
            .or(valid.end),
        is_draft: is_draft(item),
        rights: plain(&[
            (Space::Atom, "rights"),
            (Space::Atom, "copyright"),
            (Space::Rss, "copyright"),
            (Space::Dc, "rights"),
            (Space::DcTerms, "rights"),
            (Space::Media, "copyright"),
        ]),
        categories: categories(item),
        media: media::few(media),
        warnings,
        language: item.text_of(Space::Dc, "language").or_else(|| item.language.as_deref().map(str::to_owned)),
        ..Entry::default()
    };
    identify(item, &mut entry);
    name_people(item, &mut entry);
    entry.terms = terms(item);
    entry.places = places(item);
    if let Some(source) = item.first(Space::Rss, "source") {
        let url = source.attribute("url").and_then(|url| source.address(url));
        entry.source = source.text().and_then(|name| text::plain(&name)).map(|name| Term { slug: None, name, url });
    }
    if let Some(source) = item.first(Space::Atom, "source") {
        let channel = describe(source);
        entry.rights = entry.rights.or(channel.copyright_notice);
        entry.language = entry.language.or(channel.language);
        entry.source = channel.title.map(|name| Term { slug: None, name, url: channel.home }).or(entry.source);
        if entry.authors.is_empty() {
            entry.authors = source.all(Space::Atom, "author").filter_map(person).collect();
        }
    }
    entry
}

/// Whether an item is a draft of the Atom Publishing Protocol (RFC 5023, 13.1.1).
fn is_draft(item: &Element) -> bool {
    let controls = item.elements().filter(|element| element.space == Space::Other && element.name == "control");
    let mut drafts = controls.flat_map(Element::elements).filter(|element| element.name == "draft");
    drafts.any(|draft| draft.text().is_some_and(|said| !said.eq_ignore_ascii_case("no")))
}

fn identify(item: &Element, entry: &mut Entry) {
    let guid = item.first(Space::Rss, "guid");
    let permalink = guid
        .filter(|guid| guid.attribute("ispermalink").is_none_or(|value| !value.eq_ignore_ascii_case("false")))
        .and_then(|guid| guid.address(&guid.text()?).filter(|_| guid.text().is_some_and(|text| text.contains("://"))));
    let original = item.elements().find(|element| element.space == Space::Other && element.name == "origlink");
    let original = original.and_then(|link| link.address(&link.text()?));
    entry.url = original.or_else(|| page(item, entry.language.as_deref())).or(permalink);
    entry.is_one_by_id = guid.is_none() && item.first(Space::Atom, "id").is_some();
    entry.id = guid
        .and_then(Element::text)
        .or_else(|| item.text_of(Space::Atom, "id"))
        .or_else(|| item.rdf_attribute("about").map(|about| item.address(about).unwrap_or_else(|| about.to_owned())))
        .or_else(|| item.text_of(Space::Dc, "identifier"));
}

fn name_people(item: &Element, entry: &mut Entry) {
    let named = |space, name| item.all(space, name).filter_map(person).collect::<Vec<_>>();
    let sources = [
        (Space::Atom, "author"),
        (Space::Dc, "creator"),
        (Space::Rss, "author"),
        (Space::Dc, "author"),
        (Space::Itunes, "author"),
    ];
    // The same person by another name element is not a second author.
    entry.authors = sources
        .into_iter()
        .map(|(space, name)| named(space, name))
        .find(|people| people.iter().any(|person| super::person::name(&person.name).is_some()))
        .unwrap_or_default();
    entry.contributors = [named(Space::Atom, "contributor"), named(Space::Dc, "contributor")].concat();
}

fn categories(item: &Element) -> Vec<Category> {
    let mut categories = Vec::new();
    for element in item.elements() {
        let attribute = |name| element.attribute(name).map(str::to_owned);
        match (element.space, element.name.as_str()) {
            (Space::Atom, "category") => {
                let label = attribute("label").or_else(|| element.text());
                if let Some(term) = attribute("term").or_else(|| label.clone()) {
                    categories.push(Category { term, label, scheme: attribute("scheme") });
                }
            }
            (Space::Rss, "category") | (Space::Dc, "subject") | (Space::Media, "category") => {
                let scheme = attribute("domain").or_else(|| attribute("scheme"));
                // Naked markup, or markup that was escaped.
                if let Some(term) = element.html().and_then(|html| text::plain(&html)) {
                    categories.push(Category { term, label: attribute("label"), scheme });
                }
            }
            (Space::Itunes, "category") => {
                categories.extend(attribute("text").map(|term| Category { term, ..Category::default() }));
            }
            (Space::Itunes | Space::Media, "keywords") => {
                let words = element.text().unwrap_or_default();
                let words = words.split(',').filter_map(text::plain);
                categories.extend(words.map(|term| Category { term, ..Category::default() }));
            }
            _ => {}
        }
    }
    categories
}

fn terms(item: &Element) -> Option<String> {
    let license = item.elements().find(|element| {
        matches!(
            (element.space, element.name.as_str()),
            (Space::CreativeCommons | Space::DcTerms | Space::Media, "license")
        )
    });
    let of_element = license.and_then(|license| {
        let address = license.rdf_attribute("resource").or_else(|| license.attribute("href"));
        license.text().or_else(|| address.map(str::to_owned))
    });
    let of_link = || {
        let link = item.all(Space::Atom, "link").find(|link| relation(link) == "license")?;
        link.address(link.attribute("href")?)
    };
    text::plain(&of_element.or_else(of_link)?)
}

/// Points with a name: a place without one is nothing to show.
fn places(item: &Element) -> Vec<Place> {
    let holder = item.first(Space::GeoRss, "where").or_else(|| item.first(Space::Geo, "point")).unwrap_or(item);
    let number = |name| holder.text_of(Space::Geo, name)?.parse::<f64>().ok();
    let pair = |text: String| {
        let numbers: Vec<f64> = text.replace(',', " ").split_whitespace().map_while(|part| part.parse().ok()).collect();
        (numbers.len() == 2).then(|| (numbers[0], numbers[1]))
    };
    let point = holder
        .text_of(Space::GeoRss, "point")
        .or_else(|| item.text_of(Space::GeoRss, "point"))
        .or_else(|| holder.first(Space::Gml, "point")?.text())
        .and_then(pair)
        .or_else(|| Some((number("lat")?, number("long").or_else(|| number("lon"))?)))
        .filter(|(latitude, longitude)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0);
    let name = [(Space::GeoRss, "featurename"), (Space::Dc, "coverage"), (Space::DcTerms, "spatial")]
        .iter()
        .find_map(|(space, name)| text::plain(&item.text_of(*space, name)?));
    let name = name.or_else(|| text::plain(item.first(Space::GeoRss, "point")?.attribute("featurename")?));
    let (Some((latitude, longitude)), Some(name)) = (point, name) else { return Vec::new() };
    vec![Place { name, latitude: Some(latitude), longitude: Some(longitude), ..Place::default() }]
}
