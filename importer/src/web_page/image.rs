//! The picture of an article: text, one thing or many, of which the widest is taken.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use super::{
    page::{self, Page},
    schema_org::Thing,
};
use crate::{
    draft::{Image, Rendition},
    text,
};

/// More than an article shows.
const MOST: usize = 20;

/// The best picture of the first property that has one.
pub(super) fn best(thing: Thing<'_>, names: &[&str], page: &Page<'_>) -> Option<Image> {
    names.iter().find_map(|name| {
        let images = thing.values(name).into_iter().filter_map(|value| read(thing, value, page));
        // The first of equals: it is the one that its editors prefer.
        images.reduce(|best, other| if other.width > best.width { other } else { best })
    })
}

/// The pictures of an article beside the best one. Those of one name are cuts of one picture.
pub(super) fn all(thing: Thing<'_>, page: &Page<'_>) -> Vec<Image> {
    thing.values("image").into_iter().filter_map(|value| read(thing, value, page)).take(MOST).collect()
}

/// Whether two files are the same picture, in another size or cut: by their names, else by what is said of them.
pub(super) fn is_same(one: &Image, other: &Image) -> bool {
    let is_named = |image: &Image| image.caption.is_some() && image.caption == one.caption;
    one.uri == other.uri || file(&one.uri) == file(&other.uri) || is_named(other)
}

/// The name of a file without its size and its shape.
fn file(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or(address).trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.rsplit_once('.').map_or(name, |(name, _)| name).to_lowercase();
    let is_size = |part: &str| {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let part = part.trim_end_matches('w');
        part.split_once('x').is_some_and(|(width, height)| is_number(width) && is_number(height))
            || (is_number(part) && (3..=4).contains(&part.len()))
            || matches!(
                part,
                "square" | "wide" | "landscape" | "portrait" | "thumb" | "small" | "medium" | "large" | "scaled"
            )
    };
    let parts: Vec<&str> = name.split(['-', '_', '@', '.']).collect();
    let kept: Vec<&str> = parts
        .iter()
        .copied()
        .enumerate()
        .filter(|(at, part)| *at == 0 || !is_size(part))
        .map(|(_, part)| part)
        .collect();
    kept.join("-")
}

fn read(owner: Thing<'_>, value: &Value, page: &Page<'_>) -> Option<Image> {
    if let Value::String(address) = value {
        return Some(plain(page.address(address)?));
    }

    let thing = owner.thing(value)?;
    let addresses = ["contentUrl", "url"].into_iter().flat_map(|name| thing.addresses(name));
    let addresses = addresses.chain(thing.id().filter(|id| !id.contains('#')).map(str::to_owned));
    let mut image = plain(addresses.filter(|address| address.contains(['/', '.'])).find_map(|it| page.address(&it))?);
    let size = |name| {
        let of_thing = || thing.things(name).first().and_then(|quantity| quantity.text("value"));
        thing.text(name).or_else(of_thing).and_then(|text| page::pixels(&text))
    };
    with_size(&mut image, size("width"), size("height"));
    image.caption = thing.text("caption").or_else(|| thing.text("description"));
    image.alt = thing.text("alternateName").or_else(|| thing.text("name")).filter(|alt| !alt.contains("://"));
    image.credit = ["creditText", "author", "creator"].iter().find_map(|name| page::name(&thing.text(name)?));
    image.copyright_notice = notice(thing);
    image.usage_terms = terms(thing);
    image.digital_source_type = digital_source_type(thing);
    Some(image)
}

/// How the content came to be: a code of IPTC's digital source types.
pub(super) fn digital_source_type(thing: Thing<'_>) -> Option<String> {
    let value = thing.values("digitalSourceType").into_iter().next()?;
    thing.thing(value).and_then(|thing| thing.id().map(str::to_owned)).or_else(|| thing.text_of(value))
}

/// A picture of which the address is known.
pub(super) fn plain(url: Url) -> Image {
    let href = String::from(url);
    let rendition = Rendition { name: "original".to_owned(), href: href.clone(), ..Rendition::default() };
    Image { uri: href, renditions: vec![rendition], ..Image::default() }
}

pub(super) fn with_size(image: &mut Image, width: Option<i32>, height: Option<i32>) {
    (image.width, image.height) = (width, height);
    for rendition in &mut image.renditions {
        (rendition.width, rendition.height) = (width, height);
    }
}

/// The notice to show: as it is worded, else from the holder of the rights.
pub(super) fn notice(thing: Thing<'_>) -> Option<String> {
    thing.text("copyrightNotice").or_else(|| {
        let holders = thing.texts("copyrightHolder").into_iter().filter(|holder| !holder.contains("://"));
        let holders = holders.collect::<Vec<_>>().join(", ");
        let year = thing.text("copyrightYear").unwrap_or_default();
        (!holders.is_empty()).then(|| text::folded(&format!("© {year} {holders}")))?
    })
}

/// What may be done with it: licences by their addresses or in words, and what else there is to know.
pub(super) fn terms(thing: Thing<'_>) -> Option<String> {
    let of = |name: &str| -> Vec<String> {
        let each = |value| thing.address_of(value).or_else(|| thing.text_of(value));
        thing.values(name).into_iter().filter_map(each).filter_map(|terms| page::plain(&terms)).collect()
    };
    let mut terms = of("license");
    terms.extend(of("usageInfo"));
    if terms.is_empty() {
        terms = of("acquireLicensePage");
    }
    let mut known = HashSet::new();
    terms.retain(|term| known.insert(term.clone()));
    terms.truncate(MOST);
    (!terms.is_empty()).then(|| terms.join("; "))
}
