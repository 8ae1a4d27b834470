//! Videos and sounds that a schema.org article names.

use url::Url;

use super::{
    image,
    page::{self, Page},
    schema_org::Thing,
};
use crate::{
    draft::{Article, Block, EmbedKind, Image, Medium},
    html, wire,
};

/// More than an article shows.
const MOST: usize = 20;

/// What the article lets play.
pub(super) fn played(thing: Thing<'_>, page: &Page<'_>) -> Vec<Block> {
    let named = [("video", EmbedKind::Video), ("audio", EmbedKind::Audio), ("associatedMedia", EmbedKind::Other)];
    let of = |(name, kind): (&str, EmbedKind)| {
        thing.things(name).into_iter().take(MOST).filter_map(|object| read(object, kind, page)).collect::<Vec<_>>()
    };
    named.into_iter().flat_map(of).collect()
}

/// Adds what the text does not show already.
pub(super) fn add(body: &mut Vec<Block>, played: Vec<Block>) {
    let key = |block: &Block| match block {
        Block::Embed { url, .. } => Some(without_scheme(url)),
        Block::Audio(medium) | Block::Video(medium) => Some(without_scheme(&medium.url)),
        _ => None,
    };
    let mut shown: Vec<String> = body.iter().filter_map(key).collect();
    for block in played {
        let Some(key) = key(&block) else { continue };
        if !shown.contains(&key) {
            shown.push(key);
            body.push(block);
        }
    }
}

/// Adds pictures that neither stand on top nor in the text.
pub(super) fn add_pictures(article: &mut Article, pictures: Vec<Image>) {
    let mut shown: Vec<Image> = article.lead_image.iter().cloned().collect();
    shown.extend(article.body.iter().filter_map(Block::image).cloned());
    for image in pictures {
        if !shown.iter().any(|other| image::is_same(other, &image)) && shown.len() < MOST {
            shown.push(image.clone());
            article.body.push(Block::Image { image: Box::new(image) });
        }
    }
}

fn without_scheme(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['?', '#']).next().unwrap_or(rest).to_owned()
}

/// The file that it is, else the player of its site.
fn read(object: Thing<'_>, kind: EmbedKind, page: &Page<'_>) -> Option<Block> {
    let types = object.types();
    let is = |name: &str| types.iter().any(|own| own == name);
    let kind = match kind {
        _ if is("audioobject") || is("podcastepisode") => EmbedKind::Audio,
        _ if is("videoobject") => EmbedKind::Video,
        // Other media of an article are its pictures.
        EmbedKind::Other => return None,
        kind => kind,
    };
    let address = |name: &str| object.addresses(name).iter().find_map(|url| page.address(url));
    let title = object.text("name").or_else(|| object.text("headline")).and_then(|text| page::plain(&text));
    let caption = object.text("caption").or_else(|| object.text("description")).and_then(|text| page::plain(&text));
    let caption = caption.filter(|caption| Some(caption) != title.as_ref());
    let poster = image::best(object, &["thumbnailUrl", "thumbnail", "image"], page).map(Box::new);
    let size = |name: &str| {
        let of_thing = || object.things(name).first().and_then(|quantity| quantity.text("value"));
        object.text(name).or_else(of_thing).and_then(|text| page::pixels(&text))
    };
    let (width, height) = (size("width"), size("height"));
    let media_type = object.text("encodingFormat").and_then(|kind| wire::media_type(&kind));
    let file = address("contentUrl").filter(|url| media_type.is_some() || is_file(url));
    if let Some(file) = file {
        let medium = Medium {
            url: file.into(),
            media_type,
            duration_seconds: object.text("duration").and_then(|text| seconds(&text)),
            width,
            height,
            title,
            caption,
            poster,
        };
        return Some(if kind == EmbedKind::Audio { Block::Audio(medium) } else { Block::Video(medium) });
    }
    let player = address("embedUrl").or_else(|| address("contentUrl")).or_else(|| address("url"))?;
    let provider = player.host_str().and_then(html::provider);
    Some(Block::Embed { url: player.into(), provider, title, kind: Some(kind), width, height, poster })
}

/// Whether an address ends as files of sounds and videos do.
fn is_file(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let ends = [
        "mp4", "m4v", "mov", "webm", "ogv", "m3u8", "mpd", "mp3", "m4a", "ogg", "oga", "opus", "wav", "aac", "flac",
        "mpg", "mpeg",
    ];
    path.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end))
}

/// A length of ISO 8601, such as `PT1M30S`.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_uppercase();
    let Some(text) = text.strip_prefix('P') else { return text.parse().ok().filter(|seconds: &f64| *seconds > 0.0) };
    let (mut total, mut number, mut in_time) = (0.0, String::new(), false);
    for sign in text.chars() {
        let unit = match (sign, in_time) {
            ('T', _) => {
                in_time = true;
                continue;
            }
            ('0'..='9' | '.' | ',', _) => {
                number.push(if sign == ',' { '.' } else { sign });
                continue;
            }
            ('D', false) => 86_400.0,
            ('W', false) => 604_800.0,
            ('H', true) => 3_600.0,
            ('M', true) => 60.0,
            ('S', true) => 1.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    (total > 0.0 && number.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_iso_8601_are_seconds() {
        for (text, expected) in [
            ("PT1M30S", Some(90.0)),
            ("P0DT1H0M2.5S", Some(3_602.5)),
            ("PT69S", Some(69.0)),
            ("69", Some(69.0)),
            ("PT", None),
            ("P1Y", None),
            ("PT1", None),
            ("long", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
