//! The picture of an article: text, one thing or many, of which the widest is taken.

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

/// The best picture of the first property that has one.
pub(super) fn best(thing: Thing<'_>, names: &[&str], page: &Page<'_>) -> Option<Image> {
    names.iter().find_map(|name| {
        let images = thing.values(name).into_iter().filter_map(|value| read(thing, value, page));
        // The first of equals: it is the one that its editors prefer.
        images.reduce(|best, other| if other.width > best.width { other } else { best })
    })
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
    Some(image)
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

/// What may be done with it: a licence by its address or in words.
pub(super) fn terms(thing: Thing<'_>) -> Option<String> {
    ["license", "usageInfo", "acquireLicensePage"].iter().find_map(|name| {
        let terms = thing.addresses(name).into_iter().chain(thing.texts(name));
        terms.filter_map(|terms| page::plain(&terms)).next()
    })
}
